namespace hearth::HEARTH_SIMD {

struct Q3_K {
  static constexpr int kStep = 256, kStepBytes = sizeof(Q3_KBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Q3_KBlock block;
    std::memcpy(block.scales, p + offsetof(Q3_KBlock, scales), sizeof block.scales);
    float d = load_half(p + offsetof(Q3_KBlock, d)), scales[16];
    for (int g = 0; g < 16; ++g) scales[g] = d * static_cast<float>(block.scale(g));
    const std::byte *q = p + offsetof(Q3_KBlock, q), *high = p + offsetof(Q3_KBlock, high);
    run<0, 0>(q, high, scales, emit);
    run<2, 1>(q, high, scales, emit);
    run<4, 2>(q, high, scales, emit);
    run<6, 3>(q, high, scales, emit);
    run<0, 4>(q + 32, high, scales, emit);
    run<2, 5>(q + 32, high, scales, emit);
    run<4, 6>(q + 32, high, scales, emit);
    run<6, 7>(q + 32, high, scales, emit);
  }

 private:
  template <int shift, int n, class Emit>
  static HEARTH_INLINE void run(const std::byte* q, const std::byte* high, const float* scales, Emit& emit) {
    for (int i = 0; i < 32 / kLanes; ++i) {
      I low = right<shift>(load_u8(q + i * kLanes)) & set(3);
      I third = left<2>(right<n>(load_u8(high + i * kLanes)) & set(1));
      emit(n * 32 / kLanes + i, set(scales[2 * n + i * kLanes / 16]) * to_float((low | third) - set(4)));
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
