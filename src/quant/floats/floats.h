// f32, f16 and bf16: numbers as they are.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

void decode_f32(const std::byte* from, float* to, int64_t count);
void decode_f16(const std::byte* from, float* to, int64_t count);
void decode_bf16(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
