// q8_0: 32 signed bytes and what they are multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Q8_0Block {
  uint16_t d;  // f16
  int8_t q[32];
};
static_assert(sizeof(Q8_0Block) == 34);

void decode_q8_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
