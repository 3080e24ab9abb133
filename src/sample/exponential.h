// e^x for what a softmax needs, from additions and products alone: libraries differ in the last bit of their
// exp(), and a sampler's choice must not.
#pragma once

#include <bit>
#include <cstdint>

namespace hearth {

// For x <= 0, within 1e-14 of the true value relatively; 0 below -700 and for what is no number.
inline double softmax_exp(double x) {
  if (!(x > -700.0)) return 0.0;
  // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
  double shifted = x * 0x1.71547652b82fep0 + 0x1.8p52;
  double n = shifted - 0x1.8p52;
  // ln 2 in two parts, so that n times the first is exact.
  double r = x - n * 0x1.62e42fee00000p-1 - n * 0x1.a39ef35793c76p-33;
  // The series of e^r in three groups of four terms, which do not wait for one another.
  double r2 = r * r, r4 = r2 * r2;
  double low = (1 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
  double middle = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  double high = (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
  double power = std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) + 1023) << 52);
  return power * (low + r4 * (middle + r4 * high));
}

}  // namespace hearth
