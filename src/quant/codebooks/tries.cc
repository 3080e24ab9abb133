#include "quant/codebooks/tries.h"

#include <cmath>

namespace hearth {

uint16_t PointTries::best(float t) const {
  int best = 0;
  for (int i = 1; i < kTries; ++i) {
    if (a[i] - 2 * b[i] * t < a[best] - 2 * b[best] * t) best = i;
  }
  return points[best];
}

Tries sum_of(std::span<const PointTries> points) {
  Tries sum{};
  for (const PointTries& point : points) {
    for (int i = 0; i < kTries; ++i) {
      sum.a[i] += point.a[i];
      sum.b[i] += point.b[i];
    }
  }
  return sum;
}

PointTries better(const PointTries& one, const PointTries& other, float from) {
  PointTries both = one;
  for (int i = 0; i < kTries; ++i) {
    float t = from * kLadder.t[i];
    if (other.a[i] - 2 * other.b[i] * t < one.a[i] - 2 * one.b[i] * t) {
      both.a[i] = other.a[i];
      both.b[i] = other.b[i];
      both.points[i] = other.points[i];
    }
  }
  return both;
}

float first_try(const float* x, const float* w, int count, float level) {
  float xx = 0, ww = 0;
  for (int i = 0; i < count; ++i) {
    xx += w[i] * x[i] * x[i];
    ww += w[i];
  }
  return xx > 1e-20f * ww ? level * std::sqrt(ww / xx) / 2 : 1;
}

}  // namespace hearth
