namespace hearth::HEARTH_SIMD {

inline void encode_block(BlockInput& input, Iq1_mBlock& block) {
  PointTries points[32];  // bit 11 of a number: the levels move down
  Tries groups[16];
  for (int g = 0; g < 16; ++g) {
    const float *x = input.x + 16 * g, *w = input.w + 16 * g;
    float from = first_try(x, w, 16, 0.6f);
    for (int i = 0, k = 2 * g; i < 16; i += 8, ++k) {
      PointTries up, down;
      try_points(kIq1Book, x + i, w + i, 0.125f, false, from, up);
      try_points(kIq1Book, x + i, w + i, -0.125f, false, from, down);
      for (uint16_t& point : down.points) point |= 1 << 11;
      points[k] = better(up, down, from);
    }
    groups[g] = sum_of({points + 2 * g, 2});
  }
  Scales scales = fit_scales(groups, {1, 8}, input.exponent);
  for (int i = 0; i < 4; ++i) {
    int word = 0;
    for (int j = 0; j < 4; ++j) word |= scales.codes[4 * i + j] << (3 * j);
    block.scales[2 * i] = static_cast<uint8_t>(word);
    block.scales[2 * i + 1] = static_cast<uint8_t>(word >> 8);
  }
  block.set_d(scales.d);
  for (int k = 0; k < 32; ++k) {
    int point = points[k].best(scales.t[k / 2]);
    block.q[k] = static_cast<uint8_t>(point);
    block.high[k / 2] |= static_cast<uint8_t>(point >> 8 << (k % 2 * 4));
  }
}

void encode_iq1_m(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq1_mBlock, decode_iq1_m>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
