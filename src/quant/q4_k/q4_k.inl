namespace hearth::HEARTH_SIMD {

struct Q4_K {
  static constexpr int kStep = 256, kStepBytes = sizeof(Q4_KBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    uint32_t packed[3], codes[4];
    std::memcpy(packed, p + offsetof(Q4_KBlock, scales), sizeof packed);
    scales_of_k(packed, codes, codes + 2);
    F d = set(load_half(p)), dmin = set(-load_half(p + offsetof(Q4_KBlock, dmin)));
    float scales[16];
    for (int i = 0; i < 16; i += kLanes) {
      store(scales + i, to_float(load_u8(reinterpret_cast<const uint8_t*>(codes) + i)));
    }
    const std::byte* q = p + offsetof(Q4_KBlock, q);
    constexpr int n = 32 / kLanes;
    for (int pair = 0; pair < 4; ++pair) {
      F a = d * set(scales[2 * pair]), b = dmin * set(scales[8 + 2 * pair]);
      F c = d * set(scales[2 * pair + 1]), e = dmin * set(scales[9 + 2 * pair]);
      for (int i = 0; i < n; ++i) {
        emit(2 * pair * n + i, fma(a, to_float(load_u8(q + 32 * pair + i * kLanes) & set(15)), b));
      }
      for (int i = 0; i < n; ++i) {
        emit((2 * pair + 1) * n + i, fma(c, to_float(right<4>(load_u8(q + 32 * pair + i * kLanes))), e));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
