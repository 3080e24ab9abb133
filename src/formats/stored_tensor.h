// A tensor as a model file holds it, whatever the format.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/type.h"

namespace hearth {

struct StoredTensor {
  std::string_view name;  // lives as long as the file
  Type type;
  std::vector<uint64_t> shape;      // outermost dimension first: GGUF's ne reversed, safetensors' own order
  uint64_t elements;                // the shape's product
  uint64_t offset;                  // of the data, from where its file's data begins
  uint32_t part;                    // which file of a set holds it, from 0
  std::span<const std::byte> data;  // aligned to what the file aligns it to, which may be nothing
};

struct TensorSize {
  uint64_t elements;
  uint64_t bytes;
};

// What a tensor of this type and shape (outermost first; none: a scalar) takes: an error where a row is not a
// whole number of the type's blocks, or where a product overflows.
Result<TensorSize> tensor_size(Type type, std::span<const uint64_t> shape);

// "[4096, 32000]"
std::string shape_text(std::span<const uint64_t> shape);

}  // namespace hearth
