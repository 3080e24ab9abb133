namespace hearth::HEARTH_SIMD {

struct Q5_K {
  static constexpr int kStep = 256, kStepBytes = sizeof(Q5_KBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    uint32_t packed[3], codes[4];
    std::memcpy(packed, p + offsetof(Q5_KBlock, scales), sizeof packed);
    scales_of_k(packed, codes, codes + 2);
    F d = set(load_half(p)), dmin = set(-load_half(p + offsetof(Q5_KBlock, dmin)));
    float scales[16];
    for (int i = 0; i < 16; i += kLanes) {
      store(scales + i, to_float(load_u8(reinterpret_cast<const uint8_t*>(codes) + i)));
    }
    const std::byte *low = p + offsetof(Q5_KBlock, low), *high = p + offsetof(Q5_KBlock, high);
    pair<0>(low, high, d, dmin, scales, emit);
    pair<1>(low, high, d, dmin, scales, emit);
    pair<2>(low, high, d, dmin, scales, emit);
    pair<3>(low, high, d, dmin, scales, emit);
  }

 private:
  template <int j, class Emit>
  static HEARTH_INLINE void pair(const std::byte* low, const std::byte* high, F d, F dmin,
                                 const float* scales, Emit& emit) {
    constexpr int n = 32 / kLanes;
    F a = d * set(scales[2 * j]), b = dmin * set(scales[8 + 2 * j]);
    F c = d * set(scales[2 * j + 1]), e = dmin * set(scales[9 + 2 * j]);
    for (int i = 0; i < n; ++i) {
      I fifth = left<4>(right<2 * j>(load_u8(high + i * kLanes)) & set(1));
      emit(2 * j * n + i, fma(a, to_float((load_u8(low + 32 * j + i * kLanes) & set(15)) | fifth), b));
    }
    for (int i = 0; i < n; ++i) {
      I fifth = left<4>(right<2 * j + 1>(load_u8(high + i * kLanes)) & set(1));
      emit((2 * j + 1) * n + i, fma(c, to_float(right<4>(load_u8(low + 32 * j + i * kLanes)) | fifth), e));
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
