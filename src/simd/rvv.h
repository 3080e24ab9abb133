// The vocabulary for RISC-V's vectors (V 1.0): eight numbers in a group of two registers, of 128 bits or more, so one
// build is for all processors that have them. Vectors are the compiler's own of a fixed size, which clang makes V's
// instructions of; what no expression says goes through memory to V's functions, whose types have no size and can be
// no member.
#pragma once

#include <cstdint>
#include <cstring>

#include "simd/region.h"
#include "tensor/half.h"

#if HEARTH_RVV

namespace hearth::rvv {

inline constexpr int kLanes = 8;
inline constexpr int kRegisters = 16;

template <class T, int count>
struct VectorOf {
  typedef T Type __attribute__((vector_size(count * sizeof(T))));
};
template <class T, int count = kLanes>
using Vector = typename VectorOf<T, count>::Type;
using Words = Vector<uint32_t>;
using Integers = Vector<int32_t>;

struct F {
  Vector<float> v;
};
struct I {
  Integers v;
};
struct M {
  Integers v;  // 0 or -1
};

// Processors may want numbers aligned, bytes never.
template <class V>
HEARTH_INLINE V load_bytes(const void* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class To, class From>
HEARTH_INLINE To widened(From a) {
  return __builtin_convertvector(a, To);
}

HEARTH_INLINE F set(float x) { return {{x, x, x, x, x, x, x, x}}; }
HEARTH_INLINE I set(int32_t x) { return {{x, x, x, x, x, x, x, x}}; }

HEARTH_INLINE F load(const void* p) { return {load_bytes<Vector<float>>(p)}; }
HEARTH_INLINE void store(float* p, F a) { std::memcpy(p, &a.v, sizeof a.v); }
HEARTH_INLINE F load(const float* p, int n) {
  const size_t count = static_cast<size_t>(n);
  F r = {};
  __riscv_vse32_v_f32m2(reinterpret_cast<float*>(&r.v), __riscv_vle32_v_f32m2(p, count), count);
  return r;
}
HEARTH_INLINE void store(float* p, F a, int n) {
  const size_t count = static_cast<size_t>(n);
  __riscv_vse32_v_f32m2(p, __riscv_vle32_v_f32m2(reinterpret_cast<float*>(&a.v), count), count);
}

HEARTH_INLINE I load_i32(const void* p) { return {load_bytes<Integers>(p)}; }
HEARTH_INLINE I load_u16(const void* p) { return {widened<Integers>(load_bytes<Vector<uint16_t>>(p))}; }
HEARTH_INLINE I load_u8(const void* p) { return {widened<Integers>(load_bytes<Vector<uint8_t>>(p))}; }
HEARTH_INLINE I load_i8(const void* p) { return {widened<Integers>(load_bytes<Vector<int8_t>>(p))}; }
HEARTH_INLINE I spread_bits(const void* p, int32_t x) {
  const Integers bit = {1, 2, 4, 8, 16, 32, 64, 128};
  return {((set(*static_cast<const uint8_t*>(p)).v & bit) != 0) & x};
}

HEARTH_INLINE F operator+(F a, F b) { return {a.v + b.v}; }
HEARTH_INLINE F operator-(F a, F b) { return {a.v - b.v}; }
HEARTH_INLINE F operator*(F a, F b) { return {a.v * b.v}; }
HEARTH_INLINE F operator/(F a, F b) { return {a.v / b.v}; }
HEARTH_INLINE F min(F a, F b) { return {a.v < b.v ? a.v : b.v}; }
HEARTH_INLINE F max(F a, F b) { return {a.v > b.v ? a.v : b.v}; }
HEARTH_INLINE F fma(F a, F b, F c) {
#  pragma clang fp contract(fast)
  return {a.v * b.v + c.v};
}
HEARTH_INLINE F sqrt(F a) {
  auto* p = reinterpret_cast<float*>(&a.v);
  __riscv_vse32_v_f32m2(p, __riscv_vfsqrt_v_f32m2(__riscv_vle32_v_f32m2(p, kLanes), kLanes), kLanes);
  return a;
}
HEARTH_INLINE F floor(F a) { return {__builtin_elementwise_floor(a.v)}; }

HEARTH_INLINE I operator+(I a, I b) { return {(Integers)((Words)a.v + (Words)b.v)}; }
HEARTH_INLINE I operator-(I a, I b) { return {(Integers)((Words)a.v - (Words)b.v)}; }
HEARTH_INLINE I operator&(I a, I b) { return {a.v & b.v}; }
HEARTH_INLINE I operator|(I a, I b) { return {a.v | b.v}; }
HEARTH_INLINE I operator^(I a, I b) { return {a.v ^ b.v}; }
template <int n>
HEARTH_INLINE I left(I a) {
  return {(Integers)((Words)a.v << n)};
}
template <int n>
HEARTH_INLINE I right(I a) {
  return {(Integers)((Words)a.v >> n)};
}

HEARTH_INLINE I bits(F a) { return {(Integers)a.v}; }
HEARTH_INLINE F from_bits(I a) { return {(Vector<float>)a.v}; }
HEARTH_INLINE F to_float(I a) { return {__builtin_convertvector(a.v, Vector<float>)}; }
HEARTH_INLINE M operator<(F a, F b) { return {a.v < b.v}; }
HEARTH_INLINE F select(M m, F a, F b) { return {m.v ? a.v : b.v}; }
HEARTH_INLINE I select(M m, I a, I b) { return {(m.v & a.v) | (~m.v & b.v)}; }
HEARTH_INLINE I nearest(F a) {
  F size = from_bits(bits(a) & set(INT32_MAX));
  F within = select(size < set(0x1p31f), a, set(-0x1p31f));
  return {__builtin_convertvector(__builtin_elementwise_roundeven(within.v), Integers)};
}

// Half floats are an extension of their own that few have yet: as tensor/half.h has it.
HEARTH_INLINE F load_f16(const void* p) {
  I h = load_u16(p), sign = left<16>(h & set(0x8000)), size = left<13>(h & set(0x7fff));
  I finite = bits(from_bits(size) * set(0x1p112f));
  I number = select({size.v < (0x7c00 << 13)}, finite, size | set(0x7f800000));
  return from_bits(sign | number);
}
HEARTH_INLINE void store_f16(void* p, F a) {
  I all = bits(a), sign = right<16>(all) & set(0x8000), size = all & set(INT32_MAX);
  I tiny = bits(from_bits(size) + set(0.5f)) - set(0x3f000000);
  I number = right<13>(size - set(0x38000000 - 0xfff) + (right<13>(size) & set(1)));
  number = select({size.v < 0x38800000}, tiny, number);
  number = select({size.v < 0x47800000}, number, set(0x7c00));
  number = select({size.v > 0x7f800000}, set(0x7e00), number);
  auto halves = __builtin_convertvector((sign | number).v, Vector<uint16_t>);
  std::memcpy(p, &halves, sizeof halves);
}
HEARTH_INLINE F load_bf16(const void* p) { return from_bits(left<16>(load_u16(p))); }
HEARTH_INLINE float load_half(const void* p) {
  uint16_t h;
  std::memcpy(&h, p, sizeof h);
  return f32_from_f16(h);
}

HEARTH_INLINE int keep(float* p, M m, F a) {
  auto* x = reinterpret_cast<float*>(&a.v);
  auto* kept = reinterpret_cast<int32_t*>(&m.v);
  vbool16_t which = __riscv_vmsne_vx_i32m2_b16(__riscv_vle32_v_i32m2(kept, kLanes), 0, kLanes);
  vfloat32m2_t together = __riscv_vcompress_vm_f32m2(__riscv_vle32_v_f32m2(x, kLanes), which, kLanes);
  size_t n = __riscv_vcpop_m_b16(which, kLanes);
  __riscv_vse32_v_f32m2(p, together, n);
  return static_cast<int>(n);
}
HEARTH_INLINE F lookup(const float* table, I a) {
  I offsets = left<2>(a & set(15));
  F r;
  vuint32m2_t at = __riscv_vle32_v_u32m2(reinterpret_cast<const uint32_t*>(&offsets.v), kLanes);
  __riscv_vse32_v_f32m2(reinterpret_cast<float*>(&r.v), __riscv_vluxei32_v_f32m2(table, at, kLanes), kLanes);
  return r;
}
HEARTH_INLINE I lookup_bytes(const uint8_t* table, I a) {
  constexpr size_t kBytes = 4 * kLanes;
  auto* bytes = reinterpret_cast<uint8_t*>(&a.v);
  vuint8m2_t sixteen = __riscv_vle8_v_u8m2(table, 16), at = __riscv_vle8_v_u8m2(bytes, kBytes);
  __riscv_vse8_v_u8m2(bytes, __riscv_vrgather_vv_u8m2(sixteen, at, kBytes), kBytes);
  return a;
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
#  define HEARTH_EVERY_SECOND(i) i, i + 2, i + 4, i + 6, i + 8, i + 10, i + 12, i + 14
// Products fit into 16 bits; twice the odd ones are added to the even ones, which a narrowing shift picks.
template <int bits>
HEARTH_INLINE I dot(I sum, I a, I b) {
  auto x = __builtin_convertvector((Vector<uint8_t, 32>)a.v, Vector<int16_t, 32>);
  auto y = __builtin_convertvector((Vector<int8_t, 32>)b.v, Vector<int16_t, 32>);
  auto p = x * y;
  auto even = __builtin_shufflevector(p, p, HEARTH_EVERY_SECOND(0), HEARTH_EVERY_SECOND(16));
  auto odd = __builtin_shufflevector(p, p, HEARTH_EVERY_SECOND(1), HEARTH_EVERY_SECOND(17));
  auto pairs =
      __builtin_convertvector(even, Vector<int32_t, 16>) + __builtin_convertvector(odd, Vector<int32_t, 16>);
  return sum + I{__builtin_shufflevector(pairs, pairs, HEARTH_EVERY_SECOND(0))} +
         I{__builtin_shufflevector(pairs, pairs, HEARTH_EVERY_SECOND(1))};
}
#  undef HEARTH_EVERY_SECOND
HEARTH_INLINE void store_i8(void* p, I a) {
  auto bytes = __builtin_convertvector(a.v, Vector<int8_t>);
  std::memcpy(p, &bytes, sizeof bytes);
}

HEARTH_INLINE F swapped(F a) { return {__builtin_shufflevector(a.v, a.v, 1, 0, 3, 2, 5, 4, 7, 6)}; }

HEARTH_INLINE float sum(F a) {
  auto four = __builtin_shufflevector(a.v, a.v, 0, 1, 2, 3) + __builtin_shufflevector(a.v, a.v, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}
HEARTH_INLINE void sums(float* to, F a, F b, F c, F d) {
  to[0] = sum(a);
  to[1] = sum(b);
  to[2] = sum(c);
  to[3] = sum(d);
}
HEARTH_INLINE float largest(F a) {
  float r = a.v[0];
  for (int i = 1; i < kLanes; ++i) r = a.v[i] > r ? a.v[i] : r;
  return r;
}

}  // namespace hearth::rvv

#endif
