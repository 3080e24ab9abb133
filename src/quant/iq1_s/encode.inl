namespace hearth::HEARTH_SIMD {

struct EncodeIq1_s {
  using Block = Iq1_sBlock;

  const decltype(kIq1Book)::Fields levels[2] = {kIq1Book.fields(0.125f), kIq1Book.fields(-0.125f)};
  PointTries points[2][32];  // [1]: the levels move down
  Tries groups[8];

  void encode(BlockInput& input, Block& block) {
    for (int g = 0; g < 8; ++g) {
      float from = first_try(input.x + 32 * g, input.w + 32 * g, 32, 0.6f);
      Tries moved[2];
      for (int down = 0; down < 2; ++down) {
        for (int k = 4 * g; k < 4 * g + 4; ++k) {
          search(kIq1Book, levels[down], input.x + 8 * k, input.w + 8 * k, false, from, points[down][k]);
        }
        moved[down] = sum(std::span(points[down] + 4 * g, 4));
      }
      groups[g] = better(moved[0], moved[1], from);
    }
    Scales scales = fit_scales(groups, {1, 8}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 8; ++g) {
      float t = scales.t[g], error[2] = {};
      for (int down = 0; down < 2; ++down) {
        for (int k = 4 * g; k < 4 * g + 4; ++k) error[down] += points[down][k].least(t);
      }
      int down = error[1] < error[0], high = down << 15 | scales.codes[g] << 12;
      for (int k = 0; k < 4; ++k) {
        int point = points[down][4 * g + k].best_point(t);
        block.q[4 * g + k] = static_cast<uint8_t>(point);
        high |= point >> 8 << (3 * k);
      }
      block.high[g] = static_cast<uint16_t>(high);
    }
  }
};

void encode_iq1_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq1_s>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
