// NEON's vocabulary with the products of I8MM, of bytes without a sign and bytes with one: as avx_vnni.h is to AVX2.
// And with words of its own, for an instruction that multiplies two rows by two lines, eight columns of each at once,
// in the time of a dot product that does half of it.
#pragma once

#include "simd/neon.h"

namespace hearth {
bool has_neon_i8mm();  // this processor, besides NEON
}

#if HEARTH_NEON_I8MM
HEARTH_BEGIN_NEON_I8MM

namespace hearth::neon_i8mm {

using namespace neon;

template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  for (int i = 0; i < 2; ++i)
    sum.v[i] = vusdotq_s32(sum.v[i], vreinterpretq_u8_s32(a.v[i]), vreinterpretq_s8_s32(b.v[i]));
  return sum;
}

// Four columns of each row and the next four, made two times eight columns of every second pair of rows.
HEARTH_INLINE void weave(I& a, I& b) {
  for (int i = 0; i < 2; ++i) {
    const int32x4_t low = vzip1q_s32(a.v[i], b.v[i]);
    b.v[i] = vzip2q_s32(a.v[i], b.v[i]);
    a.v[i] = low;
  }
}
// For each row a sum with one line and a sum with another.
struct Two {
  int32x4_t v[4];
};
HEARTH_INLINE Two two(int32_t first, int32_t second) {
  const int32x4_t both = vzip1q_s32(vdupq_n_s32(first), vdupq_n_s32(second));
  return {{both, both, both, both}};
}
// And the products of what was woven with the eight bytes of each line.
HEARTH_INLINE Two dot(Two sum, I a, I b, const int8_t* first, const int8_t* second) {
  const int8x16_t lines = vcombine_s8(vld1_s8(first), vld1_s8(second));
  for (int i = 0; i < 2; ++i) {
    sum.v[2 * i] = vusmmlaq_s32(sum.v[2 * i], vreinterpretq_u8_s32(a.v[i]), lines);
    sum.v[2 * i + 1] = vusmmlaq_s32(sum.v[2 * i + 1], vreinterpretq_u8_s32(b.v[i]), lines);
  }
  return sum;
}
HEARTH_INLINE I first(Two sum) { return {{vuzp1q_s32(sum.v[0], sum.v[1]), vuzp1q_s32(sum.v[2], sum.v[3])}}; }
HEARTH_INLINE I second(Two sum) { return {{vuzp2q_s32(sum.v[0], sum.v[1]), vuzp2q_s32(sum.v[2], sum.v[3])}}; }

}  // namespace hearth::neon_i8mm

HEARTH_END_ISA
#endif
