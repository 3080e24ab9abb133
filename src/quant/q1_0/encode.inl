namespace hearth::HEARTH_SIMD {

// With each sign kept, the mean magnitude is the best there is.
inline void encode_block(const float* x, const float* w, Q1_0Block& block) {
  float wx[128];
  for (int i = 0; i < 128; ++i) wx[i] = w[i] * std::fabs(x[i]);
  block.d = f16_from_f32(half(sum(wx, 128) / sum(w, 128)));
  for (int i = 0; i < 128; ++i) block.q[i / 8] |= static_cast<uint8_t>((x[i] < 0 ? 0 : 1) << (i % 8));
}

void encode_q1_0(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q1_0Block, 128>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
