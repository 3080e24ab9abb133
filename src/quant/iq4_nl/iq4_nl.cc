#include "quant/iq4_nl/iq4_nl.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

void decode_iq4_nl(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 32, from += sizeof(Iq4_nlBlock), to += 32) {
    auto block = read_block<Iq4_nlBlock>(from);
    float d = f32_from_f16(block.d);
    for (int i = 0; i < 16; ++i) {
      to[i] = d * kIq4Values[block.q[i] & 15];
      to[i + 16] = d * kIq4Values[block.q[i] >> 4];
    }
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/iq4_nl/encode.inl"
#include "simd/each_isa.inl"
