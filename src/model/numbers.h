// Tensors as numbers, of every type that files hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "formats/stored_tensor.h"

namespace hearth {

// Whether decode_numbers() knows the type.
bool decodable(Type type);

// `count` numbers, a multiple of the type's block; the bytes may lie at any address.
void decode_numbers(Type type, const std::byte* from, int64_t count, float* to);

// All of a tensor, of whatever type.
Result<std::vector<float>> decoded_numbers(const StoredTensor& tensor);
// All of a small tensor: biases, norms that are read early, rotary factors.
Result<std::vector<float>> numbers_of(const StoredTensor& tensor);

}  // namespace hearth
