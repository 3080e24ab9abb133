// iq2_xxs: 256 numbers, eight at a time a point of a codebook of 256 with signs of their own, an even number of
// them minus; in 8 groups of 32 with a scale of 4 bits each, and these have one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq2_xxsBlock {
  struct Group {
    uint8_t points[4];
    uint16_t low, high;  // four times 7 bits of signs, then the scale

    uint32_t signs_and_scale() const { return low | static_cast<uint32_t>(high) << 16; }
  };

  uint16_t d;  // f16
  Group groups[8];
};
static_assert(sizeof(Iq2_xxsBlock) == 66);

void decode_iq2_xxs(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
