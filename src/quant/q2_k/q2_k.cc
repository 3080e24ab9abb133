#include "quant/q2_k/q2_k.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q2_k(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Q2_KBlock), to += 256) {
    auto block = read_block<Q2_KBlock>(from);
    float d = f32_from_f16(block.d), dmin = f32_from_f16(block.dmin);
    for (int i = 0; i < 256; ++i) {
      int half = i / 128, run = i / 32 % 4, at = i % 32;
      int q = block.q[32 * half + at] >> (2 * run) & 3, scale = block.scales[i / 16];
      float a = d * static_cast<float>(scale & 15), b = dmin * static_cast<float>(scale >> 4);
      to[i] = a * static_cast<float>(q) - b;
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q2_k/encode.inl"
#include "simd/each_isa.inl"
