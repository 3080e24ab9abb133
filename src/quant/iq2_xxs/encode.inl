namespace hearth::HEARTH_SIMD {

inline void encode_block(BlockInput& input, Iq2_xxsBlock& block) {
  uint8_t signs[32];
  PointTries points[32];
  Tries groups[8];
  for (int g = 0; g < 8; ++g) {
    float *x = input.x + 32 * g, *w = input.w + 32 * g;
    float from = first_try(x, w, 32, 17);
    for (int i = 0, k = 4 * g; i < 32; i += 8, ++k) {
      signs[k] = take_signs(x + i);
      try_points(kIq2_xxsBook, x + i, w + i, 0, is_odd(signs[k]), from, points[k]);
    }
    groups[g] = sum_of({points + 4 * g, 4});
  }
  Scales scales = fit_scales(groups, {0.125f, 16}, input.exponent);
  block.d = scales.d;
  for (int g = 0; g < 8; ++g) {
    uint32_t rest = static_cast<uint32_t>(scales.codes[g]) << 28;
    for (int i = 0; i < 4; ++i) {
      int k = 4 * g + i, point = points[k].best(scales.t[g]);
      block.groups[g].points[i] = static_cast<uint8_t>(point);
      rest |= seven_signs(signs[k], kIq2_xxsBook.values[point], input.x + 8 * k, input.w + 8 * k) << (7 * i);
    }
    block.groups[g].low = static_cast<uint16_t>(rest);
    block.groups[g].high = static_cast<uint16_t>(rest >> 16);
  }
}

void encode_iq2_xxs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq2_xxsBlock, decode_iq2_xxs>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
