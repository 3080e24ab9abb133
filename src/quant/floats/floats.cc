#include "quant/floats/floats.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_f32(const std::byte* from, float* to, int64_t count) {
  if (count > 0) std::memcpy(to, from, count * sizeof(float));
}

void decode_f16(const std::byte* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = f32_from_f16(read_block<uint16_t>(from + 2 * i));
}

void decode_bf16(const std::byte* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = f32_from_bf16(read_block<uint16_t>(from + 2 * i));
}

}  // namespace hearth

#define HEARTH_BODY "quant/floats/encode.inl"
#include "simd/each_isa.inl"
