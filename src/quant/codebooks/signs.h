// Eight signs in seven bits, as some iq formats have them: the number of minus signs is even.
#pragma once

#include <bit>
#include <cstdint>

namespace hearth {

// Bit i of the result: number i is negative.
inline uint8_t eight_signs(uint32_t seven) {
  seven &= 127;
  return static_cast<uint8_t>(seven | (std::popcount(seven) % 2) << 7);
}

// Four times seven bits become four bytes.
inline uint32_t four_eight_signs(uint32_t packed) {
  uint32_t x =
      (packed & 0x7f) | (packed & 0x3f80) << 1 | (packed & 0x1fc000) << 2 | (packed & 0xfe00000) << 3;
  uint32_t parity = x ^ x >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return x | (parity & 0x01010101) << 7;
}

}  // namespace hearth
