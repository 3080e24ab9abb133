#include "quant/q3_k/q3_k.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q3_k(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Q3_KBlock), to += 256) {
    auto block = read_block<Q3_KBlock>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 256; ++i) {
      int half = i / 128, run = i / 32, at = i % 32;
      int low = block.q[32 * half + at] >> (2 * (run % 4)) & 3, high = block.high[at] >> run & 1;
      to[i] = d * static_cast<float>(block.scale(i / 16)) * static_cast<float>((low | high << 2) - 4);
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q3_k/encode.inl"
#include "simd/each_isa.inl"
