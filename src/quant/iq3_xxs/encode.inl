namespace hearth::HEARTH_SIMD {

struct EncodeIq3_xxs {
  using Block = Iq3_xxsBlock;

  const decltype(kIq3_xxsBook)::Fields levels = kIq3_xxsBook.fields();
  PointTries points[64];
  Tries groups[8];

  void encode(BlockInput& input, Block& block) {
    uint8_t signs[32];
    int flipped[32];  // which of the two points of an odd eight has the wrong sign
    for (int k = 0; k < 32; ++k) {
      signs[k] = take_signs(input.x + 8 * k);
      flipped[k] = std::popcount(signs[k]) % 2 ? 2 * k + least_of(input.x + 8 * k, input.w + 8 * k) / 4 : -1;
    }
    for (int g = 0; g < 8; ++g) {
      float from = first_try(input.x + 32 * g, input.w + 32 * g, 32, 22);
      for (int k = 8 * g; k < 8 * g + 8; ++k) {
        search(kIq3_xxsBook, levels, input.x + 4 * k, input.w + 4 * k, flipped[k / 2] == k, from, points[k]);
      }
      groups[g] = sum(std::span(points + 8 * g, 8));
    }
    Scales scales = fit_scales(groups, {0.25f, 16}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 8; ++g) {
      uint32_t rest = static_cast<uint32_t>(scales.codes[g]) << 28;
      for (int k = 0; k < 8; ++k) {
        int at = 8 * g + k;
        int point = points[at].best_point(scales.t[g]);
        block.q[at] = static_cast<uint8_t>(point);
        if (flipped[at / 2] == at) {
          signs[at / 2] ^= 1 << (at % 2 * 4 + cheapest_flip(kIq3_xxsBook.values[point], input.x + 4 * at,
                                                            input.w + 4 * at, 4));
        }
      }
      for (int k = 0; k < 4; ++k) rest |= static_cast<uint32_t>(signs[4 * g + k] & 127) << (7 * k);
      block.rest[g].low = static_cast<uint16_t>(rest);
      block.rest[g].high = static_cast<uint16_t>(rest >> 16);
    }
  }
};

void encode_iq3_xxs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq3_xxs>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
