// UTF-8 as strangers write it, a step at a time: strict about what a character is, and nothing is lost where
// there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"

namespace hearth {

// A character, or one byte that begins none.
struct Utf8Char {
  static constexpr uint32_t kInvalid = ~uint32_t{0};
  uint32_t code;  // kInvalid for such a byte
  uint32_t size;  // in bytes, 1 to 4
  bool valid() const { return code != kInvalid; }
};

// What stands at `at`, which is inside `text`.
inline Utf8Char utf8_at(std::string_view text, size_t at) {
  uint8_t lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return {lead, 1};
  uint32_t code = 0;
  size_t size = utf8_character(text.substr(at), code);
  return size > 0 ? Utf8Char{code, static_cast<uint32_t>(size)} : Utf8Char{Utf8Char::kInvalid, 1};
}

// The length of the longest prefix that is all characters.
size_t utf8_valid_prefix(std::string_view text);

// How many bytes at the end begin a character that more bytes could complete: 0 to 3.
size_t utf8_unfinished(std::string_view text);

}  // namespace hearth
