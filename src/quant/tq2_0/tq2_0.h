// tq2_0: 256 numbers that are -1, 0 or 1 in 2 bits, and what they are multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Tq2_0Block {
  uint8_t q[64];  // each half of the block is four runs of 32 numbers; run r is pair r of bits of 32 bytes
  uint16_t d;     // f16
};
static_assert(sizeof(Tq2_0Block) == 66);

void decode_tq2_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
