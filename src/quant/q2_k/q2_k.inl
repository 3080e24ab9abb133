namespace hearth::HEARTH_SIMD {

struct Q2_K {
  static constexpr int kStep = 256, kStepBytes = sizeof(Q2_KBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p + offsetof(Q2_KBlock, d))), dmin = set(-load_half(p + offsetof(Q2_KBlock, dmin)));
    float scales[16], minima[16];
    for (int i = 0; i < 16; i += kLanes) {
      I both = load_u8(p + offsetof(Q2_KBlock, scales) + i);
      store(scales + i, d * to_float(both & set(15)));
      store(minima + i, dmin * to_float(right<4>(both)));
    }
    const std::byte* q = p + offsetof(Q2_KBlock, q);
    for (int half = 0; half < 2; ++half, q += 32) {
      run<0>(q, 8 * half, scales, minima, emit);
      run<2>(q, 8 * half + 2, scales, minima, emit);
      run<4>(q, 8 * half + 4, scales, minima, emit);
      run<6>(q, 8 * half + 6, scales, minima, emit);
    }
  }

 private:
  // 32 numbers: two groups, the first of which is `group`.
  template <int shift, class Emit>
  static HEARTH_INLINE void run(const std::byte* q, int group, const float* scales, const float* minima,
                                Emit& emit) {
    for (int i = 0; i < 32 / kLanes; ++i) {
      int g = group + i * kLanes / 16;
      I bits = right<shift>(load_u8(q + i * kLanes)) & set(3);
      emit(group * 16 / kLanes + i, fma(set(scales[g]), to_float(bits), set(minima[g])));
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
