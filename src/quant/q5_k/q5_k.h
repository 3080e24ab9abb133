// q5_k: 256 numbers of 5 bits in 8 groups of 32; scales and minima as in q4_k.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q5_KBlock {
  uint16_t d, dmin;    // f16: of the scales, of the minima
  uint8_t scales[12];  // see scales_of_k
  uint8_t high[32];    // bit g of byte i: the fifth bit of number i of group g
  uint8_t low[128];    // bytes 32j to 32j + 31: group 2j in the low halves, group 2j + 1 in the high ones
};
static_assert(sizeof(Q5_KBlock) == 176);

void decode_q5_k(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
