// Text from strangers, made fit to show: on one line, without what moves a cursor or hides other text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

// The length of the UTF-8 character that `text` (not empty) begins with, or 0 if it begins with none:
// overlong forms, surrogates and code points past U+10FFFF are none. Puts the code point into `code`.
size_t utf8_character(std::string_view text, uint32_t& code);

// Appends a code point, which is at most U+10FFFF.
void append_utf8(std::string& out, uint32_t code);

// In double quotes; control characters, line separators, bidirectional overrides and bytes that are not
// UTF-8 are written as escapes; beyond about `limit` bytes it is cut, ending in "...".
std::string quote(std::string_view text, size_t limit = 96);

// The same without the quotes.
std::string escape(std::string_view text, size_t limit = SIZE_MAX);

// Valid UTF-8: each byte that is part of no character becomes U+FFFD.
std::string repair_utf8(std::string_view text);

}  // namespace hearth
