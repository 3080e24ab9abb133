// q5_0: 32 numbers of 5 bits, 0 to 31 for -16 to 15, and what they are multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q5_0Block {
  uint16_t d;       // f16
  uint8_t high[4];  // bit i: the fifth bit of number i
  uint8_t low[16];  // numbers 0 to 15 in the low halves, 16 to 31 in the high ones
};
static_assert(sizeof(Q5_0Block) == 22);

void decode_q5_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
