namespace hearth::HEARTH_SIMD {

struct EncodeIq3_s {
  using Block = Iq3_sBlock;

  const decltype(kIq3_sBook)::Fields levels = kIq3_sBook.fields();
  PointTries points[64];
  Tries groups[8];

  void encode(BlockInput& input, Block& block) {
    for (int k = 0; k < 32; ++k) block.signs[k] = take_signs(input.x + 8 * k);
    for (int g = 0; g < 8; ++g) {
      float from = first_try(input.x + 32 * g, input.w + 32 * g, 32, 5.4f);
      for (int k = 8 * g; k < 8 * g + 8; ++k) {
        search(kIq3_sBook, levels, input.x + 4 * k, input.w + 4 * k, false, from, points[k]);
      }
      groups[g] = sum(std::span(points + 8 * g, 8));
    }
    Scales scales = fit_scales(groups, {1, 16}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 8; ++g) block.scales[g / 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 2 * 4));
    for (int k = 0; k < 64; ++k) {
      int point = points[k].best_point(scales.t[k / 8]);
      block.q[k] = static_cast<uint8_t>(point);
      block.high[k / 8] |= static_cast<uint8_t>(point >> 8 << (k % 8));
    }
  }
};

void encode_iq3_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq3_s>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
