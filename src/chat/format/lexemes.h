// Text as the makers of chat formats see it: tags, words, signs and white space. Two renders are compared in these
// pieces, so that what they share never ends inside a tag.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

inline constexpr size_t npos = std::string_view::npos;

inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);
inline std::string_view trim(std::string_view text) { return trim_left(trim_right(text)); }
inline bool blank(std::string_view text) { return trim_left(text).empty(); }

// The text with its white space left out.
std::string without_space(std::string_view text);

// The length of the piece that `text`, which is not empty, begins with: <tag>, [TAG], a word, white space, or one sign.
size_t lexeme(std::string_view text);

// Whether the text begins with <tag> or [TAG]; these are what formats mark things with.
bool begins_with_tag(std::string_view text);

std::vector<std::string_view> lexemes(std::string_view text);

// How many bytes the two texts share at the beginning or at the end, in whole lexemes.
size_t common_prefix(std::string_view a, std::string_view b);
size_t common_suffix(std::string_view a, std::string_view b);

// The tag that would close this one: </think>, [/THINK], <|END_X|>, <|x_end|>; empty if it does not look as if one would.
std::string closing_tag(std::string_view tag);

}  // namespace hearth
