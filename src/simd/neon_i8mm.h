// NEON's vocabulary with the dot products of I8MM, of bytes without a sign and bytes with one: as avx_vnni.h is to
// AVX2.
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

}  // namespace hearth::neon_i8mm

HEARTH_END_ISA
#endif
