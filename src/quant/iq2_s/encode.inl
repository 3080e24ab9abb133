namespace hearth::HEARTH_SIMD {

inline void encode_block(BlockInput& input, Iq2_sBlock& block) {
  PointTries points[32];
  Tries groups[16];
  for (int g = 0; g < 16; ++g) {
    float *x = input.x + 16 * g, *w = input.w + 16 * g;
    float from = first_try(x, w, 16, 17);
    for (int k = 0; k < 2; ++k) {
      block.signs[2 * g + k] = take_signs(x + 8 * k);
      try_points(kIq2_sBook, x + 8 * k, w + 8 * k, 0, false, from, points[2 * g + k]);
    }
    groups[g] = sum_of({points + 2 * g, 2});
  }
  Scales scales = fit_scales(groups, {0.125f, 16}, input.exponent);
  block.d = scales.d;
  for (int g = 0; g < 16; ++g) block.scales[g / 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 2 * 4));
  for (int k = 0; k < 32; ++k) {
    int point = points[k].best(scales.t[k / 2]);
    block.q[k] = static_cast<uint8_t>(point);
    block.high[k / 4] |= static_cast<uint8_t>(point >> 8 << (k % 4 * 2));
  }
}

void encode_iq2_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq2_sBlock, decode_iq2_s>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
