// Wrapping a line of text at a width, where Python's textwrap does.
#pragma once

#include <string_view>
#include <vector>

#include "chat/jinja/heap.h"

namespace hearth::jinja {

struct WrapStyle {
  size_t width;  // in characters, not 0
  bool break_long_words = true;
  bool break_on_hyphens = true;
};

// The pieces, which are views into `line`. Blanks between them are dropped.
std::vector<std::string_view> wrap(Heap& heap, std::string_view line, const WrapStyle& style);

}  // namespace hearth::jinja
