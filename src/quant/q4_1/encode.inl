namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q4_1Block& block) {
  LineOfHalves line = best_line<15>(x, w, 32);
  uint8_t codes[32];
  encode_group<Whole<0, 15>>(x, 32, line.scale, line.offset, codes);
  block.d = f16_from_f32(line.scale);
  block.m = f16_from_f32(line.offset);
  pack_halves(codes, block.q);
}

void encode_q4_1(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q4_1Block, 32, decode_q4_1>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
