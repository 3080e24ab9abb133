// What the model itself thought of a token and of the best others, before anything was narrowed down.
#pragma once

#include <span>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace hearth {

struct TokenLogprob {
  TokenId id;
  double logprob;  // natural; minus infinity where the token is impossible
};

struct Logprobs {
  TokenLogprob chosen;
  std::vector<TokenLogprob> best;  // in order
};

// `chosen` is one of the tokens; at most `count` best ones.
Logprobs logprobs_of(std::span<const float> logits, TokenId chosen, size_t count);

}  // namespace hearth
