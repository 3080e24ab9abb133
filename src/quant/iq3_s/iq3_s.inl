namespace hearth::HEARTH_SIMD {

struct Iq3_s {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq3_sBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq3_sBlock block;
    std::memcpy(&block, p, sizeof block);
    float d = load_half(p);
    for (int g = 0; g < 8; ++g) {
      F scale = set(d * static_cast<float>(2 * (block.scales[g / 2] >> (g % 2 * 4) & 15) + 1));
      uint16_t points[8];
      for (int k = 0; k < 8; ++k) points[k] = block.point(8 * g + k);
      for (int i = 0; i < 32 / kLanes; ++i) {
        F point = to_float(rows_i8<4>(kIq3_sBook.values, points + i * kLanes / 4));
        emit(g * 32 / kLanes + i, scale * flip(point, block.signs + 4 * g + i * kLanes / 8));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
