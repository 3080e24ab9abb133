#include "quant/iq4_xs/iq4_xs.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/iq4_nl/iq4_nl.h"
#include "quant/search.h"

namespace hearth {

void decode_iq4_xs(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq4_xsBlock), to += 256) {
    auto block = read_block<Iq4_xsBlock>(from);
    float d = f32_from_f16(block.d);
    for (int group = 0; group < 8; ++group) {
      float scale = d * static_cast<float>(block.scale(group));
      for (int i = 0; i < 16; ++i) {
        to[32 * group + i] = scale * kIq4Values[block.q[16 * group + i] & 15];
        to[32 * group + i + 16] = scale * kIq4Values[block.q[16 * group + i] >> 4];
      }
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq4_xs/encode.inl"
#include "simd/each_isa.inl"
