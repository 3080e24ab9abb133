namespace hearth::HEARTH_SIMD {

// n codes, `apart` from each other, the first becoming the highest.
template <int apart, int n>
HEARTH_INLINE uint8_t pack_trits(const uint8_t* codes) {
  int all = 0;
  for (int i = 0; i < 5; ++i) all = 3 * all + (i < n ? codes[i * apart] : 0);
  return static_cast<uint8_t>((all * 256 + 242) / 243);
}

inline void encode_block(const float* x, const float* w, Tq1_0Block& block) {
  using Grid = Whole<-1, 1>;
  float d = best_scale<Grid>(x, w, 256);
  uint8_t codes[256];
  encode_group<Grid>(x, 256, d, 0, codes);
  block.d = f16_from_f32(d);
  for (int i = 0; i < 32; ++i) block.q[i] = pack_trits<32, 5>(codes + i);
  for (int i = 0; i < 16; ++i) block.q[32 + i] = pack_trits<16, 5>(codes + 160 + i);
  for (int i = 0; i < 4; ++i) block.last[i] = pack_trits<4, 4>(codes + 240 + i);
}

void encode_tq1_0(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Tq1_0Block, 256, decode_tq1_0>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
