// The vocabulary for AVX-512 (F, BW, VL, DQ): sixteen numbers.
#pragma once

#include <cstdint>
#include <cstring>

#include "simd/region.h"

#if HEARTH_X86
HEARTH_BEGIN_AVX512

namespace hearth::avx512 {

inline constexpr int kLanes = 16;
inline constexpr int kRegisters = 32;

struct F {
  __m512 v;
};
struct I {
  __m512i v;
};
struct M {
  __mmask16 v;
};

HEARTH_INLINE F set(float x) { return {_mm512_set1_ps(x)}; }
HEARTH_INLINE I set(int32_t x) { return {_mm512_set1_epi32(x)}; }

HEARTH_INLINE __mmask16 first(int n) { return static_cast<__mmask16>((1u << n) - 1); }
HEARTH_INLINE F load(const void* p) { return {_mm512_loadu_ps(p)}; }
HEARTH_INLINE F load(const float* p, int n) { return {_mm512_maskz_loadu_ps(first(n), p)}; }
HEARTH_INLINE void store(float* p, F a) { _mm512_storeu_ps(p, a.v); }
HEARTH_INLINE void store(float* p, F a, int n) { _mm512_mask_storeu_ps(p, first(n), a.v); }

HEARTH_INLINE __m256i load_32(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
HEARTH_INLINE __m128i load_16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
HEARTH_INLINE F load_f16(const void* p) { return {_mm512_cvtph_ps(load_32(p))}; }
HEARTH_INLINE void store_f16(void* p, F a) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), _mm512_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT));
}
HEARTH_INLINE F load_bf16(const void* p) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(load_32(p)), 16))};
}
HEARTH_INLINE float load_half(const void* p) {
  uint16_t h;
  std::memcpy(&h, p, sizeof h);
  return _cvtsh_ss(h);
}
HEARTH_INLINE I load_i32(const void* p) { return {_mm512_loadu_si512(p)}; }
HEARTH_INLINE I load_u16(const void* p) { return {_mm512_cvtepu16_epi32(load_32(p))}; }
HEARTH_INLINE I load_u8(const void* p) { return {_mm512_cvtepu8_epi32(load_16(p))}; }
HEARTH_INLINE I load_i8(const void* p) { return {_mm512_cvtepi8_epi32(load_16(p))}; }
HEARTH_INLINE I spread_bits(const void* p, int32_t x) {
  uint16_t bits;
  std::memcpy(&bits, p, sizeof bits);
  return {_mm512_maskz_set1_epi32(bits, x)};
}

HEARTH_INLINE F operator+(F a, F b) { return {_mm512_add_ps(a.v, b.v)}; }
HEARTH_INLINE F operator-(F a, F b) { return {_mm512_sub_ps(a.v, b.v)}; }
HEARTH_INLINE F operator*(F a, F b) { return {_mm512_mul_ps(a.v, b.v)}; }
HEARTH_INLINE F operator/(F a, F b) { return {_mm512_div_ps(a.v, b.v)}; }
HEARTH_INLINE F min(F a, F b) { return {_mm512_min_ps(a.v, b.v)}; }
HEARTH_INLINE F max(F a, F b) { return {_mm512_max_ps(a.v, b.v)}; }
HEARTH_INLINE F fma(F a, F b, F c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
HEARTH_INLINE F sqrt(F a) { return {_mm512_sqrt_ps(a.v)}; }
HEARTH_INLINE F floor(F a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)}; }

HEARTH_INLINE I operator+(I a, I b) { return {_mm512_add_epi32(a.v, b.v)}; }
HEARTH_INLINE I operator-(I a, I b) { return {_mm512_sub_epi32(a.v, b.v)}; }
HEARTH_INLINE I operator&(I a, I b) { return {_mm512_and_si512(a.v, b.v)}; }
HEARTH_INLINE I operator|(I a, I b) { return {_mm512_or_si512(a.v, b.v)}; }
HEARTH_INLINE I operator^(I a, I b) { return {_mm512_xor_si512(a.v, b.v)}; }
template <int n>
HEARTH_INLINE I left(I a) {
  return {_mm512_slli_epi32(a.v, n)};
}
template <int n>
HEARTH_INLINE I right(I a) {
  return {_mm512_srli_epi32(a.v, n)};
}

HEARTH_INLINE I bits(F a) { return {_mm512_castps_si512(a.v)}; }
HEARTH_INLINE F from_bits(I a) { return {_mm512_castsi512_ps(a.v)}; }
HEARTH_INLINE F to_float(I a) { return {_mm512_cvtepi32_ps(a.v)}; }
HEARTH_INLINE I nearest(F a) { return {_mm512_cvtps_epi32(a.v)}; }

HEARTH_INLINE M operator<(F a, F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
HEARTH_INLINE F select(M m, F a, F b) { return {_mm512_mask_blend_ps(m.v, b.v, a.v)}; }
HEARTH_INLINE int keep(float* p, M m, F a) {
  _mm512_storeu_ps(p, _mm512_maskz_compress_ps(m.v, a.v));
  return __builtin_popcount(m.v);
}
HEARTH_INLINE F lookup(const float* table, I a) {
  return {_mm512_permutexvar_ps(a.v, _mm512_loadu_ps(table))};
}

template <int n>
HEARTH_INLINE I rows_i8(const int8_t (*table)[n], const uint16_t* index) {
  if constexpr (n == 8) {
    int64_t row[2];
    for (int i = 0; i < 2; ++i) std::memcpy(row + i, table[index[i]], 8);
    return {_mm512_cvtepi8_epi32(_mm_set_epi64x(row[1], row[0]))};
  } else {
    int32_t row[4];
    for (int i = 0; i < 4; ++i) std::memcpy(row + i, table[index[i]], 4);
    return {_mm512_cvtepi8_epi32(_mm_setr_epi32(row[0], row[1], row[2], row[3]))};
  }
}

template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  return {_mm512_dpbusd_epi32(sum.v, a.v, b.v)};
}
// A product takes them from memory. Compilers would load them for several products at once, and keep ten such vectors
// in registers and on the stack what they have no room for.
struct Four {
  const char (*bytes)[4];
};
HEARTH_INLINE Four four(const void* p) { return {static_cast<const char(*)[4]>(p)}; }
template <int bits>
HEARTH_INLINE I dot(I sum, I a, Four b) {
  asm("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum.v) : "v"(a.v), "m"(*b.bytes));
  return sum;
}
HEARTH_INLINE I lookup_bytes(const uint8_t* table, I a) {
  return {_mm512_shuffle_epi8(_mm512_broadcast_i32x4(load_16(table)), a.v)};
}
HEARTH_INLINE void store_i8(void* p, I a) {
  _mm_storeu_si128(static_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a.v));
}

HEARTH_INLINE F swapped(F a) { return {_mm512_permute_ps(a.v, 0xb1)}; }

HEARTH_INLINE __m128 fold(__m256 a) {
  return _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
}
HEARTH_INLINE float sum(F a) {
  __m128 four = fold(_mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1)));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
// Several vectors are folded at once where one would fill part of the register; each sum's tree is sum()'s.
HEARTH_INLINE void sums(float* to, F a, F b, F c, F d) {
  __m512 ab = _mm512_add_ps(_mm512_shuffle_f32x4(a.v, b.v, 0x44), _mm512_shuffle_f32x4(a.v, b.v, 0xee));
  __m512 cd = _mm512_add_ps(_mm512_shuffle_f32x4(c.v, d.v, 0x44), _mm512_shuffle_f32x4(c.v, d.v, 0xee));
  __m512 four = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
  __m512 two = _mm512_add_ps(four, _mm512_shuffle_ps(four, four, _MM_SHUFFLE(1, 0, 3, 2)));
  __m512 one = _mm512_add_ps(two, _mm512_movehdup_ps(two));
  _mm512_mask_compressstoreu_ps(to, 0x1111, one);
}
HEARTH_INLINE float largest(F a) {
  __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace hearth::avx512

HEARTH_END_ISA
#endif
