// iq3_xxs: 256 numbers, four at a time a point of a codebook of 256, eight at a time with an even number of minus
// signs; in 8 groups of 32 with a scale of 4 bits each, and these have one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq3_xxsBlock {
  struct Rest {
    uint16_t low, high;

    uint32_t signs_and_scale() const { return low | static_cast<uint32_t>(high) << 16; }
  };

  uint16_t d;     // f16
  uint8_t q[64];  // the points' numbers
  Rest rest[8];   // of each group: four times 7 bits of signs, then the scale
};
static_assert(sizeof(Iq3_xxsBlock) == 98);

void decode_iq3_xxs(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
