// Text from a sequence, token by token, until something ends it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

// Picks the next token from the logits.
using Choose = std::function<Result<TokenId>(std::span<const float> logits)>;
// Takes text as it becomes complete; false asks to stop.
using TextSink = std::function<bool(std::string_view text)>;

enum class Finish {
  end,      // the model ended its turn
  length,   // as many tokens as were asked for
  context,  // the sequence is full
  stopped,  // the sink asked for it
};

struct Generation {
  Finish finish = Finish::end;
  int64_t prompt_tokens = 0;  // of the prompt, all of it
  int64_t reused_tokens = 0;  // of those, what was computed before
  int64_t tokens = 0;         // generated
  double prompt_seconds = 0, seconds = 0;
};

// A session that knows its tokens, so that a prompt which begins as the last one did computes only what is new.
class Conversation {
 public:
  Conversation(Session& session, const Tokenizer& tokenizer) : session_(session), tokenizer_(tokenizer) {}

  // At most `most` tokens (-1: as many as fit). A prompt that does not fit is an error, never cut.
  Result<Generation> generate(std::span<const TokenId> prompt, int64_t most, const Choose& choose,
                              const TextSink& sink);

 private:
  Result<int64_t> keep_common(std::span<const TokenId> prompt);

  Session& session_;
  const Tokenizer& tokenizer_;
  std::vector<TokenId> tokens_;  // that the session has computed
};

}  // namespace hearth
