// Groups whose numbers are scale * code + offset, searched as in scales.inl.

namespace hearth::HEARTH_SIMD {

struct Line {
  Lanes scale, offset;
};

struct LineTrial {
  Line line;
  Lanes ee, e, ev, v, vv;  // weighted sums over the group: e is a number's error, v its code

  struct Fit {
    Line line;
    Lanes left;  // the error that it leaves
  };
  // `w` is the sum of the weights. If `below`, offsets are 0 or less. Scales stay above 0.
  template <bool below>
  Fit fitted(float w) const {
    const Lanes none = lanes(0.0f), sum = lanes(w);
    Lanes det = sum * vv - v * v;  // 0 where all codes are the same
    Lanes inverse = where_less(lanes(1e-6f) * sum * vv, det, lanes(1.0f) / det, none);
    Lanes up = (sum * ev - v * e) * inverse, along = (vv * e - v * ev) * inverse;
    Fit r{{line.scale + up, line.offset + along}, ee - (up * ev + along * e)};
    if constexpr (below) {
      // With the offset at 0, errors are e + line.offset before the scale changes.
      Lanes pull = ev + line.offset * v, up0 = pull / max(vv, lanes(kTiny));
      Lanes left = ee + (lanes(2.0f) * e + line.offset * sum) * line.offset - up0 * pull;
      r.left = where_less(none, r.line.offset, left, r.left);
      r.line.scale = where_less(none, r.line.offset, line.scale + up0, r.line.scale);
      r.line.offset = min(r.line.offset, none);
    }
    r.left = where_less(none, r.line.scale, r.left, ee);
    r.line.offset = where_less(none, r.line.scale, r.line.offset, line.offset);
    r.line.scale = where_less(none, r.line.scale, r.line.scale, line.scale);
    return r;
  }
};

template <int most>
LineTrial try_lines(const float* x, const float* w, int n, Line line) {
  Lanes inverse = inverses(line.scale), none = lanes(0.0f);
  LineTrial r{line, none, none, none, none, none};
  for (int i = 0; i < n; ++i) {
    Lanes number = lanes(x[i]) - line.offset, weight = lanes(w[i]);
    Lanes v = Whole<0, most>::nearest(number * inverse);
    Lanes e = number - line.scale * v, we = weight * e, wv = weight * v;
    r.ee = r.ee + we * e;
    r.e = r.e + we;
    r.ev = r.ev + wv * e;
    r.v = r.v + wv;
    r.vv = r.vv + wv * v;
  }
  return r;
}

// From the least number to the largest, or less by some steps at both ends.
template <int most, bool below>
Line first_lines(const float* x, int n) {
  constexpr SixteenFloats kLow = {0,    0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f,  0.8f,
                                  1.0f, 1.2f, 1.4f, 1.6f, 1.8f, 2.0f, -0.2f, -0.1f};
  constexpr SixteenFloats kHigh = {0,    0.8f,  -0.2f, 0.5f, 1.8f, 0.3f, 1.4f, 0.1f,
                                   1.0f, -0.1f, 0.6f,  2.0f, 0.4f, 1.6f, 0.2f, 1.2f};
  Range r = range(x, n);
  if (below) r.low = std::min(r.low, 0.0f);
  Lanes step = lanes((r.high - r.low) / std::max(float{most}, 7.5f));
  Lanes low = lanes(r.low) + step * lanes(kLow), high = lanes(r.high) - step * lanes(kHigh);
  return {(high - low) * lanes(1.0f / most), low};
}

// One line, and lines whose ends are some codes off.
template <int most>
Line lines_about(float scale, float offset) {
  constexpr SixteenFloats kLow = {0,     0.3f, -0.3f, 0.6f, -0.6f, 0.9f,  -0.9f,  1.2f,
                                  -1.2f, 1.5f, -1.5f, 0,    0,     0.75f, -0.75f, 0.45f};
  constexpr SixteenFloats kHigh = {0,     0.6f, -0.9f, 1.5f,  0.3f,   -0.6f, 1.2f, -1.5f,
                                   -0.3f, 0.9f, -1.2f, 0.75f, -0.75f, 0,     0,    -1.8f};
  // Two bits have no room for that.
  Lanes step = lanes(scale * std::min(1.0f, most / 6.0f));
  Lanes low = step * lanes(kLow), high = step * lanes(kHigh);
  return {lanes(scale) + (high - low) * lanes(1.0f / most), lanes(offset) + low};
}

// Sixteen good lines: those about the best of the first, fitted once more.
template <int most, bool below>
Line search_lines(const float* x, const float* w, int n, float weights) {
  Line line = first_lines<most, below>(x, n);
  line = try_lines<most>(x, w, n, line).template fitted<below>(weights).line;
  auto fit = try_lines<most>(x, w, n, line).template fitted<below>(weights);
  int best = least(fit.left);
  line = lines_about<most>(each(fit.line.scale)[best], each(fit.line.offset)[best]);
  return try_lines<most>(x, w, n, line).template fitted<below>(weights).line;
}

struct LineOfHalves {
  float scale, offset;
};

// For a group that has its own scale and offset of 16 bits.
template <int most>
LineOfHalves best_line(const float* x, const float* w, int n) {
  float weights = sum(w, n);
  Line line = search_lines<most, false>(x, w, n, weights);
  line = try_lines<most>(x, w, n, line).template fitted<false>(weights).line;
  line = {halves(line.scale), halves(line.offset)};
  int best = least(try_lines<most>(x, w, n, line).ee);
  return {each(line.scale)[best], each(line.offset)[best]};
}

// A block of 256 numbers, scale = d * multiple[group], offset = -dmin * minimum[group].
template <int groups>
struct LineBlock {
  float d, dmin, error;
  float multiple[groups], minimum[groups];
};

template <int most, int most_multiple, int groups>
LineBlock<groups> best_lines(const float* x, const float* w) {
  constexpr int n = 256 / groups;
  using Codes = Multiples<0, most_multiple>;
  // The groups' scales, and what the square of an error of each costs; their minima, the same, and how much a minimum
  // is to rise when the scale is larger than wanted.
  SixteenFloats wanted{}, weight{}, minimum{}, weights{}, slope{};
  for (int g = 0; g < groups; ++g) {
    const float *xg = x + g * n, *wg = w + g * n;
    weights[g] = sum(wg, n);
    LineTrial trial = try_lines<most>(xg, wg, n, search_lines<most, true>(xg, wg, n, weights[g]));
    auto fit = trial.template fitted<true>(weights[g]);
    int best = least(fit.left);
    wanted[g] = each(fit.line.scale)[best];
    minimum[g] = -each(fit.line.offset)[best];
    float v = each(trial.v)[best];
    slope[g] = v / std::max(weights[g], kTiny);
    weight[g] = std::max(0.0f, each(trial.vv)[best] - v * slope[g]);
  }

  float d = best_scale<Codes>(wanted.data(), weight.data(), 16);
  Lanes coded = Codes::nearest(lanes(wanted) * inverses(lanes(d))) * lanes(d);
  Lanes moved = max(lanes(minimum) + lanes(slope) * (coded - lanes(wanted)), lanes(0.0f));
  float dmin = best_scale<Codes>(each(moved).data(), weights.data(), 16);

  // Pairs of neighbours: multiples, and minima about what suits each.
  constexpr SixteenFloats kNear = {0, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1, -1, 2, 2, -2, -2};
  constexpr SixteenFloats kNearMinimum = {0, 1, -1, 2, 0, 1, -1, 2, 0, 1, -1, -2, 0, 1, 0, -1};
  LineBlock<groups> best;
  for (int refit = 0; refit <= kRefits; ++refit) {
    LineBlock<groups> block{d, dmin, 0, {}, {}};
    float mm = 0, mk = 0, kk = 0, me = 0, ke = 0;  // of the normal equations for d and -dmin
    for (int g = 0; g < groups; ++g) {
      Lanes multiple = Codes::nearest(lanes(wanted[g]) * inverses(lanes(d)));
      multiple = Codes::nearest(multiple + lanes(kNear));
      Lanes suits = lanes(minimum[g]) + lanes(slope[g]) * (multiple * lanes(d) - lanes(wanted[g]));
      Lanes minima = Codes::nearest(suits * inverses(lanes(dmin)));
      minima = Codes::nearest(minima + lanes(kNearMinimum));
      LineTrial trial =
          try_lines<most>(x + g * n, w + g * n, n, {multiple * lanes(d), minima * lanes(-dmin)});
      int at = least(trial.ee);
      float m = each(multiple)[at], k = each(minima)[at];
      block.multiple[g] = m;
      block.minimum[g] = k;
      block.error += each(trial.ee)[at];
      mm += m * m * each(trial.vv)[at];
      mk += m * k * each(trial.v)[at];
      kk += k * k * weights[g];
      me += m * each(trial.ev)[at];
      ke += k * each(trial.e)[at];
    }
    if (refit == 0 || block.error < best.error) best = block;
    float det = mm * kk - mk * mk;
    if (det > 1e-6f * mm * kk) {
      d = half(d + (kk * me - mk * ke) / det);
      dmin = half(dmin - (mm * ke - mk * me) / det);
    } else {
      d = half(d + me / std::max(mm, kTiny));
    }
  }
  return best;
}

}  // namespace hearth::HEARTH_SIMD
