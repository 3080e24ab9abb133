#include "quant/codebooks/scales.h"

#include <algorithm>
#include <cmath>

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
  const float scale = std::ldexp(1.0f, -exponent);
  for (float& v : x) v *= scale;
  if (heaviest > 0x1p-100f) {
    const float weight = std::ldexp(1.0f, -std::ilogb(heaviest));
    for (float& v : w) v *= weight;
  } else {
    std::fill(w, w + 256, 1.0f);
  }
  return true;
}

namespace {

struct Choice {
  int code;
  float error;
  float a, b;  // of the try, for the scale 1
};

// The best of the two codes next to `ideal`, a scale.
Choice choose(const Tries& tries, float ideal, float step, int codes) {
  Choice best{0, INFINITY, 0, 0};
  int low = static_cast<int>(std::clamp((ideal / step - 1) / 2, 0.0f, static_cast<float>(codes - 1)));
  for (int code = low; code <= std::min(low + 1, codes - 1); ++code) {
    float scale = step * static_cast<float>(2 * code + 1);
    for (int k = 0; k < kTries; ++k) {
      float error = scale * (scale * tries.a[k] - 2 * tries.b[k]);
      if (error < best.error) best = {code, error, tries.a[k], tries.b[k]};
    }
  }
  return best;
}

}  // namespace

Scales fit_scales(std::span<const Tries> groups, ScaleRule rule, int exponent) {
  // The scale that is best for each group where no code binds it.
  float ideal[16] = {}, largest = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    float gain = 0;
    for (int k = 0; k < kTries; ++k) {
      float a = groups[g].a[k], b = groups[g].b[k];
      if (b > 0 && b * b > gain * a) {
        gain = b * b / a;
        ideal[g] = b / a;
      }
    }
    largest = std::max(largest, ideal[g]);
  }

  Scales best{};
  if (!(largest > 0)) return best;

  // From d to steps of scales, and back.
  const float down = std::ldexp(rule.unit, -exponent), up = std::ldexp(1 / rule.unit, exponent);
  float least = 0;  // as zeros leave it
  // What d, an f16, gives; and which d would be best for the codes and points that it chose.
  auto look_at = [&](uint16_t d) {
    float step = f32_from_f16(d) * down, error = 0;
    double ab = 0, aa = 0;
    Scales scales{};
    scales.d = d;
    for (size_t g = 0; g < groups.size(); ++g) {
      Choice choice = choose(groups[g], ideal[g], step, rule.codes);
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
  for (int round = 0; round < 3 && best.d > 0; ++round) {
    uint16_t before = best.d, refined = half(look_at(best.d));
    if (refined == before || refined == 0) break;
    look_at(refined);
    if (best.d == before) break;
  }
  return best;
}

}  // namespace hearth
