// UTF-8 as strangers write it: strict about what a character is, and never lost when it is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

// A character, or one byte that begins none.
struct Utf8Char {
  static constexpr uint32_t kInvalid = ~uint32_t{0};
  uint32_t code;  // kInvalid for such a byte
  uint32_t size;  // in bytes, 1 to 4
  bool valid() const { return code != kInvalid; }
};

// What stands at `at`, which is inside `text`. Overlong forms, surrogates and codes above 0x10FFFF are
// invalid.
Utf8Char utf8_at(std::string_view text, size_t at);

void append_utf8(std::string& text, uint32_t code);

// The length of the longest prefix that is all characters.
size_t utf8_valid_prefix(std::string_view text);

// How many bytes at the end begin a character that more bytes could complete: 0 to 3.
size_t utf8_unfinished(std::string_view text);

}  // namespace hearth
