// WordPiece ("bert"): text is cleaned and cut into words, and each word is spelled with the longest tokens
// there are, from the left. Tokens that begin a word begin with U+2581.
#pragma once

#include <memory>

#include "tokenizer/encoder.h"
#include "tokenizer/token_set.h"

namespace hearth {

struct WordPieceRules {
  bool lowercase = true;
  bool strip_accents = true;
};

// A word that cannot be spelled is `unknown`.
std::unique_ptr<Encoder> make_wordpiece_encoder(const TokenSet& tokens, TokenId unknown,
                                                WordPieceRules rules);

}  // namespace hearth
