// AVX2's vocabulary with the dot products of AVX-VNNI, for the bodies where these are most of the work. Such a body
// calls HEARTH_SIMD::dot, which no lookup by arguments turns into AVX2's.
#pragma once

#include "simd/avx2.h"

namespace hearth {
bool has_avx_vnni();  // this processor, besides AVX2
}

#if HEARTH_X86
HEARTH_BEGIN_AVX_VNNI

namespace hearth::avx_vnni {

using namespace avx2;

template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  return {_mm256_dpbusd_avx_epi32(sum.v, a.v, b.v)};
}

}  // namespace hearth::avx_vnni

HEARTH_END_ISA
#endif
