#include "quant/nvfp4/nvfp4.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/mxfp4/mxfp4.h"
#include "quant/search.h"

namespace hearth {

void decode_nvfp4(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 64, from += sizeof(Nvfp4Block), to += 64) {
    auto block = read_block<Nvfp4Block>(from);
    for (int g = 0; g < 4; ++g) {
      float d = nvfp4_scale(block.d[g]);
      for (int i = 0; i < 8; ++i) {
        to[16 * g + i] = d * kFp4Doubled[block.q[8 * g + i] & 15];
        to[16 * g + i + 8] = d * kFp4Doubled[block.q[8 * g + i] >> 4];
      }
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/nvfp4/encode.inl"
#include "simd/each_isa.inl"
