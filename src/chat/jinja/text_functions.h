// What methods and filters of text share.
#pragma once

#include "chat/jinja/builtin.h"

namespace hearth::jinja {

enum class Side : uint8_t { left, right, both };

// Without the characters of `set` at its ends; without blanks, if there is no set.
Text strip(Heap& heap, const Text& text, Side side, const Text* set = nullptr);

// With at most `most` occurrences of `old` replaced; all of them, if that is negative.
Text replace(Heap& heap, const Text& text, const Text& old, const Text& with, int64_t most = -1);

// The lines, without their ends unless `keep` says so.
std::vector<Text> split_lines(Heap& heap, const Text& text, bool keep);

Text to_upper(Heap& heap, const Text& text);
Text to_lower(Heap& heap, const Text& text);
Text capitalize(Heap& heap, const Text& text);

// In the middle of `width` characters.
Text center(Heap& heap, const Text& text, int64_t width, std::string_view fill);

// Where `wanted` first (from `from` on) or last stands, or npos; work that is counted.
size_t find_first(Heap& heap, std::string_view text, std::string_view wanted, size_t from = 0);
size_t find_last(Heap& heap, std::string_view text, std::string_view wanted);

// Whether there are letters with a case, and all have this one.
bool is_all_lower(std::string_view text);
bool is_all_upper(std::string_view text);

Text join(Heap& heap, Items items, const Text& separator);

Value list_of_texts(Heap& heap, const std::vector<Text>& texts, Kind kind = Kind::list);

}  // namespace hearth::jinja
