// iq1_m: 256 numbers, eight at a time a point of a codebook of 2048 whose levels are -1, 0 and 1, moved up or down
// by an eighth; in 16 groups of 16 with a scale of 3 bits each, and these have one scale for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Iq1_mBlock {
  uint8_t q[32];     // the low bits of the points' numbers
  uint8_t high[16];  // in each half a byte: three bits more, and 1 if the levels move down
  uint8_t
      scales[8];  // four little-endian words: the scales of four groups, then 4 bits of the block's, an f16

  uint16_t point(int k) const { return static_cast<uint16_t>(q[k] | (high[k / 2] >> (k % 2 * 4) & 7) << 8); }
  bool down(int k) const { return high[k / 2] >> (k % 2 * 4 + 3) & 1; }
  int scale(int group) const { return 2 * (word(group / 4) >> (group % 4 * 3) & 7) + 1; }
  uint16_t d() const {
    return static_cast<uint16_t>(word(0) >> 12 | word(1) >> 12 << 4 | word(2) >> 12 << 8 |
                                 word(3) >> 12 << 12);
  }
  void set_d(uint16_t d) {
    for (int i = 0; i < 4; ++i) {
      scales[2 * i + 1] = static_cast<uint8_t>((scales[2 * i + 1] & 15) | (d >> (4 * i) & 15) << 4);
    }
  }
  int word(int i) const { return scales[2 * i] | scales[2 * i + 1] << 8; }
};
static_assert(sizeof(Iq1_mBlock) == 56);

void decode_iq1_m(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
