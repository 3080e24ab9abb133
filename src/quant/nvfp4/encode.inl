namespace hearth::HEARTH_SIMD {

inline void encode_block(const float* x, const float* w, Nvfp4Block& block) {
  using Grid = Listed<kFp4Rising>;
  for (int g = 0; g < 4; ++g, x += 16, w += 16) {
    // The scale that makes the largest number the grid's largest, and the fifteen about it.
    Range r = range(x, 16);
    int middle = nvfp4_scale_code(std::max(-r.low, r.high) / 12);
    SixteenFloats scale;
    uint8_t code[16];
    for (int i = 0; i < 16; ++i) {
      code[i] = static_cast<uint8_t>(std::clamp(middle + (i % 2 ? -(i / 2) : i / 2 + 1), 0, 126));
      scale[i] = nvfp4_scale(code[i]);
    }
    int best = least(try_scales<Grid>(x, w, 16, lanes(scale)).ee);
    block.d[g] = code[best];
    uint8_t places[16];
    encode_group<Grid>(x, 16, scale[best], 0, places);
    for (int i = 0; i < 8; ++i) {
      block.q[8 * g + i] = static_cast<uint8_t>(kFp4Codes[places[i]] | kFp4Codes[places[i + 8]] << 4);
    }
  }
}

void encode_nvfp4(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Nvfp4Block, 64>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
