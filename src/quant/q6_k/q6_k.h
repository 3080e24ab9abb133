// q6_k: 256 numbers of 6 bits in 16 groups of 16; each group has a scale of 8 bits, and these have one scale for
// the block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

// Each half of the block is four runs of 32 numbers. Number i of them has its low 4 bits in byte i of `low`, runs
// 0 and 2 sharing the first 32 bytes of the half (low and high halves), runs 1 and 3 the next; its high 2 bits
// are pair r of bits of byte i of `high`, r being the run.
struct Q6_KBlock {
  uint8_t low[128];
  uint8_t high[64];
  int8_t scales[16];
  uint16_t d;  // f16
};
static_assert(sizeof(Q6_KBlock) == 210);

void decode_q6_k(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
