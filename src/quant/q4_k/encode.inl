namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q4_KBlock& block) {
  auto best = best_lines<15, 63, 8>(x, w);
  block.d = f16_from_f32(best.d);
  block.dmin = f16_from_f32(best.dmin);
  pack_scales_of_k(best.multiple, best.minimum, block.scales);
  uint8_t codes[256];
  for (int g = 0; g < 8; ++g) {
    encode_group<Whole<0, 15>>(x + 32 * g, 32, best.d * best.multiple[g], -best.dmin * best.minimum[g],
                               codes + 32 * g);
  }
  for (int i = 0; i < 128; ++i) {
    const uint8_t* run = codes + i / 32 * 64 + i % 32;
    block.q[i] = static_cast<uint8_t>((run[0] & 15) | (run[32] & 15) << 4);
  }
}

void encode_q4_k(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q4_KBlock, 256, decode_q4_k>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
