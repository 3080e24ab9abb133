// Lists in tables: words between blanks.
#pragma once

#include <algorithm>
#include <string_view>

namespace hearth {

// The next word of `list`, which loses it; empty at the end.
inline std::string_view take_word(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
  std::string_view word = list.substr(0, list.find(' '));
  list.remove_prefix(word.size());
  return word;
}

inline bool has_word(std::string_view list, std::string_view word) {
  for (std::string_view each = take_word(list); !each.empty(); each = take_word(list)) {
    if (each == word) return true;
  }
  return false;
}

}  // namespace hearth
