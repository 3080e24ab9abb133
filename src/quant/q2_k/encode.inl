namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q2_KBlock& block) {
  auto best = best_lines<3, 15, 16>(x, w);
  block.d = f16_from_f32(best.d);
  block.dmin = f16_from_f32(best.dmin);
  uint8_t codes[256];
  for (int g = 0; g < 16; ++g) {
    int scale = static_cast<int>(best.multiple[g]), minimum = static_cast<int>(best.minimum[g]);
    block.scales[g] = static_cast<uint8_t>(scale | minimum << 4);
    encode_group<Whole<0, 3>>(x + 16 * g, 16, best.d * best.multiple[g], -best.dmin * best.minimum[g],
                              codes + 16 * g);
  }
  pack_pairs<0>(codes, block.q);
}

void encode_q2_k(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q2_KBlock, 256, decode_q2_k>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
