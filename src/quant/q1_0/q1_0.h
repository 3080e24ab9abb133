// q1_0: 128 signs, and the magnitude of all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q1_0Block {
  uint16_t d;     // f16
  uint8_t q[16];  // bit i % 8 of byte i / 8: number i is d, or -d where it is 0
};
static_assert(sizeof(Q1_0Block) == 18);

void decode_q1_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
