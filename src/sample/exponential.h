// e^x for what a softmax needs, from additions and products alone: libraries differ in the last bit of their
// exp(), and a sampler's choice must not.
#pragma once

#include <cmath>

namespace hearth {

// For x <= 0, within 1e-15 of the true value relatively; 0 below -700. x may be -infinity.
inline double softmax_exp(double x) {
  if (!(x > -700.0)) return 0.0;
  // x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts, so that n times the first is exact.
  double n = std::floor(x * 1.4426950408889634 + 0.5);
  double r = x - n * 0x1.62e42fee00000p-1 - n * 0x1.a39ef35793c76p-33;
  double term = 1.0, sum = 1.0;
  for (int i = 1; i <= 13; ++i) {
    term = term * r / i;
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(n));
}

}  // namespace hearth
