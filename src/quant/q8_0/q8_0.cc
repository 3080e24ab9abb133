#include "quant/q8_0/q8_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q8_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 32, from += sizeof(Q8_0Block), to += 32) {
    auto block = read_block<Q8_0Block>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 32; ++i) to[i] = d * static_cast<float>(block.q[i]);
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q8_0/encode.inl"
#include "simd/each_isa.inl"
