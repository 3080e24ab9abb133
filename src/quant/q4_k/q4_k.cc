#include "quant/q4_k/q4_k.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_q4_k(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Q4_KBlock), to += 256) {
    auto block = read_block<Q4_KBlock>(from);
    float d = f32_from_f16(block.d), dmin = f32_from_f16(block.dmin);
    for (int group = 0; group < 8; ++group) {
      const uint8_t* s = block.scales;
      int scale = group < 4 ? s[group] & 63 : (s[group + 4] & 15) | (s[group - 4] >> 6 << 4);
      int minimum = group < 4 ? s[group + 4] & 63 : (s[group + 4] >> 4) | (s[group] >> 6 << 4);
      float a = d * static_cast<float>(scale), b = dmin * static_cast<float>(minimum);
      for (int i = 0; i < 32; ++i) {
        int q = block.q[group / 2 * 32 + i] >> (group % 2 * 4) & 15;
        to[group * 32 + i] = a * static_cast<float>(q) - b;
      }
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/q4_k/encode.inl"
#include "simd/each_isa.inl"
