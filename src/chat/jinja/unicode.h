// Characters as Python's strings see them. Texts here are valid UTF-8; a position is a byte offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::jinja {

bool is_utf8(std::string_view bytes);

size_t count_characters(std::string_view text);
// The offset of the character `count` behind the one at `from`; the end where there are not as many.
size_t skip_characters(std::string_view text, size_t from, size_t count);

// The character at `at`, which moves behind it.
char32_t next_character(std::string_view text, size_t& at);
// The character that ends at `end`, which moves before it.
char32_t previous_character(std::string_view text, size_t& end);
void append_character(std::string& out, char32_t c);

bool is_space(char32_t c);
bool is_alpha(char32_t c);
bool is_decimal(char32_t c);    // a digit of a positional system
bool is_word(char32_t c);       // of \w: letters, numbers, underscore
bool is_printable(char32_t c);  // shown by repr() as it is
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_title(char32_t c);

// The mapping of one character, which may be several.
void append_upper(std::string& out, char32_t c);
void append_title(std::string& out, char32_t c);
void append_lower(std::string& out, char32_t c);

// `text` without white space at its start, its end.
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);

}  // namespace hearth::jinja
