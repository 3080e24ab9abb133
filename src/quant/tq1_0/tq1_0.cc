#include "quant/tq1_0/tq1_0.h"

#include "quant/block.h"
#include "quant/encoders.h"
#include "quant/search.h"

namespace hearth {

// `count` numbers of each of some bytes: the first of all, then the second.
static void decode_digits(uint8_t* rest, int bytes, int count, float d, float* to) {
  for (int i = 0; i < bytes * count; ++i) {
    int three = 3 * rest[i % bytes];
    rest[i % bytes] = static_cast<uint8_t>(three);
    to[i] = d * static_cast<float>((three >> 8) - 1);
  }
}

void decode_tq1_0(const std::byte* from, float* to, int64_t count) {
  for (; count > 0; count -= 256, from += sizeof(Tq1_0Block), to += 256) {
    auto block = read_block<Tq1_0Block>(from);
    float d = f32_from_f16(block.d);
    decode_digits(block.q, 32, 5, d, to);
    decode_digits(block.q + 32, 16, 5, d, to + 160);
    decode_digits(block.last, 4, 4, d, to + 240);
  }
}

}  // namespace hearth

#define HEARTH_BODY "quant/tq1_0/encode.inl"
#include "simd/each_isa.inl"
