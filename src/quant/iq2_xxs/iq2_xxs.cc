#include "quant/iq2_xxs/iq2_xxs.h"

#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/magnitudes.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/signs.h"
#include "quant/codebooks/try_points.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_iq2_xxs(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq2_xxsBlock)) {
    auto block = read_block<Iq2_xxsBlock>(from);
    float d = f32_from_f16(block.d);
    for (const Iq2_xxsBlock::Group& group : block.groups) {
      uint32_t rest = group.signs_and_scale();
      float scale = d * (static_cast<float>(rest >> 28) + 0.5f) / 4;
      for (int k = 0; k < 4; ++k, to += 8) {
        const int8_t* point = kIq2_xxsBook.values[group.points[k]];
        uint8_t signs = eight_signs(rest >> (7 * k));
        for (int i = 0; i < 8; ++i) to[i] = (signs >> i & 1 ? -scale : scale) * point[i];
      }
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq2_xxs/encode.inl"
#include "simd/each_isa.inl"
