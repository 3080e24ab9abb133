// q5_1: 32 numbers of 5 bits, a scale and a minimum.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q5_1Block {
  uint16_t d, m;    // f16: a number is d * q + m
  uint8_t high[4];  // bit i: the fifth bit of number i
  uint8_t low[16];  // numbers 0 to 15 in the low halves, 16 to 31 in the high ones
};
static_assert(sizeof(Q5_1Block) == 24);

void decode_q5_1(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
