// The vocabulary for ARM's NEON with dot products (every 64-bit ARM since 2017): eight numbers in two registers side
// by side, as many as formats' decoders expect at least.
#pragma once

#include <cstdint>
#include <cstring>

#include "simd/region.h"

#if HEARTH_NEON
HEARTH_BEGIN_NEON

namespace hearth::neon {

inline constexpr int kLanes = 8;
inline constexpr int kRegisters = 16;

struct F {
  float32x4_t v[2];
};
struct I {
  int32x4_t v[2];
};
struct M {
  uint32x4_t v[2];
};

#  define HEARTH_HALVES for (int i = 0; i < 2; ++i)
#  define HEARTH_UNARY(type, name, of, expression) \
    HEARTH_INLINE type name(of a) {                \
      type r;                                      \
      HEARTH_HALVES r.v[i] = expression;           \
      return r;                                    \
    }
#  define HEARTH_BINARY(type, name, of, expression) \
    HEARTH_INLINE type name(of a, of b) {           \
      type r;                                       \
      HEARTH_HALVES r.v[i] = expression;            \
      return r;                                     \
    }

HEARTH_INLINE F set(float x) { return {{vdupq_n_f32(x), vdupq_n_f32(x)}}; }
HEARTH_INLINE I set(int32_t x) { return {{vdupq_n_s32(x), vdupq_n_s32(x)}}; }

HEARTH_INLINE F load(const void* p) {
  auto* x = static_cast<const float*>(p);
  return {{vld1q_f32(x), vld1q_f32(x + 4)}};
}
HEARTH_INLINE F load(const float* p, int n) {
  float x[kLanes] = {};
  std::memcpy(x, p, static_cast<size_t>(n) * sizeof(float));
  return load(x);
}
HEARTH_INLINE void store(float* p, F a) { HEARTH_HALVES vst1q_f32(p + 4 * i, a.v[i]); }
HEARTH_INLINE void store(float* p, F a, int n) {
  float x[kLanes];
  store(x, a);
  std::memcpy(p, x, static_cast<size_t>(n) * sizeof(float));
}

HEARTH_INLINE uint16x8_t load_halves(const void* p) {
  return vreinterpretq_u16_u8(vld1q_u8(static_cast<const uint8_t*>(p)));
}
HEARTH_INLINE F load_f16(const void* p) {
  float16x8_t h = vreinterpretq_f16_u16(load_halves(p));
  return {{vcvt_f32_f16(vget_low_f16(h)), vcvt_high_f32_f16(h)}};
}
HEARTH_INLINE void store_f16(void* p, F a) {
  float16x8_t h = vcvt_high_f16_f32(vcvt_f16_f32(a.v[0]), a.v[1]);
  vst1q_u8(static_cast<uint8_t*>(p), vreinterpretq_u8_f16(h));
}
HEARTH_INLINE F load_bf16(const void* p) {
  uint16x8_t h = load_halves(p);
  return {{vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(h), 16)),
           vreinterpretq_f32_u32(vshll_high_n_u16(h, 16))}};
}
HEARTH_INLINE float load_half(const void* p) {
  __fp16 h;
  std::memcpy(&h, p, sizeof h);
  return h;
}
HEARTH_INLINE I load_i32(const void* p) {
  auto* x = static_cast<const uint8_t*>(p);
  return {{vreinterpretq_s32_u8(vld1q_u8(x)), vreinterpretq_s32_u8(vld1q_u8(x + 16))}};
}
HEARTH_INLINE I wide(uint16x8_t h) {
  return {{vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(h))), vreinterpretq_s32_u32(vmovl_high_u16(h))}};
}
HEARTH_INLINE I wide(int16x8_t h) { return {{vmovl_s16(vget_low_s16(h)), vmovl_high_s16(h)}}; }
HEARTH_INLINE I load_u16(const void* p) { return wide(load_halves(p)); }
HEARTH_INLINE I load_u8(const void* p) { return wide(vmovl_u8(vld1_u8(static_cast<const uint8_t*>(p)))); }
HEARTH_INLINE I load_i8(const void* p) { return wide(vmovl_s8(vld1_s8(static_cast<const int8_t*>(p)))); }
HEARTH_INLINE I spread_bits(const void* p, int32_t x) {
  constexpr uint32_t kBits[kLanes] = {1, 2, 4, 8, 16, 32, 64, 128};
  uint32x4_t all = vdupq_n_u32(*static_cast<const uint8_t*>(p));
  I r;
  HEARTH_HALVES r.v[i] =
      vandq_s32(vreinterpretq_s32_u32(vtstq_u32(all, vld1q_u32(kBits + 4 * i))), vdupq_n_s32(x));
  return r;
}

HEARTH_BINARY(F, operator+, F, vaddq_f32(a.v[i], b.v[i]))
HEARTH_BINARY(F, operator-, F, vsubq_f32(a.v[i], b.v[i]))
HEARTH_BINARY(F, operator*, F, vmulq_f32(a.v[i], b.v[i]))
HEARTH_BINARY(F, operator/, F, vdivq_f32(a.v[i], b.v[i]))
HEARTH_BINARY(F, min, F, vbslq_f32(vcltq_f32(a.v[i], b.v[i]), a.v[i], b.v[i]))
HEARTH_BINARY(F, max, F, vbslq_f32(vcgtq_f32(a.v[i], b.v[i]), a.v[i], b.v[i]))
HEARTH_BINARY(I, operator+, I, vaddq_s32(a.v[i], b.v[i]))
HEARTH_BINARY(I, operator-, I, vsubq_s32(a.v[i], b.v[i]))
HEARTH_BINARY(I, operator&, I, vandq_s32(a.v[i], b.v[i]))
HEARTH_BINARY(I, operator|, I, vorrq_s32(a.v[i], b.v[i]))
HEARTH_BINARY(I, operator^, I, veorq_s32(a.v[i], b.v[i]))
HEARTH_BINARY(M, operator<, F, vcltq_f32(a.v[i], b.v[i]))
HEARTH_UNARY(F, sqrt, F, vsqrtq_f32(a.v[i]))
HEARTH_UNARY(F, floor, F, vrndmq_f32(a.v[i]))
HEARTH_UNARY(I, bits, F, vreinterpretq_s32_f32(a.v[i]))
HEARTH_UNARY(F, from_bits, I, vreinterpretq_f32_s32(a.v[i]))
HEARTH_UNARY(F, to_float, I, vcvtq_f32_s32(a.v[i]))
// What is out of range would become the nearest there is, and what is no number 0.
HEARTH_UNARY(I, nearest, F,
             vbslq_s32(vcltq_f32(vabsq_f32(a.v[i]), vdupq_n_f32(0x1p31f)), vcvtnq_s32_f32(a.v[i]),
                       vdupq_n_s32(INT32_MIN)))
HEARTH_UNARY(F, swapped, F, vrev64q_f32(a.v[i]))
HEARTH_INLINE F fma(F a, F b, F c) {
  HEARTH_HALVES c.v[i] = vfmaq_f32(c.v[i], a.v[i], b.v[i]);
  return c;
}
template <int n>
HEARTH_INLINE I left(I a) {
  HEARTH_HALVES a.v[i] = vshlq_s32(a.v[i], vdupq_n_s32(n));
  return a;
}
template <int n>
HEARTH_INLINE I right(I a) {
  HEARTH_HALVES a.v[i] = vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(a.v[i]), vdupq_n_s32(-n)));
  return a;
}

HEARTH_INLINE F select(M m, F a, F b) {
  HEARTH_HALVES a.v[i] = vbslq_f32(m.v[i], a.v[i], b.v[i]);
  return a;
}
HEARTH_INLINE int keep(float* p, M m, F a) {
  uint32_t kept[kLanes];
  float x[kLanes];
  HEARTH_HALVES vst1q_u32(kept + 4 * i, m.v[i]);
  store(x, a);
  int n = 0;
  for (int i = 0; i < kLanes; ++i) {
    p[n] = x[i];
    n += kept[i] != 0;
  }
  return n;
}
HEARTH_INLINE F lookup(const float* table, I a) {
  int32_t index[kLanes];
  float x[kLanes];
  HEARTH_HALVES vst1q_s32(index + 4 * i, a.v[i]);
  for (int i = 0; i < kLanes; ++i) x[i] = table[index[i] & 15];
  return load(x);
}

template <int n>
HEARTH_INLINE I rows_i8(const int8_t (*table)[n], const uint16_t* index) {
  int8_t rows[kLanes];
  for (int i = 0; i < kLanes / n; ++i) std::memcpy(rows + n * i, table[index[i]], n);
  return load_i8(rows);
}

HEARTH_INLINE I four(const void* p) {
  int32_t bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return set(bytes);
}
// There are products of bytes that both have signs. Those of 8 bits without one lose 128, which the other bytes' sum
// brings back.
template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  HEARTH_HALVES {
    int8x16_t x = vreinterpretq_s8_s32(a.v[i]), y = vreinterpretq_s8_s32(b.v[i]);
    if constexpr (bits == 8) {
      x = veorq_s8(x, vdupq_n_s8(-128));
      sum.v[i] = vaddq_s32(sum.v[i], vshlq_n_s32(vdotq_s32(vdupq_n_s32(0), vdupq_n_s8(1), y), 7));
    }
    sum.v[i] = vdotq_s32(sum.v[i], x, y);
  }
  return sum;
}
HEARTH_INLINE I lookup_bytes(const uint8_t* table, I a) {
  HEARTH_HALVES a.v[i] = vreinterpretq_s32_u8(vqtbl1q_u8(vld1q_u8(table), vreinterpretq_u8_s32(a.v[i])));
  return a;
}
HEARTH_INLINE void store_i8(void* p, I a) {
  int16x8_t halves = vmovn_high_s32(vmovn_s32(a.v[0]), a.v[1]);
  vst1_s8(static_cast<int8_t*>(p), vmovn_s16(halves));
}

HEARTH_INLINE float sum(F a) {
  float32x4_t four = vaddq_f32(a.v[0], a.v[1]);
  float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
HEARTH_INLINE void sums(float* to, F a, F b, F c, F d) {
  to[0] = sum(a);
  to[1] = sum(b);
  to[2] = sum(c);
  to[3] = sum(d);
}
HEARTH_INLINE float largest(F a) { return vmaxnmvq_f32(vmaxnmq_f32(a.v[0], a.v[1])); }

#  undef HEARTH_HALVES
#  undef HEARTH_UNARY
#  undef HEARTH_BINARY

}  // namespace hearth::neon

HEARTH_END_ISA
#endif
