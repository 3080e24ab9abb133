namespace hearth::HEARTH_SIMD {

struct Iq2_xxs {
  static constexpr int kStep = 256, kStepBytes = sizeof(Iq2_xxsBlock);

  template <class Emit>
  static HEARTH_INLINE void decode(const std::byte* p, Emit emit) {
    Iq2_xxsBlock block;
    std::memcpy(&block, p, sizeof block);
    float d = load_half(p) * 0.25f;
    for (int g = 0; g < 8; ++g) {
      const Iq2_xxsBlock::Group& group = block.groups[g];
      uint32_t rest = group.signs_and_scale(), signs = four_eight_signs(rest);
      F scale = set(d * (static_cast<float>(rest >> 28) + 0.5f));
      const uint16_t points[4] = {group.points[0], group.points[1], group.points[2], group.points[3]};
      for (int i = 0; i < 32 / kLanes; ++i) {
        F point = to_float(rows_i8<8>(kIq2_xxsBook.values, points + i * kLanes / 8));
        emit(g * 32 / kLanes + i,
             scale * flip(point, reinterpret_cast<const std::byte*>(&signs) + i * kLanes / 8));
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
