// An encoder tries scales for a group of numbers, sixteen at once, one in each lane. So the sums over a group need
// no folding, and have the same order in every instruction set: all sets give the same bytes. For that, no fma.

namespace hearth::HEARTH_SIMD {

// Sixteen numbers, in as many vectors as that takes.
struct Lanes {
  static constexpr int kParts = 16 / kLanes;
  F part[kParts];
};
using SixteenFloats = std::array<float, 16>;

#define HEARTH_PARTS for (int i = 0; i < Lanes::kParts; ++i)
#define HEARTH_BINARY(name, expression)        \
  HEARTH_INLINE Lanes name(Lanes a, Lanes b) { \
    HEARTH_PARTS a.part[i] = expression;       \
    return a;                                  \
  }
HEARTH_BINARY(operator+, a.part[i] + b.part[i])
HEARTH_BINARY(operator-, a.part[i] - b.part[i])
HEARTH_BINARY(operator*, a.part[i] * b.part[i])
HEARTH_BINARY(operator/, a.part[i] / b.part[i])
HEARTH_BINARY(min, min(a.part[i], b.part[i]))
HEARTH_BINARY(max, max(a.part[i], b.part[i]))
#undef HEARTH_BINARY

HEARTH_INLINE Lanes lanes(float x) {
  Lanes r;
  HEARTH_PARTS r.part[i] = set(x);
  return r;
}
HEARTH_INLINE Lanes lanes(const float* p) {
  Lanes r;
  HEARTH_PARTS r.part[i] = load(p + i * kLanes);
  return r;
}
HEARTH_INLINE Lanes lanes(const SixteenFloats& x) { return lanes(x.data()); }
HEARTH_INLINE SixteenFloats each(Lanes a) {
  SixteenFloats r;
  HEARTH_PARTS store(r.data() + i * kLanes, a.part[i]);
  return r;
}

HEARTH_INLINE Lanes operator-(Lanes a) {
  HEARTH_PARTS a.part[i] = -a.part[i];
  return a;
}
HEARTH_INLINE Lanes abs(Lanes a) {
  HEARTH_PARTS a.part[i] = abs(a.part[i]);
  return a;
}
// Lane by lane: x where a < b, else y.
HEARTH_INLINE Lanes where_less(Lanes a, Lanes b, Lanes x, Lanes y) {
  HEARTH_PARTS x.part[i] = select(a.part[i] < b.part[i], x.part[i], y.part[i]);
  return x;
}
// To whole numbers, ties to even, where |a| < 2^22: beyond 2^23 a float has no place for a fraction.
HEARTH_INLINE Lanes rounded(Lanes a) { return (a + lanes(0x1.8p23f)) - lanes(0x1.8p23f); }
// 0 for 0.
HEARTH_INLINE Lanes inverses(Lanes a) {
  return where_less(lanes(0.0f), abs(a), lanes(1.0f) / a, lanes(0.0f));
}
// What 16-bit floats make of them: within their range, and 0 of 0 alone.
inline Lanes halves(Lanes a) {
  a = min(max(a, lanes(-65504.0f)), lanes(65504.0f));
  uint16_t half[16];
  HEARTH_PARTS {
    F least = select(set(0.0f) < abs(a.part[i]), set(0x1p-24f), set(0.0f));
    store_f16(half + i * kLanes, with_sign(max(abs(a.part[i]), least), a.part[i]));
    a.part[i] = load_f16(half + i * kLanes);
  }
  return a;
}
HEARTH_INLINE float half(float a) { return each(halves(lanes(a)))[0]; }

HEARTH_INLINE float largest(Lanes a) {
  F most = a.part[0];
  HEARTH_PARTS most = max(most, a.part[i]);
  return largest(most);
}
inline float sum(Lanes a) {
  SixteenFloats x = each(a);
  for (int step = 8; step > 0; step /= 2) {
    for (int i = 0; i < step; ++i) x[i] += x[i + step];
  }
  return x[0];
}
// The lane of the least, the first of several.
inline int least(Lanes a) {
  SixteenFloats x = each(a);
  int best = 0;
  for (int i = 1; i < 16; ++i) best = x[i] < x[best] ? i : best;
  return best;
}

struct Range {
  float low, high;
};
// Of n numbers, a multiple of 16.
inline Range range(const float* x, int n) {
  Lanes low = lanes(x), high = low;
  for (int i = 16; i < n; i += 16) {
    low = min(lanes(x + i), low);
    high = max(lanes(x + i), high);
  }
  return {-largest(-low), largest(high)};
}
inline float sum(const float* x, int n) {
  Lanes total = lanes(x);
  for (int i = 16; i < n; i += 16) total = total + lanes(x + i);
  return sum(total);
}

// A grid is what the codes of a type stand for:
//   nearest(x)  the value that is nearest to x; some value if x is not a number
//   place(x)    which one that is, counted from the least
//   kMirrored   whether each value's negative is one too, so that scales need no sign
//   kEnds       the values to which the number of largest magnitude goes in the first trials, the plain choice first

// Whole numbers.
template <int low, int high>
struct Whole {
  static HEARTH_INLINE Lanes nearest(Lanes x) {
    return rounded(min(max(x, lanes(float{low})), lanes(float{high})));
  }
  static HEARTH_INLINE Lanes place(Lanes x) { return nearest(x) - lanes(float{low}); }

  static constexpr bool kMirrored = low == -high;
  // The far end or some steps beyond it, which makes larger numbers err and all others err less; and the other
  // end, where it is another one.
  static constexpr SixteenFloats ends() {
    constexpr float steps[16] = {0,    0.3f, -0.3f, 0.6f,  -0.6f,  1,     1.5f, 2,
                                 2.7f, 3.5f, 4.5f,  0.15f, -0.15f, 0.45f, 0.8f, 1.8f};
    constexpr float far = -low > high ? low : high;
    constexpr float near = low == 0 || kMirrored ? far : low + high - far;
    SixteenFloats ends{};
    for (int i = 0; i < 16; ++i) {
      float end = i < 11 ? far : near;
      ends[i] = end < 0 ? end - steps[i] : end + steps[i];
    }
    return ends;
  }
  static constexpr SixteenFloats kEnds = ends();
};

// Whole numbers that multiply a block's scale. Groups may differ much, and the largest may count for little.
template <int low, int high>
struct Multiples : Whole<low, high> {
  static constexpr SixteenFloats ends() {
    SixteenFloats ends = {1,    1.02f, 0.98f, 1.04f, 1.07f, 1.1f, 1.15f, 1.2f,
                          1.3f, 1.45f, 1.7f,  2,     2.5f,  3.5f, 5,     8};
    for (float& end : ends) end *= -low < high ? high : low;
    return ends;
  }
  static constexpr SixteenFloats kEnds = ends();
};

// Sixteen values in rising order.
template <const float (&values)[16]>
struct Listed {
  static HEARTH_INLINE Lanes nearest(Lanes x) {
    HEARTH_PARTS x.part[i] = lookup(values, place(x.part[i]));
    return x;
  }
  static HEARTH_INLINE Lanes place(Lanes x) {
    HEARTH_PARTS x.part[i] = to_float(place(x.part[i]));
    return x;
  }

  static constexpr bool kMirrored = false;
  static constexpr SixteenFloats ends() {
    constexpr float factors[8] = {1, 0.9f, 1.05f, 1.1f, 1.15f, 1.2f, 1.3f, 1.4f};
    SixteenFloats ends{};
    for (int i = 0; i < 16; ++i) ends[i] = factors[i % 8] * values[i < 8 ? 0 : 15];
    return ends;
  }
  static constexpr SixteenFloats kEnds = ends();

 private:
  static constexpr SixteenFloats middles() {
    SixteenFloats middles{};
    for (int i = 0; i < 15; ++i) middles[i] = (values[i] + values[i + 1]) / 2;
    return middles;
  }
  static constexpr SixteenFloats kMiddles = middles();

  // One step of a search by halves: `place` is known but for its bits below 2 * step.
  template <int step>
  static HEARTH_INLINE I step_up(F x, I place) {
    F middle = lookup(kMiddles.data(), place | set(step - 1));
    return place | bits(select(x < middle, set(0.0f), from_bits(set(step))));
  }
  static HEARTH_INLINE I place(F x) {
    return step_up<1>(x, step_up<2>(x, step_up<4>(x, step_up<8>(x, set(0)))));
  }
};

// The places of a group's numbers, which are scale * value + offset.
template <class Grid>
void encode_group(const float* x, int n, float scale, float offset, uint8_t* places) {
  Lanes inverse = inverses(lanes(scale));
  for (int i = 0; i < n; i += 16) {
    SixteenFloats place = each(Grid::place((lanes(x + i) - lanes(offset)) * inverse));
    for (int k = 0; k < 16; ++k) places[i + k] = static_cast<uint8_t>(static_cast<int>(place[k]));
  }
}

#undef HEARTH_PARTS

}  // namespace hearth::HEARTH_SIMD
