// iq4_xs: 256 numbers as in iq4_nl, in 8 groups of 32; each group has a scale of 6 bits, and these have one
// scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq4_xsBlock {
  uint16_t d;            // f16
  uint16_t scales_high;  // pair g of bits: the high bits of group g's scale
  uint8_t scales_low[4];
  uint8_t
      q[128];  // 16 bytes for each group: its first numbers in the low halves, the others in the high ones

  int scale(int group) const {
    int low = scales_low[group / 2] >> (group % 2 * 4) & 15;
    return (low | (scales_high >> (2 * group) & 3) << 4) - 32;
  }
};
static_assert(sizeof(Iq4_xsBlock) == 136);

void decode_iq4_xs(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
