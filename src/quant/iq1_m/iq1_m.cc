#include "quant/iq1_m/iq1_m.h"

#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/try_points.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_iq1_m(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq1_mBlock)) {
    auto block = read_block<Iq1_mBlock>(from);
    float d = f32_from_f16(block.d());
    for (int k = 0; k < 32; ++k, to += 8) {
      float scale = d * static_cast<float>(block.scale(k / 2)), shift = block.down(k) ? -0.125f : 0.125f;
      const int8_t* point = kIq1Book.values[block.point(k)];
      for (int i = 0; i < 8; ++i) to[i] = scale * (point[i] + shift);
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq1_m/encode.inl"
#include "simd/each_isa.inl"
