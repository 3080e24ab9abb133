namespace hearth::HEARTH_SIMD {

struct EncodeIq2_xs {
  using Block = Iq2_xsBlock;

  const decltype(kIq2_xsBook)::Fields levels = kIq2_xsBook.fields();
  PointTries points[32];
  Tries groups[16];

  void encode(BlockInput& input, Block& block) {
    uint8_t signs[32];
    for (int k = 0; k < 32; ++k) signs[k] = take_signs(input.x + 8 * k);
    for (int g = 0; g < 16; ++g) {
      float from = first_try(input.x + 16 * g, input.w + 16 * g, 16, 17);
      for (int k = 2 * g; k < 2 * g + 2; ++k) {
        bool odd = std::popcount(signs[k]) % 2;
        search(kIq2_xsBook, levels, input.x + 8 * k, input.w + 8 * k, odd, from, points[k]);
      }
      groups[g] = sum(std::span(points + 2 * g, 2));
    }
    Scales scales = fit_scales(groups, {0.125f, 16}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 16; ++g) block.scales[g / 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 2 * 4));
    for (int k = 0; k < 32; ++k) {
      int point = points[k].best_point(scales.t[k / 2]);
      int even = even_signs(signs[k], kIq2_xsBook.values[point], input.x + 8 * k, input.w + 8 * k);
      block.q[k] = static_cast<uint16_t>(point | even << 9);
    }
  }
};

void encode_iq2_xs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq2_xs>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
