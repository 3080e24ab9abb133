namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q3_KBlock& block) {
  using Grid = Whole<-4, 3>;
  auto best = best_scales<Grid, Multiples<-32, 31>, 16>(x, w);
  block.d = f16_from_f32(best.d);
  uint8_t codes[256];
  for (int g = 0; g < 16; ++g) {
    int scale = static_cast<int>(best.multiple[g]) + 32;
    block.scales[g % 8] |= static_cast<uint8_t>((scale & 15) << (g / 8 * 4));
    block.scales[8 + g % 4] |= static_cast<uint8_t>(scale >> 4 << (g / 4 * 2));
    encode_group<Grid>(x + 16 * g, 16, best.d * best.multiple[g], 0, codes + 16 * g);
  }
  pack_pairs<0>(codes, block.q);
  for (int i = 0; i < 256; ++i) block.high[i % 32] |= static_cast<uint8_t>(codes[i] >> 2 << (i / 32));
}

void encode_q3_k(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q3_KBlock, 256, decode_q3_k>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
