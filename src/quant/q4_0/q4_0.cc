#include "quant/q4_0/q4_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q4_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 32, from += sizeof(Q4_0Block), to += 32) {
    auto block = read_block<Q4_0Block>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 16; ++i) {
      to[i] = d * static_cast<float>((block.q[i] & 15) - 8);
      to[i + 16] = d * static_cast<float>((block.q[i] >> 4) - 8);
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q4_0/encode.inl"
#include "simd/each_isa.inl"
