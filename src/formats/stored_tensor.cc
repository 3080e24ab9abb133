#include "formats/stored_tensor.h"

#include <fmt/ranges.h>

#include "base/checked.h"

namespace hearth {

Result<TensorSize> tensor_size(Type type, std::span<const uint64_t> shape) {
  const TypeInfo& row = info(type);
  uint64_t columns = shape.empty() ? 1 : shape.back();
  if (columns % row.block != 0) {
    return fail("has rows of {} elements, expected a multiple of {}, the block of {}", columns, row.block,
                row.name);
  }
  auto bytes = row_bytes(type, columns);
  std::optional<uint64_t> elements = columns;
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    if (bytes) bytes = checked_mul(*bytes, shape[i]);
    if (elements) elements = checked_mul(*elements, shape[i]);
  }
  if (!bytes || !elements) return fail("its size overflows: {} of shape {}", row.name, shape_text(shape));
  return TensorSize{*elements, *bytes};
}

std::string shape_text(std::span<const uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

}  // namespace hearth
