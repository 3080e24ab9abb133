// e^x and ln x from additions, products and divisions alone: libraries differ in the last bit of theirs, and a
// sampler's choice must not.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

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

// Within 1e-14 of the true value, absolutely or relatively; minus infinity for what is not above 0. Numbers below
// 2^-1022 count as 0.
inline double sampling_log(double x) {
  if (!(x >= std::numeric_limits<double>::min())) return -std::numeric_limits<double>::infinity();
  if (x == std::numeric_limits<double>::infinity()) return x;
  // x = 2^n m with m between sqrt(1/2) and sqrt(2); ln m = 2 artanh((m - 1) / (m + 1)).
  uint64_t bits = std::bit_cast<uint64_t>(x);
  uint64_t offset = bits - 0x3fe6a09e667f3bcdu;
  int64_t n = static_cast<int64_t>(offset) >> 52;
  double m = std::bit_cast<double>(bits - (static_cast<uint64_t>(n) << 52));
  double s = (m - 1) / (m + 1), s2 = s * s;
  double series = 0;  // |s| < 0.172: fourteen terms leave less than 1e-21
  for (int term = 27; term >= 3; term -= 2) series = (series + 1.0 / term) * s2;
  return static_cast<double>(n) * 0x1.62e42fefa39efp-1 + (2 * s + 2 * s * series);
}

// e^x for any x.
inline double sampling_exp(double x) { return x <= 0 ? softmax_exp(x) : 1 / softmax_exp(-x); }

}  // namespace hearth
