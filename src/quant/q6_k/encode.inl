namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Q6_KBlock& block) {
  using Grid = Whole<-32, 31>;
  auto best = best_scales<Grid, Multiples<-128, 127>, 16>(x, w);
  block.d = f16_from_f32(best.d);
  uint8_t codes[256];
  for (int g = 0; g < 16; ++g) {
    block.scales[g] = static_cast<int8_t>(best.multiple[g]);
    encode_group<Grid>(x + 16 * g, 16, best.d * best.multiple[g], 0, codes + 16 * g);
  }
  for (int i = 0; i < 128; ++i) {
    const uint8_t* run = codes + i / 64 * 128 + i % 64;
    block.low[i] = static_cast<uint8_t>((run[0] & 15) | (run[64] & 15) << 4);
  }
  pack_pairs<4>(codes, block.high);
}

void encode_q6_k(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Q6_KBlock, 256, decode_q6_k>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
