namespace hearth::HEARTH_SIMD {

struct Q1_0 {
  static constexpr int kStep = 128, kStepBytes = sizeof(Q1_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    I minus = bits(set(-load_half(p)));
    const std::byte* q = p + offsetof(Q1_0Block, q);
    for (int i = 0; i < 128 / kLanes; ++i) {
      emit(i, from_bits(minus ^ spread_bits(q + i * kLanes / 8, INT32_MIN)));
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
