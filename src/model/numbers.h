// Small tensors as numbers: biases, norms that are read early, rotary factors.
#pragma once

#include <vector>

#include "base/result.h"
#include "formats/stored_tensor.h"

namespace hearth {

// Of a plain float type (f32, f16, bf16, f64); others are refused by name.
Result<std::vector<float>> numbers_of(const StoredTensor& tensor);

}  // namespace hearth
