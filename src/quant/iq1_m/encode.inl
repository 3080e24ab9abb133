namespace hearth::HEARTH_SIMD {

struct EncodeIq1_m {
  using Block = Iq1_mBlock;

  const decltype(kIq1Book)::Fields levels[2] = {kIq1Book.fields(0.125f), kIq1Book.fields(-0.125f)};
  PointTries points[32];
  Tries groups[16];

  void encode(BlockInput& input, Block& block) {
    for (int g = 0; g < 16; ++g) {
      float from = first_try(input.x + 16 * g, input.w + 16 * g, 16, 0.6f);
      for (int k = 2 * g; k < 2 * g + 2; ++k) {
        PointTries moved[2];
        for (int down = 0; down < 2; ++down) {
          search(kIq1Book, levels[down], input.x + 8 * k, input.w + 8 * k, false, from, moved[down]);
          for (uint16_t& point : moved[down].points) point |= static_cast<uint16_t>(down << 11);
        }
        points[k] = better(moved[0], moved[1], from);
      }
      groups[g] = sum(std::span(points + 2 * g, 2));
    }
    Scales scales = fit_scales(groups, {1, 8}, input.exponent);
    for (int g = 0; g < 16; ++g) {
      block.scales[g / 4 * 2] |= static_cast<uint8_t>(scales.codes[g] << (g % 4 * 3));
      block.scales[g / 4 * 2 + 1] |= static_cast<uint8_t>(scales.codes[g] << (g % 4 * 3) >> 8);
    }
    for (int i = 0; i < 4; ++i)
      block.scales[2 * i + 1] |= static_cast<uint8_t>((scales.d >> (4 * i) & 15) << 4);
    for (int k = 0; k < 32; ++k) {
      int point = points[k].best_point(scales.t[k / 2]);
      block.q[k] = static_cast<uint8_t>(point);
      block.high[k / 2] |= static_cast<uint8_t>(point >> 8 << (k % 2 * 4));
    }
  }
};

void encode_iq1_m(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq1_m>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
