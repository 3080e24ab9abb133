#include "quant/iq2_s/iq2_s.h"

#include "quant/block.h"
#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/magnitudes.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/try_points.h"
#include "quant/encoders.h"
#include "simd/vocabulary.h"

namespace hearth {

void decode_iq2_s(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Iq2_sBlock)) {
    auto block = read_block<Iq2_sBlock>(from);
    float d = f32_from_f16(block.d);
    for (int k = 0; k < 32; ++k, to += 8) {
      int code = block.scales[k / 4] >> (k / 2 % 2 * 4) & 15;
      float scale = d * (static_cast<float>(code) + 0.5f) / 4;
      const int8_t* point = kIq2_sBook.values[block.point(k)];
      for (int i = 0; i < 8; ++i) to[i] = (block.signs[k] >> i & 1 ? -scale : scale) * point[i];
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq2_s/encode.inl"
#include "simd/each_isa.inl"
