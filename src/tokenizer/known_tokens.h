// What files leave unsaid about their tokens, told by the tokens' texts and the model's name: which end a
// generation, which are for filling in the middle, which swallow the white space beside them.
#pragma once

#include <utility>
#include <vector>

#include "tokenizer/added_tokens.h"
#include "tokenizer/token_set.h"

namespace hearth {

struct KnownTokens {
  std::vector<TokenId> ends;  // of a generation, in order
  // What tokens are that the file called something else.
  std::vector<std::pair<TokenId, TokenKind>> kinds;
};

// Fills the roles that the file does not name. `only_added`: where the file says which tokens stand apart from
// text, others are none of these, whatever they spell.
KnownTokens resolve_known_tokens(const TokenSet& tokens, TokenRoles& roles, bool only_added);

// By token id.
std::vector<TokenStrip> resolve_strips(const Vocabulary& vocabulary, const TokenSet& tokens);

}  // namespace hearth
