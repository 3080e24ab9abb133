// iq1_s: 256 numbers, eight at a time a point of a codebook of 2048 whose levels are -1, 0 and 1; in 8 groups of 32
// that each move these levels up or down by an eighth and have a scale of 3 bits; one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq1_sBlock {
  uint16_t d;     // f16
  uint8_t q[32];  // the low bits of the points' numbers
  uint16_t high
      [8];  // of a group: three bits more for each of its points, the scale, and 1 if its levels move down

  uint16_t point(int k) const { return static_cast<uint16_t>(q[k] | (high[k / 4] >> (k % 4 * 3) & 7) << 8); }
  int scale(int group) const { return 2 * (high[group] >> 12 & 7) + 1; }
  bool down(int group) const { return high[group] >> 15; }
};
static_assert(sizeof(Iq1_sBlock) == 50);

void decode_iq1_s(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
