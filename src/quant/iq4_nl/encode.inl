namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Iq4_nlBlock& block) {
  using Grid = Listed<kIq4Values>;
  float d = best_scale<Grid>(x, w, 32);
  uint8_t codes[32];
  encode_group<Grid>(x, 32, d, 0, codes);
  block.d = f16_from_f32(d);
  pack_halves(codes, block.q);
}

void encode_iq4_nl(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Iq4_nlBlock, 32, decode_iq4_nl>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
