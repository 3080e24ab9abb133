// The vocabulary for AVX2 with FMA and half-precision conversions: eight numbers.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "simd/region.h"

#if HEARTH_X86
HEARTH_BEGIN_AVX2

namespace hearth::avx2 {

inline constexpr int kLanes = 8;
inline constexpr int kRegisters = 16;

struct F {
  __m256 v;
};
struct I {
  __m256i v;
};
struct M {
  __m256 v;
};

HEARTH_INLINE F set(float x) { return {_mm256_set1_ps(x)}; }
HEARTH_INLINE I set(int32_t x) { return {_mm256_set1_epi32(x)}; }

// The first n lanes: their sign bits decide what is read or written.
HEARTH_INLINE __m256i first(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
HEARTH_INLINE F load(const void* p) { return {_mm256_loadu_ps(static_cast<const float*>(p))}; }
HEARTH_INLINE F load(const float* p, int n) { return {_mm256_maskload_ps(p, first(n))}; }
HEARTH_INLINE void store(float* p, F a) { _mm256_storeu_ps(p, a.v); }
HEARTH_INLINE void store(float* p, F a, int n) { _mm256_maskstore_ps(p, first(n), a.v); }

HEARTH_INLINE __m128i load_16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
HEARTH_INLINE __m128i load_8(const void* p) { return _mm_loadl_epi64(static_cast<const __m128i*>(p)); }
HEARTH_INLINE F load_f16(const void* p) { return {_mm256_cvtph_ps(load_16(p))}; }
HEARTH_INLINE void store_f16(void* p, F a) {
  _mm_storeu_si128(static_cast<__m128i*>(p), _mm256_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT));
}
HEARTH_INLINE F load_bf16(const void* p) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load_16(p)), 16))};
}
HEARTH_INLINE float load_half(const void* p) {
  uint16_t h;
  std::memcpy(&h, p, sizeof h);
  return _cvtsh_ss(h);
}
HEARTH_INLINE I load_i32(const void* p) { return {_mm256_loadu_si256(static_cast<const __m256i*>(p))}; }
HEARTH_INLINE I load_u16(const void* p) { return {_mm256_cvtepu16_epi32(load_16(p))}; }
HEARTH_INLINE I load_u8(const void* p) { return {_mm256_cvtepu8_epi32(load_8(p))}; }
HEARTH_INLINE I load_i8(const void* p) { return {_mm256_cvtepi8_epi32(load_8(p))}; }
HEARTH_INLINE I spread_bits(const void* p, int32_t x) {
  __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  __m256i all = _mm256_set1_epi32(*static_cast<const uint8_t*>(p));
  return {_mm256_and_si256(_mm256_cmpeq_epi32(_mm256_and_si256(all, bit), bit), _mm256_set1_epi32(x))};
}

HEARTH_INLINE F operator+(F a, F b) { return {_mm256_add_ps(a.v, b.v)}; }
HEARTH_INLINE F operator-(F a, F b) { return {_mm256_sub_ps(a.v, b.v)}; }
HEARTH_INLINE F operator*(F a, F b) { return {_mm256_mul_ps(a.v, b.v)}; }
HEARTH_INLINE F operator/(F a, F b) { return {_mm256_div_ps(a.v, b.v)}; }
HEARTH_INLINE F min(F a, F b) { return {_mm256_min_ps(a.v, b.v)}; }
HEARTH_INLINE F max(F a, F b) { return {_mm256_max_ps(a.v, b.v)}; }
HEARTH_INLINE F fma(F a, F b, F c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
HEARTH_INLINE F sqrt(F a) { return {_mm256_sqrt_ps(a.v)}; }
HEARTH_INLINE F floor(F a) { return {_mm256_floor_ps(a.v)}; }

HEARTH_INLINE I operator+(I a, I b) { return {_mm256_add_epi32(a.v, b.v)}; }
HEARTH_INLINE I operator-(I a, I b) { return {_mm256_sub_epi32(a.v, b.v)}; }
HEARTH_INLINE I operator&(I a, I b) { return {_mm256_and_si256(a.v, b.v)}; }
HEARTH_INLINE I operator|(I a, I b) { return {_mm256_or_si256(a.v, b.v)}; }
HEARTH_INLINE I operator^(I a, I b) { return {_mm256_xor_si256(a.v, b.v)}; }
template <int n>
HEARTH_INLINE I left(I a) {
  return {_mm256_slli_epi32(a.v, n)};
}
template <int n>
HEARTH_INLINE I right(I a) {
  return {_mm256_srli_epi32(a.v, n)};
}

HEARTH_INLINE I bits(F a) { return {_mm256_castps_si256(a.v)}; }
HEARTH_INLINE F from_bits(I a) { return {_mm256_castsi256_ps(a.v)}; }
HEARTH_INLINE F to_float(I a) { return {_mm256_cvtepi32_ps(a.v)}; }
HEARTH_INLINE I nearest(F a) { return {_mm256_cvtps_epi32(a.v)}; }

HEARTH_INLINE M operator<(F a, F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
HEARTH_INLINE F select(M m, F a, F b) { return {_mm256_blendv_ps(b.v, a.v, m.v)}; }
// For each set of lanes, their numbers, a byte each.
inline constexpr std::array<uint64_t, 256> kLanesOf = [] {
  std::array<uint64_t, 256> lanes{};
  for (int set = 0; set < 256; ++set) {
    for (int i = 7; i >= 0; --i) {
      if (set >> i & 1) lanes[set] = lanes[set] << 8 | i;
    }
  }
  return lanes;
}();
HEARTH_INLINE int keep(float* p, M m, F a) {
  unsigned set = static_cast<unsigned>(_mm256_movemask_ps(m.v));
  __m256i lanes = _mm256_cvtepu8_epi32(load_8(&kLanesOf[set]));
  _mm256_storeu_ps(p, _mm256_permutevar8x32_ps(a.v, lanes));
  return __builtin_popcount(set);
}
HEARTH_INLINE F lookup(const float* table, I a) {
  __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), a.v);
  __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), a.v);
  return {_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(a.v, 28)))};
}

template <int n>
HEARTH_INLINE I rows_i8(const int8_t (*table)[n], const uint16_t* index) {
  if constexpr (n == 8) {
    return load_i8(table[index[0]]);
  } else {
    int32_t row[2];
    for (int i = 0; i < 2; ++i) std::memcpy(row + i, table[index[i]], 4);
    return {_mm256_cvtepi8_epi32(_mm_insert_epi32(_mm_cvtsi32_si128(row[0]), row[1], 1))};
  }
}

// As a float they go from memory to all lanes; as a whole number compilers take them through a register of another
// kind, which costs as much as a product.
HEARTH_INLINE I four(const void* p) {
  float bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return bits(set(bytes));
}
// Pairs of products of 7 bits with 8 fit into 16 bits, those of 8 do not: these go by even and odd bytes.
template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  if constexpr (bits < 8) {
    __m256i pairs = _mm256_maddubs_epi16(a.v, b.v);
    return {_mm256_add_epi32(sum.v, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))};
  } else {
    __m256i even = _mm256_madd_epi16(_mm256_and_si256(a.v, _mm256_set1_epi16(255)),
                                     _mm256_srai_epi16(_mm256_slli_epi16(b.v, 8), 8));
    __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(a.v, 8), _mm256_srai_epi16(b.v, 8));
    return {_mm256_add_epi32(sum.v, _mm256_add_epi32(even, odd))};
  }
}
HEARTH_INLINE I lookup_bytes(const uint8_t* table, I a) {
  return {_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load_16(table)), a.v)};
}
HEARTH_INLINE void store_i8(void* p, I a) {
  __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(a.v), _mm256_extracti128_si256(a.v, 1));
  _mm_storel_epi64(static_cast<__m128i*>(p), _mm_packs_epi16(words, words));
}

HEARTH_INLINE F swapped(F a) { return {_mm256_permute_ps(a.v, 0xb1)}; }

HEARTH_INLINE float sum(F a) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
// Two vectors are folded at once where one would fill half the register; each sum's tree is that of sum().
HEARTH_INLINE void sums(float* to, F a, F b, F c, F d) {
  __m256 ab = _mm256_add_ps(_mm256_permute2f128_ps(a.v, b.v, 0x20), _mm256_permute2f128_ps(a.v, b.v, 0x31));
  __m256 cd = _mm256_add_ps(_mm256_permute2f128_ps(c.v, d.v, 0x20), _mm256_permute2f128_ps(c.v, d.v, 0x31));
  __m256 two = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));  // a c | b d
  __m256 one = _mm256_add_ps(two, _mm256_movehdup_ps(two));
  __m128 low = _mm256_castps256_ps128(one), high = _mm256_extractf128_ps(one, 1);  // a . c . | b . d .
  __m128 pairs = _mm_shuffle_ps(low, high, _MM_SHUFFLE(2, 0, 2, 0));               // a c b d
  _mm_storeu_ps(to, _mm_shuffle_ps(pairs, pairs, _MM_SHUFFLE(3, 1, 2, 0)));
}
HEARTH_INLINE float largest(F a) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace hearth::avx2

HEARTH_END_ISA
#endif
