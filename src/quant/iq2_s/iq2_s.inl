namespace hearth::HEARTH_SIMD {

struct Iq2_s {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq2_sBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq2_sBlock block;
    std::memcpy(&block, p, sizeof block);
    float d = load_half(p) * 0.25f;
    constexpr int n = 16 / kLanes;
    for (int g = 0; g < 16; ++g) {
      F scale = set(d * (static_cast<float>(block.scales[g / 2] >> (g % 2 * 4) & 15) + 0.5f));
      const uint16_t points[2] = {block.point(2 * g), block.point(2 * g + 1)};
      for (int i = 0; i < n; ++i) {
        F point = to_float(rows_i8<8>(kIq2_sBook.values, points + i * kLanes / 8));
        emit(g * n + i, scale * flip(point, block.signs + 2 * g + i * kLanes / 8));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
