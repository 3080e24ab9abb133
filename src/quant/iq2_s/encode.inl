namespace hearth::HEARTH_SIMD {

struct EncodeIq2_s {
  using Block = Iq2_sBlock;

  const decltype(kIq2_sBook)::Fields levels = kIq2_sBook.fields();
  PointTries points[32];
  Tries groups[16];

  void encode(BlockInput& input, Block& block) {
    for (int k = 0; k < 32; ++k) block.signs[k] = take_signs(input.x + 8 * k);
    for (int g = 0; g < 16; ++g) {
      float from = first_try(input.x + 16 * g, input.w + 16 * g, 16, 17);
      for (int k = 2 * g; k < 2 * g + 2; ++k) {
        search(kIq2_sBook, levels, input.x + 8 * k, input.w + 8 * k, false, from, points[k]);
      }
      groups[g] = sum(std::span(points + 2 * g, 2));
    }
    Scales scales = fit_scales(groups, {0.125f, 16}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 16; ++g) block.scales[g / 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 2 * 4));
    for (int k = 0; k < 32; ++k) {
      int point = points[k].best_point(scales.t[k / 2]);
      block.q[k] = static_cast<uint8_t>(point);
      block.high[k / 4] |= static_cast<uint8_t>(point >> 8 << (k % 4 * 2));
    }
  }
};

void encode_iq2_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq2_s>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
