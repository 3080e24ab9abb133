// DRY ("don't repeat yourself"): which tokens would go on repeating what was said before.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

// What people ask for by default.
inline constexpr std::string_view kDryBreakers[] = {"\n", ":", "\"", "*"};

// The sequences of tokens that spell `texts`, alone or as parts of longer tokens: repetitions are not looked for
// beyond them. Takes a pass over the vocabulary for each.
Result<std::vector<std::vector<TokenId>>> find_dry_breakers(const Tokenizer& tokenizer,
                                                            std::span<const std::string> texts);

// Each token that followed, somewhere in `tokens`, the same tokens that are now at the end, and how many those
// were, where they were at least `shortest`. Linear in the tokens. A token that is a breaker by itself is not there.
std::vector<std::pair<TokenId, uint32_t>> repetitions(std::span<const TokenId> tokens,
                                                      std::span<const std::vector<TokenId>> breakers,
                                                      uint32_t shortest);

}  // namespace hearth
