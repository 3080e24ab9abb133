#include "formats/stored_tensor.h"

#include <fmt/ranges.h>

namespace hearth {

std::string shape_text(std::span<const uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

}  // namespace hearth
