// iq3_s: 256 numbers, four at a time a point of a codebook of 512, each number with a sign; in 8 groups of 32 with
// a scale of 4 bits each, and these have one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq3_sBlock {
  uint16_t d;         // f16
  uint8_t q[64];      // the low bits of the points' numbers
  uint8_t high[8];    // one bit more for each point
  uint8_t signs[32];  // one for each number
  uint8_t scales[4];  // of groups 2i and 2i + 1, the first in the low half

  uint16_t point(int k) const { return static_cast<uint16_t>(q[k] | (high[k / 8] >> (k % 8) & 1) << 8); }
};
static_assert(sizeof(Iq3_sBlock) == 110);

void decode_iq3_s(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
