// Scales to try, and what they give.
//
// At the scale s, point g of a codebook stands for the numbers x, with the weights w, with the error
//   sum w (x - s g)^2 = sum w x^2 + s^2 a - 2 s b,  where a = sum w g^2 and b = sum w x g.
// With t = 1 / s that is s^2 (a - 2 b t) and a constant: which point is best for a scale depends on a and b alone,
// and the best scale for a point is b / a. So each group of numbers tries a few scales only, and keeps a and b of
// what they gave; whatever is then done with scales costs a look at these.
#pragma once

#include <cstdint>
#include <span>

namespace hearth {

// The tries of a group: t from `from` on, each 7/6 of the one before, so that the last is four times the first.
inline constexpr int kTries = 10;

struct Ladder {
  float t[kTries];      // where the first is 1
  float share[kTries];  // a - 2 b t is, but for a factor, that at the first plus this times that at the last

  constexpr Ladder() : t{}, share{} {
    double at = 1, last = 1;
    for (int i = 1; i < kTries; ++i) last *= 7 / 6.0;
    for (int i = 0; i < kTries; ++i, at *= 7 / 6.0) {
      t[i] = static_cast<float>(at);
      share[i] = i + 1 < kTries ? static_cast<float>((at - 1) / (last - at)) : 0;
    }
  }
};
inline constexpr Ladder kLadder;

// Of a group: sums over its points.
struct Tries {
  float a[kTries], b[kTries];
};

// Of one of the points that stand for it.
struct PointTries : Tries {
  uint16_t points[kTries];

  uint16_t best(float t) const;  // the point for the scale 1 / t
};

Tries sum_of(std::span<const PointTries> points);
// At each try the better one; `from` is where both begin.
PointTries better(const PointTries& one, const PointTries& other, float from);

// Where a group's tries begin. `level`: what the levels of points are like where the scale is right, as a root of
// the mean of squares.
float first_try(const float* x, const float* w, int count, float level);

}  // namespace hearth
