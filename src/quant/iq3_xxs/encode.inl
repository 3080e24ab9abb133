namespace hearth::HEARTH_SIMD {

inline void encode_block(BlockInput& input, Iq3_xxsBlock& block) {
  uint8_t signs[32];
  int flipped[32];  // of eight numbers: which four have one with the wrong sign; -1: none
  for (int k = 0; k < 32; ++k) {
    const float *x = input.x + 8 * k, *w = input.w + 8 * k;
    signs[k] = take_signs(input.x + 8 * k);
    flipped[k] = is_odd(signs[k]) ? 2 * k + likely_flip(x, w) / 4 : -1;
  }
  PointTries points[64];
  Tries groups[8];
  for (int g = 0; g < 8; ++g) {
    const float *x = input.x + 32 * g, *w = input.w + 32 * g;
    float from = first_try(x, w, 32, 22);
    for (int i = 0, k = 8 * g; i < 32; i += 4, ++k) {
      try_points(kIq3_xxsBook, x + i, w + i, 0, flipped[k / 2] == k, from, points[k]);
    }
    groups[g] = sum_of({points + 8 * g, 8});
  }
  Scales scales = fit_scales(groups, {0.25f, 16}, input.exponent);
  block.d = scales.d;
  for (int k = 0; k < 64; ++k) {
    int point = points[k].best(scales.t[k / 8]);
    block.q[k] = static_cast<uint8_t>(point);
    if (flipped[k / 2] == k) {
      int i = cheapest_flip(kIq3_xxsBook.values[point], input.x + 4 * k, input.w + 4 * k, 4);
      signs[k / 2] ^= static_cast<uint8_t>(1 << (k % 2 * 4 + i));
    }
  }
  for (int g = 0; g < 8; ++g) {
    uint32_t rest = static_cast<uint32_t>(scales.codes[g]) << 28;
    for (int i = 0; i < 4; ++i) rest |= (signs[4 * g + i] & 127u) << (7 * i);
    block.rest[g].low = static_cast<uint16_t>(rest);
    block.rest[g].high = static_cast<uint16_t>(rest >> 16);
  }
}

void encode_iq3_xxs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq3_xxsBlock, decode_iq3_xxs>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
