// AVX-512's vocabulary with products of pairs of bf16: a vector holds two of them in each lane.
#pragma once

#include "simd/avx512.h"

namespace hearth {
// This processor, besides AVX-512, as many pairs in a second as numbers of f32. AMD's do; Intel's do half as many, where
// they gain nothing over f32, which rounds no inputs.
bool has_fast_avx512_bf16();
}  // namespace hearth

#if HEARTH_X86
HEARTH_BEGIN_AVX512_BF16

namespace hearth::avx512_bf16 {

using namespace avx512;

// sum + a1*b1 + a0*b0. What is too small for a normal number is 0.
HEARTH_INLINE F dot_pairs(F sum, I a, I b) {
  return {_mm512_dpbf16_ps(sum.v, reinterpret_cast<__m512bh>(a.v), reinterpret_cast<__m512bh>(b.v))};
}

}  // namespace hearth::avx512_bf16

HEARTH_END_ISA
#endif
