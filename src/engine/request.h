// What is asked of the engine, and what it tells while it works. Tokens only: text is the caller's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

using Clock = std::chrono::steady_clock;
using RequestId = uint64_t;

enum class Finish : uint8_t {
  end,        // the model ended its turn
  stopped,    // whoever listens asked for it
  length,     // as many tokens as were asked for
  context,    // the sequence is full
  cancelled,  // whoever asked does not want it any more
  deadline,   // it was not done in time
  error,
};
std::string_view name(Finish finish);

struct Usage {
  int64_t prompt_tokens = 0;  // all of the prompt
  int64_t cached_tokens = 0;  // of those, what was there already
  int64_t tokens = 0;         // generated
  // So many tokens of the prompt some earlier one had in common with it, and then it had another token (-1: it
  // ended there).
  int64_t same_tokens = 0;
  TokenId differs = -1;
  int64_t drafted = 0, accepted = 0;  // guesses of tokens, and those of them that were right
  double queue_seconds = 0, prompt_seconds = 0, seconds = 0;  // waiting, reading, writing
  std::optional<double> joules;  // that the machine took for it, where it counts them
};

// Is told of one request, from the engine's thread, which waits meanwhile: what takes long belongs elsewhere.
class Listener {
 public:
  virtual ~Listener() = default;
  // The logits of the next token, to choose it by; an error ends the request.
  virtual Result<TokenId> choose(std::span<const float> logits) = 0;
  // Chooses as this one would from now on, for guesses of what it is going to choose: nothing else is changed by
  // it. None: the most probable token is guessed.
  using Chooser = std::function<Result<TokenId>(std::span<const float> logits)>;
  virtual Chooser fork() const { return {}; }
  // A token was chosen. False: this was the last one.
  virtual bool on_token(TokenId token) = 0;
  // For requests that want no tokens: the outputs of the prompt.
  virtual void on_outputs(std::span<const float> /*outputs*/) {}
  // For requests that want them (Request::prompt_logits): the logits by which token `index` of the prompt could have
  // been chosen. In order, from the second token on; a token that is read again is not told again.
  virtual void on_prompt_logits(int64_t /*index*/, std::span<const float> /*logits*/) {}
  // The prompt is being read: so many of its tokens are.
  virtual void on_prompt(int64_t /*done*/, int64_t /*cached*/) {}
  // Nothing comes after this.
  virtual void on_finish(Finish finish, const Usage& usage, const Error* error) = 0;
};

// What is computed for clients with keys is shared with nobody: who could tell that a prompt was read before would
// know what others asked. The same in each run of the program, for what is kept longer.
uint64_t salt_of(std::string_view client);
// And of no use to a prompt that adapters change otherwise.
uint64_t salted(uint64_t salt, std::span<const float> adapter_scales);

// Why a request is not taken.
struct Refusal {
  enum Kind : uint8_t { invalid, too_long, busy, stopped } kind;
  Error error;
  double retry_seconds = 0;  // busy: after which it may be worth to ask again
};

struct Request {
  std::vector<TokenId> prompt;
  // What the encoder of an encoder-decoder model reads; the prompt is then how its answer begins.
  std::vector<TokenId> source;
  std::vector<TokenId> prediction;  // what the answer may well say: look-up finds its guesses here too
  int64_t most_drafts = -1;         // guesses at once; -1: as many as the engine makes; 0: none
  int64_t most = -1;                // tokens to generate; -1: as many as the context holds; 0: outputs alone
  std::vector<TokenId> end_tokens;  // that end the turn; they are not told
  bool prompt_logits = false;       // the listener is told those of the prompt, so all of it is computed
  int32_t priority = 0;             // higher ones first
  std::string client;               // clients get equal shares of the machine
  std::vector<float> adapter_scales;  // of each of the model's adapters; empty: as the engine has them
  uint64_t salt = 0;                  // what was computed is shared only among requests with the same salt
  std::optional<Clock::time_point> deadline;
  std::shared_ptr<Listener> listener;
};

}  // namespace hearth
