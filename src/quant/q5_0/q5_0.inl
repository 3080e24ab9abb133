namespace hearth::HEARTH_SIMD {

struct Q5_0 {
  static constexpr int kStep = 32, kStepBytes = sizeof(Q5_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p));
    const std::byte *low = p + offsetof(Q5_0Block, low), *high = p + offsetof(Q5_0Block, high);
    constexpr int n = 16 / kLanes;
    for (int i = 0; i < n; ++i) {
      I q = (load_u8(low + i * kLanes) & set(15)) | spread_bits(high + i * kLanes / 8, 16);
      emit(i, d * to_float(q - set(16)));
    }
    for (int i = 0; i < n; ++i) {
      I q = right<4>(load_u8(low + i * kLanes)) | spread_bits(high + 2 + i * kLanes / 8, 16);
      emit(n + i, d * to_float(q - set(16)));
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
