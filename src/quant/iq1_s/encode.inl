namespace hearth::HEARTH_SIMD {

struct EncodeIq1_s {
  using Block = Iq1_sBlock;

  const decltype(kIq1Book)::Fields levels[2] = {kIq1Book.fields(0.125f), kIq1Book.fields(-0.125f)};
  Envelope pieces[2][32], moved[2][8], groups[8];  // [1]: the levels move down

  void encode(BlockInput& input, Block& block) {
    for (int g = 0; g < 8; ++g) {
      Range range = scale_range(input.x + 32 * g, input.w + 32 * g, 32, 0.8f);
      for (int down = 0; down < 2; ++down) {
        for (int k = 4 * g; k < 4 * g + 4; ++k) {
          find_envelope(kIq1Book, levels[down], input.x + 8 * k, input.w + 8 * k, false, range,
                        pieces[down][k]);
        }
        add(std::span(pieces[down] + 4 * g, 4), moved[down][g]);
      }
      unite(moved[0][g], moved[1][g], groups[g]);
    }
    Scales scales = fit_scales(groups, {1, 8}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 8; ++g) {
      float t = scales.t[g];
      int down = corner_at(moved[1][g], t).error(1 / t) < corner_at(moved[0][g], t).error(1 / t);
      int high = down << 15 | scales.codes[g] << 12;
      for (int k = 0; k < 4; ++k) {
        int point = corner_at(pieces[down][4 * g + k], t).point;
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
