#include "formats/gguf_rules.h"

#include <algorithm>
#include <bit>

namespace hearth {

namespace {

Status check_length(std::string_view what, std::string_view name, uint64_t limit) {
  if (!name.empty() && name.size() <= limit) return {};
  return fail("{} has {} bytes, expected 1 to {}", what, name.size(), limit);
}

}  // namespace

Status check_gguf_key(std::string_view key) { return check_length("the key", key, kGgufMaxKeyBytes); }

Status check_gguf_tensor_name(std::string_view name) {
  return check_length("the name", name, kGgufMaxTensorNameBytes);
}

Result<uint64_t> gguf_alignment(const GgufValue& value) {
  const uint32_t* alignment = std::get_if<uint32_t>(&value);
  if (alignment && std::has_single_bit(*alignment) && *alignment <= kGgufMaxAlignment) return *alignment;
  return fail("metadata \"general.alignment\" is {}, expected a u32 that is a power of two up to {}",
              describe(value), kGgufMaxAlignment);
}

Result<TensorSize> gguf_tensor_size(Type type, std::span<const uint64_t> shape) {
  if (shape.size() > kGgufMaxDims) {
    return fail("has {} dimensions, expected at most {}", shape.size(), kGgufMaxDims);
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) {
    return fail("a dimension of its shape {} is 0, expected at least 1", shape_text(shape));
  }
  return tensor_size(type, shape);
}

}  // namespace hearth
