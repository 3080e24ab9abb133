namespace hearth::HEARTH_SIMD {

struct Iq3_xxs {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq3_xxsBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq3_xxsBlock block;
    std::memcpy(&block, p, sizeof block);
    float d = load_half(p) * 0.5f;
    for (int g = 0; g < 8; ++g) {
      uint32_t rest = block.rest[g].signs_and_scale(), signs = four_eight_signs(rest);
      F scale = set(d * (static_cast<float>(rest >> 28) + 0.5f));
      uint16_t points[8];
      for (int k = 0; k < 8; ++k) points[k] = block.q[8 * g + k];
      for (int i = 0; i < 32 / kLanes; ++i) {
        F point = to_float(rows_i8<4>(kIq3_xxsBook.values, points + i * kLanes / 4));
        emit(g * 32 / kLanes + i,
             scale * flip(point, reinterpret_cast<const std::byte*>(&signs) + i * kLanes / 8));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
