namespace hearth::HEARTH_SIMD {

struct Q8_0 {
  static constexpr int kStep = 32, kStepBytes = sizeof(Q8_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p));
    const std::byte* q = p + offsetof(Q8_0Block, q);
    for (int i = 0; i < 32 / kLanes; ++i) emit(i, d * to_float(load_i8(q + i * kLanes)));
  }
};

}  // namespace hearth::HEARTH_SIMD
