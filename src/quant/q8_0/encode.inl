namespace hearth::HEARTH_SIMD {

// There is a -128, but products of bytes are made for codes that have a negative.
inline void encode_block(const float* x, const float* w, Q8_0Block& block) {
  using Grid = Whole<-127, 127>;
  float d = best_scale<Grid>(x, w, 32);
  uint8_t places[32];
  encode_group<Grid>(x, 32, d, 0, places);
  block.d = f16_from_f32(d);
  for (int i = 0; i < 32; ++i) block.q[i] = static_cast<int8_t>(places[i] - 127);
}

void encode_q8_0(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q8_0Block, 32, decode_q8_0>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
