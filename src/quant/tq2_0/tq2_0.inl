namespace hearth::HEARTH_SIMD {

struct Tq2_0 {
  static constexpr int kStep = 256, kStepBytes = sizeof(Tq2_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p + offsetof(Tq2_0Block, d)));
    for (int half = 0; half < 2; ++half) {
      const std::byte* q = p + 32 * half;
      run<0>(q, d, 4 * half, emit);
      run<2>(q, d, 4 * half + 1, emit);
      run<4>(q, d, 4 * half + 2, emit);
      run<6>(q, d, 4 * half + 3, emit);
    }
  }

 private:
  template <int shift, class Emit>
  static HEARTH_INLINE void run(const std::byte* q, F d, int run, Emit& emit) {
    constexpr int n = 32 / kLanes;
    for (int i = 0; i < n; ++i) {
      I code = right<shift>(load_u8(q + i * kLanes)) & set(3);
      emit(run * n + i, d * to_float(code - set(1)));
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
