// q2_k: 256 numbers of 2 bits in 16 groups of 16; each group has a scale and a minimum of 4 bits, and these
// have one scale each for the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q2_KBlock {
  uint8_t scales[16];  // the scale in the low half, the minimum in the high one
  uint8_t q[64];     // each half of the block is four runs of 32 numbers; run r is pair r of bits of 32 bytes
  uint16_t d, dmin;  // f16
};
static_assert(sizeof(Q2_KBlock) == 84);

void decode_q2_k(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
