#include "quant/iq3_s/iq3_s.h"

#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/magnitudes.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/try_points.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_iq3_s(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq3_sBlock), to += 256) {
    auto block = read_block<Iq3_sBlock>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 256; ++i) {
      int code = block.scales[i / 64] >> (i / 32 % 2 * 4) & 15;
      float scale = d * static_cast<float>(2 * code + 1);
      to[i] =
          (block.signs[i / 8] >> (i % 8) & 1 ? -scale : scale) * kIq3_sBook.values[block.point(i / 4)][i % 4];
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq3_s/encode.inl"
#include "simd/each_isa.inl"
