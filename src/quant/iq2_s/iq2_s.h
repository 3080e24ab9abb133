// iq2_s: 256 numbers, eight at a time a point of a codebook of 1024, each number with a sign; in 16 groups of 16
// with a scale of 4 bits each, and these have one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq2_sBlock {
  uint16_t d;         // f16
  uint8_t q[32];      // the low bits of the points' numbers
  uint8_t signs[32];  // bit i: number i of the eight is negative
  uint8_t high[8];    // two bits more for each point, four points in a byte
  uint8_t scales[8];  // of groups 2i and 2i + 1, the first in the low half

  uint16_t point(int k) const { return static_cast<uint16_t>(q[k] | (high[k / 4] >> (k % 4 * 2) & 3) << 8); }
};
static_assert(sizeof(Iq2_sBlock) == 82);

void decode_iq2_s(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
