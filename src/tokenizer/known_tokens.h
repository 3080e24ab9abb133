// What files leave unsaid about their tokens, told by the tokens' texts and the model's name: which end a
// generation, which are for filling in the middle, which swallow the white space beside them.
#pragma once

#include <vector>

#include "tokenizer/added_tokens.h"
#include "tokenizer/token_set.h"

namespace hearth {

// Fills the roles that the file does not name; makes control tokens of what it found. Returns the ids that
// end a generation, in order. `only_added`: the file's word on which tokens are added ones is right.
std::vector<TokenId> resolve_known_tokens(TokenSet& tokens, TokenRoles& roles, bool only_added);

// By token id.
std::vector<TokenStrip> resolve_strips(const Vocabulary& vocabulary, const TokenSet& tokens);

}  // namespace hearth
