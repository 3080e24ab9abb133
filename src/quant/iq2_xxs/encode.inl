namespace hearth::HEARTH_SIMD {

struct EncodeIq2_xxs {
  using Block = Iq2_xxsBlock;

  const decltype(kIq2_xxsBook)::Fields levels = kIq2_xxsBook.fields();
  PointTries points[32];
  Tries groups[8];

  void encode(BlockInput& input, Block& block) {
    uint8_t signs[32];
    for (int k = 0; k < 32; ++k) signs[k] = take_signs(input.x + 8 * k);
    for (int g = 0; g < 8; ++g) {
      float from = first_try(input.x + 32 * g, input.w + 32 * g, 32, 17);
      for (int k = 4 * g; k < 4 * g + 4; ++k) {
        bool odd = std::popcount(signs[k]) % 2;
        search(kIq2_xxsBook, levels, input.x + 8 * k, input.w + 8 * k, odd, from, points[k]);
      }
      groups[g] = sum(std::span(points + 4 * g, 4));
    }
    Scales scales = fit_scales(groups, {0.125f, 16}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 8; ++g) {
      uint32_t rest = static_cast<uint32_t>(scales.codes[g]) << 28;
      for (int k = 0; k < 4; ++k) {
        const float *x = input.x + 32 * g + 8 * k, *w = input.w + 32 * g + 8 * k;
        int point = points[4 * g + k].best_point(scales.t[g]);
        block.groups[g].points[k] = static_cast<uint8_t>(point);
        rest |= even_signs(signs[4 * g + k], kIq2_xxsBook.values[point], x, w) << (7 * k);
      }
      block.groups[g].low = static_cast<uint16_t>(rest);
      block.groups[g].high = static_cast<uint16_t>(rest >> 16);
    }
  }
};

void encode_iq2_xxs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq2_xxs>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
