// The model that the program carries: models/hearth-tiny.gguf, in the binary as it is.
#pragma once

#include <cstddef>
#include <span>

namespace hearth {

inline constexpr const char* kBuiltinModelName = "hearth-tiny";

std::span<const std::byte> builtin_model();

}  // namespace hearth
