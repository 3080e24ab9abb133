#include "formats/stored_tensor.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/checked.h"

namespace hearth {

Result<TensorSize> tensor_size(Type type, std::span<const uint64_t> shape) {
  const TypeInfo& row = info(type);
  uint64_t columns = shape.empty() ? 1 : shape.back();
  if (columns % row.block != 0) {
    return fail("has rows of {} elements, expected a multiple of {}, the block of {}", columns, row.block,
                row.name);
  }
  // A 0 must not hide that the rest of the shape overflows: whoever computes strides would.
  auto at_least_1 = [](uint64_t size) { return std::max<uint64_t>(size, 1); };
  bool empty = columns == 0;
  auto bytes = columns ? row_bytes(type, columns) : row.bytes;
  std::optional<uint64_t> elements = at_least_1(columns);
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    empty |= shape[i] == 0;
    if (bytes) bytes = checked_mul(*bytes, at_least_1(shape[i]));
    if (elements) elements = checked_mul(*elements, at_least_1(shape[i]));
  }
  if (!bytes || !elements) return fail("its size overflows: {} of shape {}", row.name, shape_text(shape));
  return empty ? TensorSize{0, 0} : TensorSize{*elements, *bytes};
}

std::string shape_text(std::span<const uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

}  // namespace hearth
