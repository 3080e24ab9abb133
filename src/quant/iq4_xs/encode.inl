namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Iq4_xsBlock& block) {
  using Grid = Listed<kIq4Values>;
  auto best = best_scales<Grid, Multiples<-32, 31>, 8>(x, w);
  block.d = f16_from_f32(best.d);
  for (int g = 0; g < 8; ++g) {
    int scale = static_cast<int>(best.multiple[g]) + 32;
    block.scales_low[g / 2] |= static_cast<uint8_t>((scale & 15) << (g % 2 * 4));
    block.scales_high |= static_cast<uint16_t>(scale >> 4 << (2 * g));
    uint8_t codes[32];
    encode_group<Grid>(x + 32 * g, 32, best.d * best.multiple[g], 0, codes);
    pack_halves(codes, block.q + 16 * g);
  }
}

void encode_iq4_xs(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Iq4_xsBlock, 256, decode_iq4_xs>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
