#include "quant/q1_0/q1_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q1_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 128, from += sizeof(Q1_0Block), to += 128) {
    auto block = read_block<Q1_0Block>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 128; ++i) to[i] = block.q[i / 8] >> (i % 8) & 1 ? d : -d;
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q1_0/encode.inl"
#include "simd/each_isa.inl"
