// q4_1: 32 numbers of 4 bits, a scale and a minimum.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q4_1Block {
  uint16_t d, m;  // f16: a number is d * q + m
  uint8_t q[16];  // numbers 0 to 15 in the low halves, 16 to 31 in the high ones
};
static_assert(sizeof(Q4_1Block) == 20);

void decode_q4_1(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
