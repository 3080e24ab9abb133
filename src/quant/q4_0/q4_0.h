// q4_0: 32 numbers of 4 bits, 0 to 15 for -8 to 7, and what they are multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q4_0Block {
  uint16_t d;     // f16
  uint8_t q[16];  // numbers 0 to 15 in the low halves, 16 to 31 in the high ones
};
static_assert(sizeof(Q4_0Block) == 18);

void decode_q4_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
