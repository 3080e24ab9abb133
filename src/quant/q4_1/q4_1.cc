#include "quant/q4_1/q4_1.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q4_1(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 32, from += sizeof(Q4_1Block), to += 32) {
    auto block = read_block<Q4_1Block>(from);
    float d = f32_from_f16(block.d), m = f32_from_f16(block.m);
    for (int i = 0; i < 16; ++i) {
      to[i] = d * static_cast<float>(block.q[i] & 15) + m;
      to[i + 16] = d * static_cast<float>(block.q[i] >> 4) + m;
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q4_1/encode.inl"
#include "simd/each_isa.inl"
