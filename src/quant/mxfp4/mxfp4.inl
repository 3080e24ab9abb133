namespace hearth::HEARTH_SIMD {

struct Mxfp4 {
  static constexpr int kStep = 32, kStepBytes = sizeof(Mxfp4Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(mxfp4_scale(static_cast<uint8_t>(*p)));
    const std::byte* q = p + offsetof(Mxfp4Block, q);
    constexpr int n = 16 / kLanes;
    for (int i = 0; i < n; ++i) emit(i, d * lookup(kFp4Doubled, load_u8(q + i * kLanes)));
    for (int i = 0; i < n; ++i) emit(n + i, d * lookup(kFp4Doubled, right<4>(load_u8(q + i * kLanes))));
  }
};

}  // namespace hearth::HEARTH_SIMD
