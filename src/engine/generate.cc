#include "engine/generate.h"

#include <algorithm>
#include <chrono>

#include "tokenizer/detokenizer.h"

namespace hearth {

namespace {
double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

Result<int64_t> Conversation::keep_common(std::span<const TokenId> prompt) {
  size_t common = 0;
  while (common < tokens_.size() && common < prompt.size() && tokens_[common] == prompt[common]) ++common;
  // The last token of a prompt is computed in any case: its logits are wanted.
  common = std::min(common, prompt.size() - 1);
  if (!session_.truncate(static_cast<int64_t>(common)).ok()) {
    TRY_STATUS(session_.truncate(0));  // a recurrent state cannot go back part of the way
    common = 0;
  }
  tokens_.resize(common);
  return static_cast<int64_t>(common);
}

Result<Generation> Conversation::generate(std::span<const TokenId> prompt, int64_t most, const Choose& choose,
                                          const TextSink& sink) {
  Generation result;
  result.prompt_tokens = static_cast<int64_t>(prompt.size());
  if (prompt.empty())
    return fail(
        "there is nothing to continue: the prompt is empty and the model has no token that begins a text");
  if (result.prompt_tokens > session_.context()) {
    return fail("the prompt has {} tokens and the context {}; make it larger with --ctx",
                result.prompt_tokens, session_.context());
  }
  auto start = std::chrono::steady_clock::now();
  TRY(result.reused_tokens, keep_common(prompt));
  auto fresh = prompt.subspan(static_cast<size_t>(result.reused_tokens));
  TRY(std::span<const float> logits, session_.extend(fresh));
  tokens_.insert(tokens_.end(), fresh.begin(), fresh.end());
  result.prompt_seconds = seconds_since(start);

  start = std::chrono::steady_clock::now();
  Detokenizer detokenizer(tokenizer_);
  detokenizer.follow(prompt);
  while (true) {
    if (most >= 0 && result.tokens >= most) {
      result.finish = Finish::length;
      break;
    }
    TRY(TokenId token, choose(logits));
    if (tokenizer_.is_end(token)) {
      result.finish = Finish::end;
      break;
    }
    ++result.tokens;
    std::string text = detokenizer.push(token);
    if (!text.empty() && !sink(text)) {
      result.finish = Finish::stopped;
      break;
    }
    if (session_.length() == session_.context()) {
      result.finish = Finish::context;
      break;
    }
    TRY(logits, session_.extend(std::span(&token, 1)));
    tokens_.push_back(token);
  }
  if (std::string rest = detokenizer.finish(); !rest.empty()) sink(rest);
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace hearth
