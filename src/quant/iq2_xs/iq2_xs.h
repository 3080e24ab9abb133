// iq2_xs: 256 numbers, eight at a time a point of a codebook of 512 with signs of their own, an even number of
// them minus; in 16 groups of 16 with a scale of 4 bits each, and these have one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq2_xsBlock {
  uint16_t d;         // f16
  uint16_t q[32];     // the point's number in the low 9 bits, then 7 bits of signs
  uint8_t scales[8];  // of groups 2i and 2i + 1, the first in the low half
};
static_assert(sizeof(Iq2_xsBlock) == 74);

void decode_iq2_xs(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
