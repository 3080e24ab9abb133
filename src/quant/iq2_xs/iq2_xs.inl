namespace hearth::HEARTH_SIMD {

struct Iq2_xs {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq2_xsBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq2_xsBlock block;
    std::memcpy(&block, p, sizeof block);
    float d = load_half(p) * 0.25f;
    constexpr int n = 16 / kLanes;
    for (int g = 0; g < 16; ++g) {
      F scale = set(d * (static_cast<float>(block.scales[g / 2] >> (g % 2 * 4) & 15) + 0.5f));
      const uint16_t* q = block.q + 2 * g;
      const uint16_t points[2] = {static_cast<uint16_t>(q[0] & 511), static_cast<uint16_t>(q[1] & 511)};
      uint32_t signs = four_eight_signs(q[0] >> 9 | q[1] >> 9 << 7);
      for (int i = 0; i < n; ++i) {
        F point = to_float(rows_i8<8>(kIq2_xsBook.values, points + i * kLanes / 8));
        emit(g * n + i, scale * flip(point, reinterpret_cast<const std::byte*>(&signs) + i * kLanes / 8));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
