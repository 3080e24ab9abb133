// Text from the tokens of a request: complete characters, nothing of what ends it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "tokenizer/detokenizer.h"

namespace hearth {

// Cuts a text where one of some strings begins, and holds back what may still become one.
class StopStrings {
 public:
  explicit StopStrings(std::vector<std::string> stops);

  // What of the text so far is sure not to belong to a stop string, and was not given yet.
  std::string push(std::string_view text);
  // What was held back, when nothing more comes.
  std::string finish();
  // Which one was met; empty: none. Nothing is to be pushed after it.
  const std::string& met() const { return met_; }

 private:
  std::vector<std::string> stops_;
  std::string held_, met_;
};

// Picks the next token from the logits.
using Choose = Listener::Chooser;

struct TextOptions {
  int64_t most = -1;               // tokens; -1: as many as fit
  std::vector<std::string> stops;  // strings that end the text and are not part of it
  bool ignore_end = false;         // tokens that end a turn do not
  Detokenizer::Control control = Detokenizer::Control::hidden;
  std::string client;
  uint64_t salt = 0;
  int32_t priority = 0;
  // Makes what chooses as `choose` would from now on, for guesses.
  std::function<Choose()> fork;
  // Becomes true, in a signal's handler maybe, when nobody wants the text any more.
  const std::atomic<bool>* interrupted = nullptr;
};

struct Completion {
  Finish finish = Finish::end;
  std::string stop;  // the stop string that was met
  Usage usage;
  std::vector<TokenId> tokens{};  // that were generated
};

// Takes text as it becomes complete; false asks to stop. `control`: it is that of a control token, which is only told
// where options ask for it.
using TextSink = std::function<bool(std::string_view text, bool control)>;

// Says to those who look for faults where the reuse of what was read before stopped, and why.
void log_reuse(const Tokenizer& tokenizer, const Usage& usage);

// Asks an engine and waits. `choose` and `sink` are called from the engine's thread.
Result<Completion> complete(Engine& engine, const Tokenizer& tokenizer, std::vector<TokenId> prompt,
                            const TextOptions& options, const Choose& choose, const TextSink& sink);

}  // namespace hearth
