namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Tq2_0Block& block) {
  using Grid = Whole<-1, 1>;
  float d = best_scale<Grid>(x, w, 256);
  uint8_t codes[256];
  encode_group<Grid>(x, 256, d, 0, codes);
  block.d = f16_from_f32(d);
  pack_pairs<0>(codes, block.q);
}

void encode_tq2_0(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Tq2_0Block, 256, decode_tq2_0>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
