// The names of a model's files when it is stored in several: NAME-00002-of-00005.gguf, counted from 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

struct SplitName {
  std::string prefix;  // before "-00002-of-00005"
  uint64_t number;
  uint64_t count;
};

// Nothing if `name`, which should end in `extension`, is no such name.
std::optional<SplitName> parse_split_name(std::string_view name, std::string_view extension);

std::string split_name(std::string_view prefix, uint64_t number, uint64_t count, std::string_view extension);

}  // namespace hearth
