// Groups whose numbers are scale * value: for a scale, each number takes the nearest value; for these values, the
// scale that fits them best follows, and is the next trial.

namespace hearth::HEARTH_SIMD {

inline constexpr float kTiny = 1e-35f;  // in place of 0 below a fraction

struct ScaleTrial {
  Lanes scale;
  Lanes ee, ev, vv;  // weighted sums over the group: e is a number's error, v its value

  HEARTH_INLINE Lanes fitted() const { return scale + ev / max(vv, lanes(kTiny)); }
  // The error that the fitted scale leaves.
  HEARTH_INLINE Lanes left() const { return ee - ev * ev / max(vv, lanes(kTiny)); }
};

template <class Grid>
ScaleTrial try_scales(const float* x, const float* w, int n, Lanes scale) {
  Lanes inverse = inverses(scale), none = lanes(0.0f);
  ScaleTrial r{scale, none, none, none};
  for (int i = 0; i < n; ++i) {
    Lanes number = lanes(x[i]), weight = lanes(w[i]);
    Lanes v = Grid::nearest(number * inverse);
    Lanes e = number - scale * v, wv = weight * v;
    r.ee = r.ee + weight * e * e;
    r.ev = r.ev + wv * e;
    r.vv = r.vv + wv * v;
  }
  return r;
}

template <class Grid>
Lanes first_scales(const float* x, int n) {
  Range r = range(x, n);
  float farthest = r.high > -r.low ? r.high : r.low;
  return lanes(Grid::kMirrored ? std::fabs(farthest) : farthest) / lanes(Grid::kEnds);
}

// Sixteen good scales.
template <class Grid>
Lanes search_scales(const float* x, const float* w, int n) {
  Lanes scale = first_scales<Grid>(x, n);
  for (int fit = 0; fit < 2; ++fit) scale = try_scales<Grid>(x, w, n, scale).fitted();
  return scale;
}

// For a group that has its own scale of 16 bits.
template <class Grid>
float best_scale(const float* x, const float* w, int n) {
  Lanes scale = halves(try_scales<Grid>(x, w, n, search_scales<Grid>(x, w, n)).fitted());
  return each(scale)[least(try_scales<Grid>(x, w, n, scale).ee)];
}

// A block of 256 numbers, scale = d * multiple[group].
template <int groups>
struct ScaledBlock {
  float d, error;
  float multiple[groups];
};

inline constexpr int kRefits = 1;  // how often a block's scale is fitted to the codes

template <class Grid, class Multiples, int groups>
ScaledBlock<groups> best_scales(const float* x, const float* w) {
  constexpr int n = 256 / groups;
  SixteenFloats wanted{}, weight{};  // the groups' scales, and what the square of an error of each costs
  for (int g = 0; g < groups; ++g, x += n, w += n) {
    ScaleTrial trial = try_scales<Grid>(x, w, n, search_scales<Grid>(x, w, n));
    int best = least(trial.left());
    wanted[g] = each(trial.fitted())[best];
    weight[g] = each(trial.vv)[best];
  }
  x -= 256;
  w -= 256;

  constexpr SixteenFloats kNear = {0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6, -7, 7, -8};
  ScaledBlock<groups> best;
  float d = best_scale<Multiples>(wanted.data(), weight.data(), 16);
  for (int refit = 0; refit <= kRefits; ++refit) {
    ScaledBlock<groups> block{d, 0, {}};
    float ev = 0, vv = 0;
    for (int g = 0; g < groups; ++g) {
      Lanes multiple = Multiples::nearest(lanes(wanted[g]) * inverses(lanes(d)));
      multiple = Multiples::nearest(multiple + lanes(kNear));
      ScaleTrial trial = try_scales<Grid>(x + g * n, w + g * n, n, multiple * lanes(d));
      int k = least(trial.ee);
      float m = each(multiple)[k];
      block.multiple[g] = m;
      block.error += each(trial.ee)[k];
      ev += m * each(trial.ev)[k];
      vv += m * m * each(trial.vv)[k];
    }
    if (refit == 0 || block.error < best.error) best = block;
    d = half(d + ev / std::max(vv, kTiny));
  }
  return best;
}

}  // namespace hearth::HEARTH_SIMD
