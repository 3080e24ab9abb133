// tq1_0: 256 numbers that are -1, 0 or 1, five in a byte, and what they are multiplied by.
//
// A byte is a fraction of 256 whose digits to the base of 3 are the numbers, each plus 1: times 3, the first digit is
// what goes beyond the byte, and the rest remains.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

struct Tq1_0Block {
  uint8_t q[48];    // byte i of 32: numbers i, i + 32, ...; then byte i of 16: numbers 160 + i, 176 + i, ...
  uint8_t last[4];  // byte i: four numbers, 240 + i, 244 + i, ...
  uint16_t d;       // f16
};
static_assert(sizeof(Tq1_0Block) == 54);

void decode_tq1_0(const std::byte* from, float* to, int64_t count);

}  // namespace hearth
