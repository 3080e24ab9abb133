// The merges of a file as a table of pairs.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "tokenizer/pair_merge.h"
#include "tokenizer/token_set.h"

namespace hearth {

// Each merge is "left right", the most urgent first; both and what they make must be tokens. Merges that have
// to do with control tokens are left out: plain text never becomes one.
Result<PairTable> read_merges(std::span<const std::string_view> merges, const TokenSet& tokens);

}  // namespace hearth
