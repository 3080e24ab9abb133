#include "quant/q5_0/q5_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q5_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 32, from += sizeof(Q5_0Block), to += 32) {
    auto block = read_block<Q5_0Block>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 32; ++i) {
      int low = i < 16 ? block.low[i] & 15 : block.low[i - 16] >> 4, high = block.high[i / 8] >> (i % 8) & 1;
      to[i] = d * static_cast<float>((low | high << 4) - 16);
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q5_0/encode.inl"
#include "simd/each_isa.inl"
