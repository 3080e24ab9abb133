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

struct EncodeIq1_s {
  using Block = Iq1_sBlock;

  const decltype(kIq1Book)::Fields levels[2] = {kIq1Book.fields(0.125f), kIq1Book.fields(-0.125f)};
  PointTries points[32];
  Tries groups[8];

  void encode(BlockInput& input, Block& block) {
    for (int g = 0; g < 8; ++g) {
      const float *x = input.x + 32 * g, *w = input.w + 32 * g;
      float from = first_try(x, w, 32, 0.6f);
      int down = moves_down(x, w, 32, from);
      block.high[g] = static_cast<uint16_t>(down << 15);
      for (int k = 0; k < 4; ++k) {
        search(kIq1Book, levels[down], x + 8 * k, w + 8 * k, false, from, points[4 * g + k]);
      }
      groups[g] = sum(std::span(points + 4 * g, 4));
    }
    Scales scales = fit_scales(groups, {1, 8}, input.exponent);
    block.d = scales.d;
    for (int g = 0; g < 8; ++g) {
      int high = scales.codes[g] << 12;
      for (int k = 0; k < 4; ++k) {
        int point = points[4 * g + k].best_point(scales.t[g]);
        block.q[4 * g + k] = static_cast<uint8_t>(point);
        high |= point >> 8 << (3 * k);
      }
      block.high[g] |= static_cast<uint16_t>(high);
    }
  }
};

void encode_iq1_s(const float* from, const float* importance, std::byte* to, int64_t count) {
  encode_blocks<EncodeIq1_s>(from, importance, to, count);
}

}  // namespace hearth::HEARTH_SIMD
