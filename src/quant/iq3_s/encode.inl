namespace hearth::HEARTH_SIMD {

inline void encode_block(BlockInput& input, Iq3_sBlock& block) {
  PointTries points[64];
  Tries groups[8];
  for (int k = 0; k < 32; ++k) block.signs[k] = take_signs(input.x + 8 * k);
  for (int g = 0; g < 8; ++g) {
    const float *x = input.x + 32 * g, *w = input.w + 32 * g;
    float from = first_try(x, w, 32, 5.4f);
    for (int k = 0; k < 8; ++k) {
      try_points(kIq3_sBook, x + 4 * k, w + 4 * k, 0, false, from, points[8 * g + k]);
    }
    groups[g] = sum_of({points + 8 * g, 8});
  }
  Scales scales = fit_scales(groups, {1, 16}, input.exponent);
  block.d = scales.d;
  for (int g = 0; g < 8; ++g) block.scales[g / 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 2 * 4));
  for (int k = 0; k < 64; ++k) {
    int point = points[k].best(scales.t[k / 8]);
    block.q[k] = static_cast<uint8_t>(point);
    block.high[k / 8] |= static_cast<uint8_t>(point >> 8 << (k % 8));
  }
}

void encode_iq3_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq3_sBlock, decode_iq3_s>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
