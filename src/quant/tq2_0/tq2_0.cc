#include "quant/tq2_0/tq2_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_tq2_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Tq2_0Block), to += 256) {
    auto block = read_block<Tq2_0Block>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 256; ++i) {
      int half = i / 128, run = i / 32 % 4, at = i % 32;
      to[i] = d * static_cast<float>((block.q[32 * half + at] >> (2 * run) & 3) - 1);
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/tq2_0/encode.inl"
#include "simd/each_isa.inl"
