namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q5_0Block& block) {
  using Grid = Whole<-16, 15>;
  float d = best_scale<Grid>(x, w, 32);
  uint8_t codes[32];
  encode_group<Grid>(x, 32, d, 0, codes);
  block.d = f16_from_f32(d);
  pack_fifth_bits(codes, block.high);
  pack_halves(codes, block.low);
}

void encode_q5_0(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q5_0Block, 32, decode_q5_0>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
