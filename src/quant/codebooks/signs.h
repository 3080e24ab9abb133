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

// Makes magnitudes of eight numbers; bit i of the result: number i was negative.
inline uint8_t take_signs(float* x) {
  int signs = 0;
  for (int i = 0; i < 8; ++i) {
    if (x[i] < 0) {
      x[i] = -x[i];
      signs |= 1 << i;
    }
  }
  return static_cast<uint8_t>(signs);
}

// Which number of some with magnitudes x and weights w can best have the wrong sign where `point` stands for them.
inline int cheapest_flip(const int8_t* point, const float* x, const float* w, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (w[i] * x[i] * point[i] < w[best] * x[best] * point[best]) best = i;
  }
  return best;
}

// The eight signs in seven bits, where `point` stands for the magnitudes x with the weights w: if the number of
// minus signs is odd, one of them becomes wrong.
inline uint32_t even_signs(uint8_t signs, const int8_t* point, const float* x, const float* w) {
  if (std::popcount(signs) % 2) signs ^= static_cast<uint8_t>(1 << cheapest_flip(point, x, w, 8));
  return signs & 127;
}
inline int least_of(const float* x, const float* w) {
  int best = 0;
  for (int i = 1; i < 8; ++i) {
    if (w[i] * x[i] < w[best] * x[best]) best = i;
  }
  return best;
}

}  // namespace hearth
