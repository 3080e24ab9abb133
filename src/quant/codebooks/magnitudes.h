// Numbers as magnitudes and signs, for encoders.
#pragma once

#include <bit>
#include <cstdint>

namespace hearth {

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

// Some formats have room for an even number of minus signs only.
inline bool is_odd(uint8_t signs) { return std::popcount(signs) % 2; }

// Which of `count` magnitudes, for which `point` stands, can best have the wrong sign.
inline int cheapest_flip(const int8_t* point, const float* x, const float* w, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (w[i] * x[i] * point[i] < w[best] * x[best] * point[best]) best = i;
  }
  return best;
}
// Which one of eight that probably is, as long as nobody knows the point.
inline int likely_flip(const float* x, const float* w) {
  int best = 0;
  for (int i = 1; i < 8; ++i) {
    if (w[i] * x[i] * x[i] < w[best] * x[best] * x[best]) best = i;
  }
  return best;
}

// Eight signs in seven bits, where `point` stands for the magnitudes: one becomes wrong where they are odd.
inline uint32_t seven_signs(uint8_t signs, const int8_t* point, const float* x, const float* w) {
  if (is_odd(signs)) signs ^= static_cast<uint8_t>(1 << cheapest_flip(point, x, w, 8));
  return signs & 127;
}

}  // namespace hearth
