// iq4_nl: 32 numbers of 4 bits that stand for unevenly spaced values, and what these are multiplied by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

// What the 4 bits of iq4_nl and iq4_xs stand for.
inline constexpr float kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                         1,    13,   25,  38,  53,  69,  89,  113};

struct Iq4_nlBlock {
  uint16_t d;     // f16
  uint8_t q[16];  // numbers 0 to 15 in the low halves, 16 to 31 in the high ones
};
static_assert(sizeof(Iq4_nlBlock) == 18);

void decode_iq4_nl(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
