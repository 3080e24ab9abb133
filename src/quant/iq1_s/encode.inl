namespace hearth::HEARTH_SIMD {

// Whether numbers are better served by levels that move down: as far as levels alone tell, with every point there.
// A lane is a try.
HEARTH_INLINE bool moves_down(const float* x, const float* w, int count, float from) {
  float ladder[16] = {};
  for (int k = 0; k < kTries; ++k) ladder[k] = from * kLadder.t[k];
  float least[2];
  for (int down = 0; down < 2; ++down) {
    const float shift = down ? -0.125f : 0.125f;
    const F low = set(shift - 1), middle = set(shift), high = set(shift + 1);
    float errors[16];
    for (int k = 0; k < 16; k += kLanes) {
      F t = load(ladder + k), twice = t + t, error = set(0.0f);
      for (int i = 0; i < count; ++i) {
        F at = twice * set(x[i]);
        F nearest = min(min(low * (low - at), middle * (middle - at)), high * (high - at));
        error = error + set(w[i]) * nearest;
      }
      store(errors + k, error / (t * t));
    }
    least[down] = errors[0];
    for (int k = 1; k < kTries; ++k) least[down] = errors[k] < least[down] ? errors[k] : least[down];
  }
  return least[1] < least[0];
}

inline void encode_block(BlockInput& input, Iq1_sBlock& block) {
  PointTries points[32];
  Tries groups[8];
  for (int g = 0; g < 8; ++g) {
    const float *x = input.x + 32 * g, *w = input.w + 32 * g;
    float from = first_try(x, w, 32, 0.6f);
    bool down = moves_down(x, w, 32, from);
    block.high[g] = static_cast<uint16_t>(down << 15);
    for (int i = 0, k = 4 * g; i < 32; i += 8, ++k) {
      try_points(kIq1Book, x + i, w + i, down ? -0.125f : 0.125f, false, from, points[k]);
    }
    groups[g] = sum_of({points + 4 * g, 4});
  }
  Scales scales = fit_scales(groups, {1, 8}, input.exponent);
  block.d = scales.d;
  for (int g = 0; g < 8; ++g) block.high[g] |= static_cast<uint16_t>(scales.codes[g] << 12);
  for (int k = 0; k < 32; ++k) {
    int point = points[k].best(scales.t[k / 4]);
    block.q[k] = static_cast<uint8_t>(point);
    block.high[k / 4] |= static_cast<uint16_t>(point >> 8 << (k % 4 * 3));
  }
}

void encode_iq1_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<Iq1_sBlock, decode_iq1_s>(from, importance, to, count, encode_block);
}

}  // namespace hearth::HEARTH_SIMD
