// Elementary functions over the vocabulary: exp and log within 2 units in the last place, what is composed of
// them within the bounds of simd_test.cc (the scalar set one more, since it rounds each product). The
// polynomials are minimax fits on the intervals that the comments give.

namespace hearth::HEARTH_SIMD {

// a polynomial in x, the highest coefficient first
HEARTH_INLINE F horner(F, F sum) { return sum; }
template <class... Rest>
HEARTH_INLINE F horner(F x, F sum, float next, Rest... rest) {
  return horner(x, fma(sum, x, set(next)), rest...);
}
template <class... Rest>
HEARTH_INLINE F polynomial(F x, float first, Rest... rest) {
  return horner(x, set(first), rest...);
}

// e^(a + b), where b is what a lacks in precision, at most a tenth. 2^n times e^r, |r| <= ln 2 / 2 + |b|.
// 2^n is applied in two halves, so that results below 2^-126 come out right too.
HEARTH_INLINE F exp_of_sum(F a, F b) {
  a = min(set(89.0f), max(set(-104.0f), a));
  I n = nearest((a + b) * set(0x1.715476p0f));
  F count = to_float(n);
  F r = fma(count, set(0x1.bd0106p-13f), fma(count, set(-0x1.63p-1f), a)) + b;  // ln 2 in two parts
  F q = polynomial(r, 0.0001979117144f, 0.001394478432f, 0.0083334963f, 0.04166629327f, 0.1666666587f,
                   0.5000000068f);
  F p = fma(q, r * r, r) + set(1.0f);
  I half = right<1>(n + set(512)) - set(256);
  F low = from_bits(left<23>(half + set(127))), high = from_bits(left<23>(n - half + set(127)));
  return p * low * high;
}
HEARTH_INLINE F exp(F x) { return exp_of_sum(x, set(0.0f)); }

// e^x - 1: a polynomial for |x| < 0.35, where the subtraction would cancel.
HEARTH_INLINE F expm1(F x) {
  F q = polynomial(x, 0.0001997185565f, 0.001394758543f, 0.008333201121f, 0.04166627007f, 0.1666666696f,
                   0.5000000067f);
  return select(abs(x) < set(0.35f), fma(q, x * x, x), exp(x) - set(1.0f));
}

// x = 2^e * m with m in [sqrt(1/2), sqrt(2)). Below 0: NaN; 0: -infinity.
HEARTH_INLINE F log(F x) {
  M tiny = x < set(0x1p-126f);
  F scaled = select(tiny, x * set(0x1p23f), x);
  I shifted = bits(scaled) + set(0x3f800000 - 0x3f3504f3);
  F e = to_float(right<23>(shifted) - set(127)) - select(tiny, set(23.0f), set(0.0f));
  F f = from_bits((shifted & set(0x7fffff)) + set(0x3f3504f3)) - set(1.0f);
  F q = polynomial(f, 0.06746637556f, -0.116756507f, 0.1188816289f, -0.124055896f, 0.1421955254f,
                   -0.1666799578f, 0.2000211863f, -0.250000096f, 0.3333331261f);
  F square = f * f;
  F low = fma(e, set(-0x1.bd0106p-13f), q * (square * f));
  F y = fma(e, set(0x1.63p-1f), f - (square * set(0.5f) - low));
  y = select(set(0x1.fffffep127f) < x, x, y);
  y = select(x < set(0x1p-149f), set(-__builtin_inff()), y);
  F nan = set(__builtin_nanf(""));
  return select(x < set(0.0f), nan, select(set(-1.0f) < x, y, nan));
}

// log(1 + x) for 0 <= x <= 1: what 1 + x lost is put back.
HEARTH_INLINE F log1p(F x) {
  F u = x + set(1.0f);
  return log(u) + (x - (u - set(1.0f))) / u;
}

// x + x^3 * p(x^2) for |x| < 0.625
HEARTH_INLINE F tanh(F x) {
  F z = x * x, size = abs(x);
  F q = polynomial(z, 0.002118024088f, -0.008150705232f, 0.02169015736f, -0.05394488957f, 0.1333319165f,
                   -0.3333333045f);
  F near = fma(q * z, x, x);
  F far = set(1.0f) - set(2.0f) / (exp(size + size) + set(1.0f));
  return select(size < set(0.625f), near, with_sign(far, x));
}

HEARTH_INLINE F sigmoid(F x) { return set(1.0f) / (exp(-x) + set(1.0f)); }
HEARTH_INLINE F silu(F x) { return x / (exp(-x) + set(1.0f)); }
HEARTH_INLINE F softplus(F x) { return max(set(0.0f), x) + log1p(exp(-abs(x))); }

// erf(x) = x * p(x^2) for |x| < 1
HEARTH_INLINE F erf_near(F x) {
  F z = x * x;
  F q = polynomial(z, -9.641508409e-6f, 0.0001125694542f, -0.0008482828543f, 0.005220945416f, -0.02686540004f,
                   0.1128378197f, -0.3761263843f, 0.1283791671f);
  return fma(q, x, x);
}

// e^(-s x^2) for s of 1 or 1/2. The square is cut where it is exact, since an error in it is as large,
// relatively, in the result.
HEARTH_INLINE F bell(F x, float s) {
  x = min(set(16.0f), x);
  F cut = from_bits(bits(x) & set(~0xfff));
  return exp_of_sum(cut * cut * set(-s), (cut - x) * (cut + x) * set(s));
}

// erfc(x) = e^(-x^2) * t * p(t) with t = 1 / (1 + x/3), for 0.69 < x < 10.2; beyond, e^(-x^2) is nothing.
// This is the part behind the exponential.
HEARTH_INLINE F erfc_far(F x) {
  F t = set(1.0f) / fma(x, set(1 / 3.0f), set(1.0f));
  F q = polynomial(t, 0.02802291672f, -0.09717560599f, 0.07633490151f, 0.01979248919f, 0.02300153551f,
                   0.1234623333f, 0.1126925656f, 0.1607574413f, 0.1769236612f, 0.1881301151f, 0.1880603851f);
  return q * t;
}

HEARTH_INLINE F erf(F x) {
  F size = abs(x);
  F far = with_sign(set(1.0f) - bell(size, 1.0f) * erfc_far(size), x);
  return select(set(1.0f) < size, far, erf_near(x));
}

// x/2 * (1 + tanh(u)) = x * sigmoid(2u), which does not cancel where x is negative
HEARTH_INLINE F gelu(F x) {
  F cube = fma(x * x * x, set(0.044715f), x);
  return x * sigmoid(cube * set(1.5957691216057308f));
}
HEARTH_INLINE F gelu_erf(F x) {
  F y = x * set(0.7071067811865476f), size = abs(y);
  F tail = bell(abs(x), 0.5f) * erfc_far(size);
  F far = select(y < set(0.0f), tail, set(2.0f) - tail);
  return x * set(0.5f) * select(size < set(0.7f), set(1.0f) + erf_near(y), far);
}
HEARTH_INLINE F gelu_quick(F x) { return x / (exp(x * set(-1.702f)) + set(1.0f)); }

}  // namespace hearth::HEARTH_SIMD
