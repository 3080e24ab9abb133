namespace hearth::HEARTH_SIMD {

struct Iq1_m {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq1_mBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq1_mBlock block;
    std::memcpy(&block, p, sizeof block);
    const uint16_t half = block.d();
    float d = load_half(&half);
    constexpr int n = 16 / kLanes;
    for (int g = 0; g < 16; ++g) {
      F scale = set(d * static_cast<float>(block.scale(g)));
      const uint16_t points[2] = {block.point(2 * g), block.point(2 * g + 1)};
      const uint8_t high = block.high[g];
      const uint16_t down = static_cast<uint16_t>((high >> 3 & 1) * 0x00ff | (high >> 7) * 0xff00);
      for (int i = 0; i < n; ++i) {
        F point = to_float(rows_i8<8>(kIq1Book.values, points + i * kLanes / 8));
        F shift = flip(set(0.125f), reinterpret_cast<const std::byte*>(&down) + i * kLanes / 8);
        emit(g * n + i, scale * (point + shift));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
