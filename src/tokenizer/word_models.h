// The kinds of vocabularies that need no tables but their tokens.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tokenizer/token_set.h"
#include "tokenizer/word_model.h"

namespace hearth {

struct WordPieceRules {
  std::string begin_prefix;          // of tokens that begin a word
  std::string inside_prefix = "##";  // of tokens that do not
  size_t max_characters = SIZE_MAX;  // of a word; a longer one is unknown
};
// Each word by the longest token it begins with, then the longest that goes on; unknown as a whole where that
// ends before the word does. Tokens must outlive the models.
std::unique_ptr<const WordModel> make_wordpiece_model(const TokenSet& tokens, TokenId unknown,
                                                      WordPieceRules rules);

// A word is a token, or unknown.
std::unique_ptr<const WordModel> make_wordlevel_model(const TokenSet& tokens, std::optional<TokenId> unknown);

// RWKV's: always the longest token. Texts are written with escapes (`\n`, `\xe2`), and stand for bytes.
Result<std::unique_ptr<const WordModel>> make_longest_match_model(const TokenSet& tokens,
                                                                  std::optional<TokenId> unknown);
std::string unescape_rwkv(std::string_view text);

// PLaMo-2's: of all ways to spell the text the one with the highest sum of scores, which are rounded; byte
// tokens, at a price, for what has none.
Result<std::unique_ptr<const WordModel>> make_plamo2_model(const TokenSet& tokens,
                                                           std::span<const float> scores);

}  // namespace hearth
