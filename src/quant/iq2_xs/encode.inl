namespace hearth::HEARTH_SIMD {

inline void encode_block(BlockInput& input, Iq2_xsBlock& block) {
  uint8_t signs[32];
  PointTries points[32];
  Tries groups[16];
  for (int g = 0; g < 16; ++g) {
    float *x = input.x + 16 * g, *w = input.w + 16 * g;
    float from = first_try(x, w, 16, 17);
    for (int i = 0, k = 2 * g; i < 16; i += 8, ++k) {
      signs[k] = take_signs(x + i);
      try_points(kIq2_xsBook, x + i, w + i, 0, is_odd(signs[k]), from, points[k]);
    }
    groups[g] = sum_of({points + 2 * g, 2});
  }
  Scales scales = fit_scales(groups, {0.125f, 16}, input.exponent);
  block.d = scales.d;
  for (int g = 0; g < 16; ++g) block.scales[g / 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 2 * 4));
  for (int k = 0; k < 32; ++k) {
    int point = points[k].best(scales.t[k / 2]);
    uint32_t seven = seven_signs(signs[k], kIq2_xsBook.values[point], input.x + 8 * k, input.w + 8 * k);
    block.q[k] = static_cast<uint16_t>(point | seven << 9);
  }
}

void encode_iq2_xs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq2_xsBlock, decode_iq2_xs>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
