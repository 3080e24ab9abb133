#include "quant/mxfp4/mxfp4.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_mxfp4(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 32, from += sizeof(Mxfp4Block), to += 32) {
    auto block = read_block<Mxfp4Block>(from);
    float d = mxfp4_scale(block.e);
    for (int i = 0; i < 16; ++i) {
      to[i] = d * kFp4Doubled[block.q[i] & 15];
      to[i + 16] = d * kFp4Doubled[block.q[i] >> 4];
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/mxfp4/encode.inl"
#include "simd/each_isa.inl"
