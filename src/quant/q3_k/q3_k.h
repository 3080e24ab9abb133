// q3_k: 256 numbers of 3 bits in 16 groups of 16; each group has a scale of 6 bits, and these have one scale
// for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q3_KBlock {
  uint8_t
      high[32];   // bit r of byte i: the third bit of number i of run r, of 8 runs of 32 numbers; 0 means -4
  uint8_t q[64];  // each half of the block is four runs; run r is pair r of bits of 32 bytes
  uint8_t scales[12];  // see scale
  uint16_t d;          // f16

  // The low 4 bits are in bytes 0 to 7, groups 0 to 7 in the low halves; the high 2 bits in bytes 8 to 11.
  int scale(int group) const {
    int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
    return (low | (scales[8 + group % 4] >> (2 * (group / 4)) & 3) << 4) - 32;
  }
};
static_assert(sizeof(Q3_KBlock) == 110);

void decode_q3_k(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
