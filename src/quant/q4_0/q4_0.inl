namespace hearth::HEARTH_SIMD {

struct Q4_0 {
  static constexpr int kStep = 32, kStepBytes = sizeof(Q4_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p));
    const std::byte* q = p + offsetof(Q4_0Block, q);
    constexpr int n = 16 / kLanes;
    for (int i = 0; i < n; ++i) emit(i, d * to_float((load_u8(q + i * kLanes) & set(15)) - set(8)));
    for (int i = 0; i < n; ++i) emit(n + i, d * to_float(right<4>(load_u8(q + i * kLanes)) - set(8)));
  }
};

}  // namespace hearth::HEARTH_SIMD
