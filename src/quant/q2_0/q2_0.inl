namespace hearth::HEARTH_SIMD {

struct Q2_0 {
  static constexpr int kStep = 64, kStepBytes = sizeof(Q2_0Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    F d = set(load_half(p));
    uint8_t codes[64];
    for (int i = 0; i < 16; ++i) {
      // A byte's four pairs of bits, each to the foot of its own byte.
      uint32_t four = static_cast<uint32_t>(p[offsetof(Q2_0Block, q) + i]);
      four = (four | four << 12) & 0x000f000f;
      four = (four | four << 6) & 0x03030303;
      std::memcpy(codes + 4 * i, &four, sizeof four);
    }
    for (int i = 0; i < 64 / kLanes; ++i) emit(i, d * to_float(load_u8(codes + i * kLanes) - set(1)));
  }
};

}  // namespace hearth::HEARTH_SIMD
