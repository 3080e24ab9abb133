namespace hearth::HEARTH_SIMD {

struct Iq1_s {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq1_sBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq1_sBlock block;
    std::memcpy(&block, p, sizeof block);
    float d = load_half(p);
    for (int g = 0; g < 8; ++g) {
      F scale = set(d * static_cast<float>(block.scale(g))), shift = set(block.down(g) ? -0.125f : 0.125f);
      uint16_t points[4];
      for (int k = 0; k < 4; ++k) points[k] = block.point(4 * g + k);
      for (int i = 0; i < 32 / kLanes; ++i) {
        F point = to_float(rows_i8<8>(kIq1Book.values, points + i * kLanes / 8));
        emit(g * 32 / kLanes + i, scale * (point + shift));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
