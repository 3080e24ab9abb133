// Tokens that are found whole in a text before anything else looks at it: the leftmost first, and of those
// that begin at one place the longest.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/trie.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

// The parts of a text that are trusted to steer the model: [begin, end), apart and in order.
struct TrustedRange {
  size_t begin, end;
};

// Whether a token swallows the white space beside it.
struct TokenStrip {
  bool left = false, right = false;
};

struct AddedToken {
  TokenId id = 0;
  std::string text;
  bool needs_trust = false;
  TokenStrip strip;
  bool single_word = false;  // not where the text goes on with a word
  bool normalized = false;   // looked for in what the normaliser makes
};

class AddedTokens {
 public:
  struct Match {
    TokenId id;
    size_t begin, end;                    // of the token
    size_t stripped_begin, stripped_end;  // with the white space that it swallows
  };

  void add(std::string_view text, const AddedToken& token);
  bool empty() const { return tokens_.empty(); }

  // The first match in `text` at or after `from`. A token that needs trust matches only where all of it lies
  // in one trusted range.
  std::optional<Match> next(std::string_view text, size_t from,
                            const std::vector<TrustedRange>& trusted) const;

 private:
  struct Token {
    TokenId id;
    bool needs_trust, single_word;
    TokenStrip strip;
  };
  Trie trie_;  // of indices into tokens_
  std::vector<Token> tokens_;
  std::array<bool, 256> begins_{};  // whether a token begins with the byte
};

}  // namespace hearth
