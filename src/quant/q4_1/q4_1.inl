namespace hearth::HEARTH_SIMD {

struct Q4_1 {
  static constexpr int kStep = 32, kStepBytes = sizeof(Q4_1Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p)), m = set(load_half(p + offsetof(Q4_1Block, m)));
    const std::byte* q = p + offsetof(Q4_1Block, q);
    constexpr int n = 16 / kLanes;
    for (int i = 0; i < n; ++i) emit(i, fma(d, to_float(load_u8(q + i * kLanes) & set(15)), m));
    for (int i = 0; i < n; ++i) emit(n + i, fma(d, to_float(right<4>(load_u8(q + i * kLanes))), m));
  }
};

}  // namespace hearth::HEARTH_SIMD
