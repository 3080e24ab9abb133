// The vocabulary in plain C++, eight numbers at a time, for processors that have no set of their own here.
// What each function means is said in vocabulary.h.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>

#include "simd/region.h"
#include "tensor/half.h"

namespace hearth::scalar {

inline constexpr int kLanes = 8;
inline constexpr int kRegisters = 8;

struct F {
  float v[kLanes];
};
struct I {
  int32_t v[kLanes];
};
struct M {
  bool v[kLanes];
};

#define HEARTH_LANES for (int i = 0; i < kLanes; ++i)

HEARTH_INLINE F set(float x) {
  F r;
  HEARTH_LANES r.v[i] = x;
  return r;
}
HEARTH_INLINE I set(int32_t x) {
  I r;
  HEARTH_LANES r.v[i] = x;
  return r;
}

HEARTH_INLINE F load(const void* p) {
  F r;
  std::memcpy(r.v, p, sizeof r.v);
  return r;
}
HEARTH_INLINE F load(const float* p, int n) {
  F r = set(0.0f);
  std::memcpy(r.v, p, n * sizeof(float));
  return r;
}
HEARTH_INLINE void store(float* p, F a) { std::memcpy(p, a.v, sizeof a.v); }
HEARTH_INLINE void store(float* p, F a, int n) { std::memcpy(p, a.v, n * sizeof(float)); }

HEARTH_INLINE F load_f16(const void* p) {
  uint16_t h[kLanes];
  std::memcpy(h, p, sizeof h);
  F r;
  HEARTH_LANES r.v[i] = f32_from_f16(h[i]);
  return r;
}
HEARTH_INLINE void store_f16(void* p, F a) {
  uint16_t h[kLanes];
  HEARTH_LANES h[i] = f16_from_f32(a.v[i]);
  std::memcpy(p, h, sizeof h);
}
HEARTH_INLINE F load_bf16(const void* p) {
  uint16_t h[kLanes];
  std::memcpy(h, p, sizeof h);
  F r;
  HEARTH_LANES r.v[i] = f32_from_bf16(h[i]);
  return r;
}
HEARTH_INLINE float load_half(const void* p) {
  uint16_t h;
  std::memcpy(&h, p, sizeof h);
  return f32_from_f16(h);
}
HEARTH_INLINE I load_i32(const void* p) {
  I r;
  std::memcpy(r.v, p, sizeof r.v);
  return r;
}
HEARTH_INLINE I load_u16(const void* p) {
  uint16_t b[kLanes];
  std::memcpy(b, p, sizeof b);
  I r;
  HEARTH_LANES r.v[i] = b[i];
  return r;
}
HEARTH_INLINE I load_u8(const void* p) {
  uint8_t b[kLanes];
  std::memcpy(b, p, sizeof b);
  I r;
  HEARTH_LANES r.v[i] = b[i];
  return r;
}
HEARTH_INLINE I load_i8(const void* p) {
  int8_t b[kLanes];
  std::memcpy(b, p, sizeof b);
  I r;
  HEARTH_LANES r.v[i] = b[i];
  return r;
}
HEARTH_INLINE I spread_bits(const void* p, int32_t x) {
  uint8_t byte;
  std::memcpy(&byte, p, 1);
  I r;
  HEARTH_LANES r.v[i] = (byte >> i & 1) ? x : 0;
  return r;
}

#define HEARTH_BINARY(type, function, expression) \
  HEARTH_INLINE type function(type a, type b) {   \
    type r;                                       \
    HEARTH_LANES r.v[i] = expression;             \
    return r;                                     \
  }
HEARTH_BINARY(F, operator+, a.v[i] + b.v[i])
HEARTH_BINARY(F, operator-, a.v[i] - b.v[i])
HEARTH_BINARY(F, operator*, a.v[i] * b.v[i])
HEARTH_BINARY(F, operator/, a.v[i] / b.v[i])
HEARTH_BINARY(F, min, a.v[i] < b.v[i] ? a.v[i] : b.v[i])
HEARTH_BINARY(F, max, a.v[i] > b.v[i] ? a.v[i] : b.v[i])
HEARTH_BINARY(I, operator+,
              static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) + static_cast<uint32_t>(b.v[i])))
HEARTH_BINARY(I, operator-,
              static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) - static_cast<uint32_t>(b.v[i])))
HEARTH_BINARY(I, operator&, a.v[i] & b.v[i])
HEARTH_BINARY(I, operator|, a.v[i] | b.v[i])
HEARTH_BINARY(I, operator^, a.v[i] ^ b.v[i])
#undef HEARTH_BINARY

HEARTH_INLINE F fma(F a, F b, F c) {
  F r;
  HEARTH_LANES r.v[i] = a.v[i] * b.v[i] + c.v[i];
  return r;
}
HEARTH_INLINE F sqrt(F a) {
  F r;
  HEARTH_LANES r.v[i] = std::sqrt(a.v[i]);
  return r;
}
HEARTH_INLINE F floor(F a) {
  F r;
  HEARTH_LANES r.v[i] = std::floor(a.v[i]);
  return r;
}

HEARTH_INLINE I bits(F a) { return std::bit_cast<I>(a); }
HEARTH_INLINE F from_bits(I a) { return std::bit_cast<F>(a); }
HEARTH_INLINE F to_float(I a) {
  F r;
  HEARTH_LANES r.v[i] = static_cast<float>(a.v[i]);
  return r;
}
HEARTH_INLINE I nearest(F a) {
  I r;
  HEARTH_LANES r.v[i] = std::fabs(a.v[i]) < 0x1p31f ? static_cast<int32_t>(std::lrintf(a.v[i])) : INT32_MIN;
  return r;
}
template <int n>
HEARTH_INLINE I left(I a) {
  I r;
  HEARTH_LANES r.v[i] = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) << n);
  return r;
}
template <int n>
HEARTH_INLINE I right(I a) {
  I r;
  HEARTH_LANES r.v[i] = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) >> n);
  return r;
}

HEARTH_INLINE M operator<(F a, F b) {
  M r;
  HEARTH_LANES r.v[i] = a.v[i] < b.v[i];
  return r;
}
HEARTH_INLINE F select(M m, F a, F b) {
  F r;
  HEARTH_LANES r.v[i] = m.v[i] ? a.v[i] : b.v[i];
  return r;
}
HEARTH_INLINE int keep(float* p, M m, F a) {
  int n = 0;
  HEARTH_LANES {
    p[n] = a.v[i];
    n += m.v[i];
  }
  return n;
}
HEARTH_INLINE F lookup(const float* table, I a) {
  F r;
  HEARTH_LANES r.v[i] = table[a.v[i] & 15];
  return r;
}

template <int n>
HEARTH_INLINE I rows_i8(const int8_t (*table)[n], const uint16_t* index) {
  I r;
  HEARTH_LANES r.v[i] = table[index[i / n]][i % n];
  return r;
}

HEARTH_INLINE I four(const void* p) {
  int32_t bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return set(bytes);
}
template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  uint8_t u[4 * kLanes];
  int8_t s[4 * kLanes];
  std::memcpy(u, a.v, sizeof u);
  std::memcpy(s, b.v, sizeof s);
  HEARTH_LANES sum.v[i] += u[4 * i] * s[4 * i] + u[4 * i + 1] * s[4 * i + 1] + u[4 * i + 2] * s[4 * i + 2] +
                           u[4 * i + 3] * s[4 * i + 3];
  return sum;
}
HEARTH_INLINE I lookup_bytes(const uint8_t* table, I a) {
  uint8_t b[4 * kLanes];
  std::memcpy(b, a.v, sizeof b);
  for (uint8_t& byte : b) byte = table[byte & 15];
  I r;
  std::memcpy(r.v, b, sizeof b);
  return r;
}
HEARTH_INLINE void store_i8(void* p, I a) {
  int8_t b[kLanes];
  HEARTH_LANES b[i] = static_cast<int8_t>(a.v[i]);
  std::memcpy(p, b, sizeof b);
}

HEARTH_INLINE F swapped(F a) {
  F r;
  HEARTH_LANES r.v[i] = a.v[i ^ 1];
  return r;
}

HEARTH_INLINE float sum(F a) {
  return ((a.v[0] + a.v[4]) + (a.v[2] + a.v[6])) + ((a.v[1] + a.v[5]) + (a.v[3] + a.v[7]));
}
HEARTH_INLINE void sums(float* to, F a, F b, F c, F d) {
  to[0] = sum(a);
  to[1] = sum(b);
  to[2] = sum(c);
  to[3] = sum(d);
}
HEARTH_INLINE float largest(F a) {
  float r = a.v[0];
  HEARTH_LANES r = a.v[i] > r ? a.v[i] : r;
  return r;
}

#undef HEARTH_LANES

}  // namespace hearth::scalar
