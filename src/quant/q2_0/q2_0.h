// q2_0: 64 numbers of 2 bits, 0 to 3 for -1 to 2, and what they are multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q2_0Block {
  uint16_t d;     // f16
  uint8_t q[16];  // pair i % 4 of bits of byte i / 4: number i
};
static_assert(sizeof(Q2_0Block) == 18);

void decode_q2_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
