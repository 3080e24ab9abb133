// A request of any dialect, in the engine's terms: one or several answers to one or several prompts, written as they
// come to whoever gives them the dialect's shape.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "chat/format/output_parser.h"
#include "engine/constraint.h"
#include "sample/logprobs.h"
#include "server/http.h"
#include "server/request_record.h"
#include "server/served_models.h"

namespace hearth {

struct GenerationOptions {
  SamplingOptions sampling;
  int64_t most = -1;               // tokens; -1: as many as fit
  std::vector<std::string> stops;  // strings that end the text and are not part of it
  int64_t choices = 1;             // of each prompt; the seed of each is one more than the one's before
  int32_t logprobs = -1;           // so many of the most probable tokens; -1: none, nor the chosen one's
  bool prompt_logprobs = false;    // those of the prompt's tokens, too
  bool ignore_end = false;
  // Reads the text as a turn of a chat: reasoning and calls are told apart.
  std::optional<OutputOptions> turn;
  bool one_call = false;  // the turn ends with its first call
  std::optional<Constraint> constraint;
  std::vector<float> adapter_scales;  // of each of the model's adapters; empty: as the server has them
  std::string client;
  std::vector<TokenId> prediction;        // what the answer may well say
  std::optional<size_t> slot;             // that the conversation is called by; none: any
  int64_t most_drafts = -1;               // guesses at once; -1: as the engine does
  std::shared_ptr<RequestNotes> notes{};  // null: nobody wants them
};

struct Prompt {
  std::vector<TokenId> tokens;
  std::string opening;  // what the prompt has written of the turn
};

// How one answer ended.
struct Ending {
  Finish finish = Finish::end;
  std::string stop;     // the stop string that was met
  bool called = false;  // it calls a tool
  Usage usage;
  int64_t reasoning_tokens = 0;   // of those that were written
  std::vector<TokenId> tokens{};  // all that were written
  size_t slot = 0;                // by which the conversation is called
};

// Takes what is generated. Called under a lock, on the engine's thread; nothing here may wait.
class GenerationSink {
 public:
  virtual ~GenerationSink() = default;
  // The model has begun to read.
  virtual void on_begin() {}
  // Of the prompt's tokens, from the second one on; before the answer's first piece.
  virtual void on_prompt_logprobs(size_t /*answer*/, const std::vector<Logprobs>& /*logprobs*/) {}
  // Text without a turn is of kind content. `logprobs`: of the tokens since the last piece.
  virtual void on_piece(size_t answer, const std::vector<Delta>& deltas,
                        const std::vector<Logprobs>& logprobs) = 0;
  virtual void on_end(size_t answer, const Ending& ending) = 0;
  // All have ended.
  virtual void on_done() = 0;
  // Nothing comes after this; something may have come before.
  virtual void on_problem(const Problem& problem) = 0;
};

// Answers of prompt p are p * choices to p * choices + choices - 1. When the client of `exchange` goes away, all end.
void generate(const ModelLease& model, std::vector<Prompt> prompts, const GenerationOptions& options,
              std::shared_ptr<GenerationSink> sink, const std::shared_ptr<Exchange>& exchange);

}  // namespace hearth
