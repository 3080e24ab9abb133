#include "quant/codebooks/scales.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tensor/half.h"

namespace hearth {

bool BlockInput::take(const float* from, const float* importance) {
  float largest = 0, heaviest = 0;
  for (int i = 0; i < 256; ++i) {
    x[i] = std::isfinite(from[i]) ? from[i] : 0;
    w[i] = !importance ? 1 : std::isfinite(importance[i]) && importance[i] > 0 ? importance[i] : 0;
    largest = std::max(largest, std::fabs(x[i]));
    heaviest = std::max(heaviest, w[i]);
  }
  if (!(largest > 0x1p-60f)) return false;
  exponent = std::ilogb(largest);
  for (float& v : x) v = std::ldexp(v, -exponent);
  if (heaviest == 0) {
    std::fill(w, w + 256, 1.0f);
  } else {
    int e = std::ilogb(heaviest);
    for (float& v : w) v = std::ldexp(v, -e);
  }
  return true;
}

Range scale_range(const float* x, const float* w, int count, float level) {
  static float R1 = getenv("R1") ? atof(getenv("R1")) : 2, R2 = getenv("R2") ? atof(getenv("R2")) : 2,
               LL = getenv("LL") ? atof(getenv("LL")) : 1;
  float xx = 0, ww = 0;
  for (int i = 0; i < count; ++i) {
    xx += w[i] * x[i] * x[i];
    ww += w[i];
  }
  float middle = xx > 0 ? level * LL * std::sqrt(ww / xx) : 1;
  return {middle / R1, middle, middle * R2};
}

namespace {

struct Group {
  const Envelope* envelope;
  float best;   // the scale that is best where codes do not bind it; 0: none is better than 0
  size_t hint;  // where the envelope was asked last
};

// The best code of a group for the block's scale d * unit, and its error.
struct Choice {
  int code;
  float error;
  float a, b;  // of the corner, for the scale 1
};

Choice choose(Group& group, float step, int codes) {
  Choice best{0, INFINITY, 0, 0};
  int ideal =
      static_cast<int>(std::min(std::max((group.best / step - 1) / 2, 0.0f), static_cast<float>(codes - 1)));
  int from = ideal, to = std::min(ideal + 1, codes - 1);
  for (int code = from; code <= to; ++code) {
    float scale = step * static_cast<float>(2 * code + 1);
    const Corner& corner = corner_at(*group.envelope, 1 / scale, group.hint);
    float error = corner.error(scale);
    if (error < best.error) best = {code, error, corner.a, corner.b};
  }
  return best;
}

}  // namespace

Scales fit_scales(std::span<const Envelope> envelopes, ScaleRule rule, int exponent) {
  constexpr size_t kGroups = 16;
  Group groups[kGroups];
  const size_t n = envelopes.size();
  float largest = 0;
  for (size_t g = 0; g < n; ++g) {
    groups[g] = {&envelopes[g], 0, 0};
    float gain = 0;
    for (size_t i = 0; i < envelopes[g].size(); ++i) {
      const Corner& corner = envelopes[g][i];
      if (corner.b > 0 && corner.b * corner.b > gain * corner.a) {
        gain = corner.b * corner.b / corner.a;
        groups[g].best = corner.b / corner.a;
        groups[g].hint = i;
      }
    }
    largest = std::max(largest, groups[g].best);
  }

  // From d to steps of scales, and back.
  const float down = std::ldexp(rule.unit, -exponent), up = std::ldexp(1 / rule.unit, exponent);
  Scales best{};
  float least = INFINITY;
  // What d, an f16, gives; and which d would be best for the codes and points that it chose.
  auto look_at = [&](uint16_t d) {
    float step = f32_from_f16(d) * down, error = 0;
    double ab = 0, aa = 0;
    Scales scales{};
    scales.d = d;
    for (size_t g = 0; g < n; ++g) {
      Choice choice = choose(groups[g], step, rule.codes);
      float m = static_cast<float>(2 * choice.code + 1);
      error += choice.error;
      ab += m * choice.b;
      aa += m * m * choice.a;
      scales.codes[g] = static_cast<uint8_t>(choice.code);
      scales.t[g] = 1 / (step * m);
    }
    if (error < least) {
      least = error;
      best = scales;
    }
    return aa > 0 ? static_cast<float>(ab / aa) * up : 0.0f;
  };
  auto half = [](float d) { return std::min<uint16_t>(f16_from_f32(std::max(d, 0.0f)), 0x7bff); };

  const float top = largest / static_cast<float>(2 * rule.codes - 1) * up;
  constexpr int kSteps = 10;
  const int from = std::max<int>(half(top * 0.75f), 1), to = half(top * 1.25f);
  const int step = std::max((to - from) / kSteps, 1);
  for (int i = 0; i <= kSteps && from + i * step <= 0x7bff; ++i)
    look_at(static_cast<uint16_t>(from + i * step));
  for (int round = 0; round < 3; ++round) {
    uint16_t before = best.d, refined = half(look_at(best.d));
    if (refined == before || refined == 0) break;
    look_at(refined);
    if (best.d == before) break;
  }
  return best;
}

}  // namespace hearth
