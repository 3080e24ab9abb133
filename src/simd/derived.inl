// What follows from a set's own functions.

namespace hearth::HEARTH_SIMD {

HEARTH_INLINE F operator-(F a) { return from_bits(bits(a) ^ set(INT32_MIN)); }
HEARTH_INLINE F abs(F a) { return from_bits(bits(a) & set(INT32_MAX)); }
HEARTH_INLINE F with_sign(F a, F sign) { return from_bits(bits(abs(a)) | (bits(sign) & set(INT32_MIN))); }

// The first n <= kLanes numbers, at full speed where that is all of them.
HEARTH_INLINE F load_up_to(const float* p, int n) { return n == kLanes ? load(p) : load(p, n); }
HEARTH_INLINE void store_up_to(float* p, F a, int n) {
  if (n == kLanes) {
    store(p, a);
  } else {
    store(p, a, n);
  }
}
// How many numbers the vector that begins at i has, in a row of `width`.
HEARTH_INLINE int lanes_at(int64_t i, int64_t width) {
  return width - i < kLanes ? static_cast<int>(width - i) : kLanes;
}

HEARTH_INLINE void prefetch(const void* p) { __builtin_prefetch(p, 0, 3); }
HEARTH_INLINE void prefetch_second(const void* p) { __builtin_prefetch(p, 0, 2); }

}  // namespace hearth::HEARTH_SIMD
