#include "quant/iq3_xxs/iq3_xxs.h"

#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/magnitudes.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/signs.h"
#include "quant/codebooks/try_points.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_iq3_xxs(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq3_xxsBlock), to += 256) {
    auto block = read_block<Iq3_xxsBlock>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 256; ++i) {
      uint32_t rest = block.rest[i / 32].signs_and_scale();
      float scale = d * (static_cast<float>(rest >> 28) + 0.5f) / 2;
      int signs = eight_signs(rest >> (i / 8 % 4 * 7));
      to[i] = (signs >> (i % 8) & 1 ? -scale : scale) * kIq3_xxsBook.values[block.q[i / 4]][i % 4];
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq3_xxs/encode.inl"
#include "simd/each_isa.inl"
