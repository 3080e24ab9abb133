namespace hearth::HEARTH_SIMD {

struct Q6_K {
  static constexpr int kStep = 256, kStepBytes = sizeof(Q6_KBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    const std::byte* low = p + offsetof(Q6_KBlock, low);
    const std::byte* high = p + offsetof(Q6_KBlock, high);
    F d = set(load_half(p + offsetof(Q6_KBlock, d)));
    float scales[16];
    for (int i = 0; i < 16; i += kLanes) {
      store(scales + i, d * to_float(load_i8(p + offsetof(Q6_KBlock, scales) + i)));
    }
    constexpr int n = 32 / kLanes;
    for (int half = 0; half < 2; ++half, low += 64, high += 32) {
      const float* s = scales + 8 * half;
      int at = 4 * n * half;
      for (int i = 0; i < n; ++i) {
        I q = (load_u8(low + i * kLanes) & set(15)) | left<4>(load_u8(high + i * kLanes) & set(3));
        emit(at++, set(s[i * kLanes / 16]) * to_float(q - set(32)));
      }
      for (int i = 0; i < n; ++i) {
        I q = (load_u8(low + 32 + i * kLanes) & set(15)) | left<2>(load_u8(high + i * kLanes) & set(12));
        emit(at++, set(s[2 + i * kLanes / 16]) * to_float(q - set(32)));
      }
      for (int i = 0; i < n; ++i) {
        I q = right<4>(load_u8(low + i * kLanes)) | (load_u8(high + i * kLanes) & set(48));
        emit(at++, set(s[4 + i * kLanes / 16]) * to_float(q - set(32)));
      }
      for (int i = 0; i < n; ++i) {
        I q = right<4>(load_u8(low + 32 + i * kLanes)) | right<2>(load_u8(high + i * kLanes) & set(192));
        emit(at++, set(s[6 + i * kLanes / 16]) * to_float(q - set(32)));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
