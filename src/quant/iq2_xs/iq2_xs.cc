#include "quant/iq2_xs/iq2_xs.h"

#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/magnitudes.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/signs.h"
#include "quant/codebooks/try_points.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_iq2_xs(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq2_xsBlock)) {
    auto block = read_block<Iq2_xsBlock>(from);
    float d = f32_from_f16(block.d);
    for (int k = 0; k < 32; ++k, to += 8) {
      int code = block.scales[k / 4] >> (k / 2 % 2 * 4) & 15;
      float scale = d * (static_cast<float>(code) + 0.5f) / 4;
      const int8_t* point = kIq2_xsBook.values[block.q[k] & 511];
      uint8_t signs = eight_signs(block.q[k] >> 9);
      for (int i = 0; i < 8; ++i) to[i] = (signs >> i & 1 ? -scale : scale) * point[i];
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq2_xs/encode.inl"
#include "simd/each_isa.inl"
