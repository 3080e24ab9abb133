// SentencePiece's compiled normalisation rules: a double array over the bytes of what is replaced, and the
// replacements, each ending in a zero byte. It comes from strangers; every step through it is checked.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tokenizer/text_step.h"

namespace hearth {

class Charsmap {
 public:
  // `bytes`: the size of the array in bytes (u32), the array (u32 each), the replacements; all little-endian.
  static Result<Charsmap> make(std::string_view bytes);

  struct Match {
    size_t size = 0;  // of what is replaced; 0 where nothing is
    std::string_view replacement;
  };
  // The longest, or the shortest, that `text` begins with.
  Match longest(std::string_view text) const;
  Match shortest(std::string_view text) const;

 private:
  Charsmap() = default;
  template <class Found>
  void prefixes(std::string_view text, Found&& found) const;
  uint32_t unit(size_t index) const;
  Match match(size_t size, uint32_t offset) const;

  std::string units_, replacements_;
};

// Which part of a text a rule is looked for in.
enum class CharsmapReading {
  longest,    // SentencePiece's own: the longest rule at each place; bytes that are no UTF-8 become U+FFFD
  graphemes,  // tokenizer.json's: whole graphemes of up to 5 bytes, or else each character of them
};
MadeStep charsmap_step(Charsmap map, CharsmapReading reading);

}  // namespace hearth
