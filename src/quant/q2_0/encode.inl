namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q2_0Block& block) {
  using Grid = Whole<-1, 2>;
  float d = best_scale<Grid>(x, w, 64);
  uint8_t codes[64];
  encode_group<Grid>(x, 64, d, 0, codes);
  block.d = f16_from_f32(d);
  for (int i = 0; i < 64; ++i) block.q[i / 4] |= static_cast<uint8_t>(codes[i] << (i % 4 * 2));
}

void encode_q2_0(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q2_0Block, 64, decode_q2_0>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
