namespace hearth::HEARTH_SIMD {

struct Nvfp4 {
  static constexpr int kStep = 64, kStepBytes = sizeof(Nvfp4Block);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    for (int g = 0; g < 4; ++g) {
      F d = set(nvfp4_scale(static_cast<uint8_t>(p[g])));
      uint64_t both, codes[2];
      std::memcpy(&both, p + offsetof(Nvfp4Block, q) + 8 * g, sizeof both);
      codes[0] = both & 0x0f0f0f0f0f0f0f0f;
      codes[1] = both >> 4 & 0x0f0f0f0f0f0f0f0f;
      for (int i = 0; i < 16 / kLanes; ++i) {
        emit(16 / kLanes * g + i, d * lookup(kFp4Doubled, load_u8(&codes[i])));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
