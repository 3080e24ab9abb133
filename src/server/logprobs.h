// How probable the model held a token, and which ones it held for more probable.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace hearth {

struct TokenLogprob {
  TokenId id = -1;
  float logprob = 0;
  std::vector<std::pair<TokenId, float>> best;  // the most probable ones, in order
};

// Of the model's own distribution, whatever the sampler makes of it. `chosen` is below logits.size().
TokenLogprob logprob_of(std::span<const float> logits, TokenId chosen, size_t best);

}  // namespace hearth
