#include "quant/q6_k/q6_k.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q6_k(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Q6_KBlock), to += 256) {
    auto block = read_block<Q6_KBlock>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 256; ++i) {
      int half = i / 128, run = i / 32 % 4, at = i % 32;
      int low = block.low[64 * half + 32 * (run % 2) + at] >> (4 * (run / 2)) & 15;
      int high = block.high[32 * half + at] >> (2 * run) & 3;
      to[i] = d * static_cast<float>(block.scales[i / 16]) * static_cast<float>((low | high << 4) - 32);
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q6_k/encode.inl"
#include "simd/each_isa.inl"
