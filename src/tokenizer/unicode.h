// Properties of characters, as the engines that models are trained with see them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

// White_Space.
bool is_white_space(uint32_t code);

// General categories: C (but for what is not assigned), M, Mn, P.
bool is_control_or_format(uint32_t code);
bool is_mark(uint32_t code);
bool is_nonspacing_mark(uint32_t code);
bool is_punctuation(uint32_t code);

// What `\w` matches: letters, marks, decimal digits, connectors.
bool is_word_character(uint32_t code);

// Characters of scripts that write without spaces, as BERT counts them.
bool is_ideograph(uint32_t code);

// Appends the lower case, which may be more than one character.
void append_lower_case(std::string& out, uint32_t code);

enum class UnicodeForm { nfc, nfd, nfkc, nfkd };

// Bytes that are not UTF-8 stay as they are.
std::string normalize_form(std::string_view text, UnicodeForm form);

// How many bytes the first character has as a reader sees it: a letter with its marks, an emoji with what is
// joined to it. `text` is not empty.
size_t grapheme_size(std::string_view text);

}  // namespace hearth
