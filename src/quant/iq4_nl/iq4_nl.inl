namespace hearth::HEARTH_SIMD {

struct Iq4_nl {
  static constexpr int kStep = 32, kStepBytes = sizeof(Iq4_nlBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p));
    const std::byte* q = p + offsetof(Iq4_nlBlock, q);
    constexpr int n = 16 / kLanes;
    for (int i = 0; i < n; ++i) emit(i, d * lookup(kIq4Values, load_u8(q + i * kLanes)));
    for (int i = 0; i < n; ++i) emit(n + i, d * lookup(kIq4Values, right<4>(load_u8(q + i * kLanes))));
  }
};

}  // namespace hearth::HEARTH_SIMD
