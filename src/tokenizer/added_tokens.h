// Tokens that are found whole in a text before anything else looks at it: the leftmost first, and of those
// that begin at one place the longest.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/token_set.h"
#include "tokenizer/trie.h"

namespace hearth {

// The parts of a text that are trusted to steer the model: [begin, end), apart and in order.
struct TrustedRange {
  size_t begin, end;
};

// Whether a token swallows the white space (of ASCII) beside it.
struct TokenStrip {
  bool left = false, right = false;
};

class AddedTokens {
 public:
  struct Match {
    TokenId id;
    size_t begin, end;                    // of the token
    size_t stripped_begin, stripped_end;  // with the white space that it swallows
  };

  void add(std::string_view text, TokenId id, bool needs_trust, TokenStrip strip);

  // The first match in `text` at or after `from`. A token that needs trust matches only where all of it lies
  // in one trusted range.
  std::optional<Match> next(std::string_view text, size_t from,
                            const std::vector<TrustedRange>& trusted) const;

 private:
  struct Token {
    TokenId id;
    bool needs_trust;
    TokenStrip strip;
  };
  Trie trie_;  // of indices into tokens_
  std::vector<Token> tokens_;
  std::array<bool, 256> begins_{};  // whether a token begins with the byte
};

}  // namespace hearth
