namespace hearth::HEARTH_SIMD {

// For a block whose largest number is near 2^exponent.
HEARTH_INLINE uint8_t scale_code(int exponent, float up) {
  return static_cast<uint8_t>(std::clamp(exponent + 125 + static_cast<int>(up), 0, 254));
}

inline void encode_block(const float* x, const float* w, Mxfp4Block& block) {
  Range r = range(x, 32);
  float most = std::max(-r.low, r.high);
  int exponent = std::clamp(static_cast<int>(std::bit_cast<uint32_t>(most) >> 23) - 127, -126, 126);
  // In units of the largest, so that no square leaves a float's range.
  float units = std::bit_cast<float>(static_cast<uint32_t>(127 - exponent) << 23), y[32];
  for (int i = 0; i < 32; ++i) y[i] = x[i] * units;
  // The least power of two that leaves the largest below 8, and its neighbours.
  constexpr SixteenFloats kNear = {0, 1, -1, 2, -2, 3, -3};
  SixteenFloats scale;
  for (int i = 0; i < 16; ++i) scale[i] = mxfp4_scale(scale_code(exponent, kNear[i])) * units;
  int best = least(try_scales<Listed<kFp4Rising>>(y, w, 32, lanes(scale)).ee);
  block.e = scale_code(exponent, kNear[best]);
  uint8_t places[32];
  encode_group<Listed<kFp4Rising>>(y, 32, scale[best], 0, places);
  for (int i = 0; i < 16; ++i) {
    block.q[i] = static_cast<uint8_t>(kFp4Codes[places[i]] | kFp4Codes[places[i + 16]] << 4);
  }
}

void encode_mxfp4(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_row<Mxfp4Block, 32>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
