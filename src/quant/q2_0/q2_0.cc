#include "quant/q2_0/q2_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q2_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 64, from += sizeof(Q2_0Block), to += 64) {
    auto block = read_block<Q2_0Block>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 64; ++i) to[i] = d * static_cast<float>((block.q[i / 4] >> (i % 4 * 2) & 3) - 1);
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q2_0/encode.inl"
#include "simd/each_isa.inl"
