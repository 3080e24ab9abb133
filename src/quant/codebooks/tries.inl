namespace hearth::HEARTH_SIMD {

// The least of many numbers that come a vector at a time, and which one it is: the first of equals.
struct Least {
  F value, index;

  HEARTH_INLINE Least() : value(set(INFINITY)), index(set(0.0f)) {}
  HEARTH_INLINE void see(F v, F at) {
    M less = v < value;
    value = select(less, v, value);
    index = select(less, at, index);
  }
};
HEARTH_INLINE float least_lane(F a) { return -largest(-a); }
// Of the numbers that two have seen, so that neither had to wait for the other.
HEARTH_INLINE int which(const Least& one, const Least& other) {
  const F never = set(INFINITY), least = set(least_lane(min(one.value, other.value)));
  F first = min(select(least < one.value, never, one.index), select(least < other.value, never, other.index));
  return static_cast<int>(least_lane(first));
}

HEARTH_INLINE F counting() {
  static constexpr float kCounting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(kCounting);
}

HEARTH_INLINE F lookup_sum(const float (*table)[16], I code) {
  return (lookup(table[0], code) + lookup(table[1], right<4>(code))) +
         (lookup(table[2], right<8>(code)) + lookup(table[3], right<12>(code)));
}
HEARTH_INLINE F lookup_least(const float (*table)[16], I code) {
  return min(min(lookup(table[0], code), lookup(table[1], right<4>(code))),
             min(lookup(table[2], right<8>(code)), lookup(table[3], right<12>(code))));
}

// The best points of a book for the numbers x with the weights w, both finite, at each try, where all levels move
// by `shift`. With `flip`, one of the numbers has the wrong sign, whichever costs least.
// a - 2 b t of every point is found for the first and the last t only, u and v. In between only a point that is
// below the line through the best of both can be better than them: few are, and they alone are looked at.
template <class Book>
void try_points(const Book& book, const float* x, const float* w, float shift, bool flip, float from,
                PointTries& to) {
  // What each four bits of a code add to u and v, and the least w x g of their digits.
  float table_u[4][16], table_v[4][16], table_least[4][16];
  const float until = from * kLadder.t[kTries - 1];
  for (int f = 0; f < 4; ++f) {
    for (int i = 0; i < 16; i += kLanes) {
      F a = set(0.0f), b = set(0.0f), least = set(INFINITY);
      for (int j = 0; j < Book::kFieldDigits; ++j) {
        const int at = f * Book::kFieldDigits + j;
        F level = load(book.fields[j] + i) + set(shift), weighted = set(w[at]) * level,
          product = weighted * set(x[at]);
        a = a + weighted * level;
        b = b + product;
        least = min(least, product);
      }
      store(table_u[f] + i, a - set(2 * from) * b);
      store(table_v[f] + i, a - set(2 * until) * b);
      store(table_least[f] + i, least);
    }
  }

  alignas(64) float u[Book::kPoints], v[Book::kPoints];
  const F step = set(static_cast<float>(kLanes));
  Least least_u[2], least_v[2];
  F index = counting();
  for (int i = 0; i < Book::kPoints; i += 2 * kLanes) {
    for (int j = 0; j < 2; ++j) {
      const int at = i + j * kLanes;
      I code = load_u16(book.codes + at);
      F point_u = lookup_sum(table_u, code), point_v = lookup_sum(table_v, code);
      if (flip) {
        F least = lookup_least(table_least, code);
        point_u = point_u + set(4 * from) * least;
        point_v = point_v + set(4 * until) * least;
      }
      store(u + at, point_u);
      store(v + at, point_v);
      least_u[j].see(point_u, index);
      least_v[j].see(point_v, index);
      index = index + step;
    }
  }
  const int first = which(least_u[0], least_u[1]), last = which(least_v[0], least_v[1]);

  alignas(64) float near_u[Book::kPoints + 32], near_v[Book::kPoints + 32], near_index[Book::kPoints + 32];
  int count = 0;
  for (int end : {first, last}) {
    near_u[count] = u[end];
    near_v[count] = v[end];
    near_index[count++] = static_cast<float>(end);
  }
  const float fall = v[first] - v[last], run = u[last] - u[first];
  const float at_first = u[first] * fall + v[first] * run, at_last = u[last] * fall + v[last] * run;
  const F limit = set(at_first < at_last ? at_first : at_last);
  index = counting();
  for (int i = 0; i < Book::kPoints; i += kLanes) {
    F point_u = load(u + i), point_v = load(v + i);
    M below = point_u * set(fall) + point_v * set(run) < limit;
    keep(near_u + count, below, point_u);
    keep(near_v + count, below, point_v);
    count += keep(near_index + count, below, index);
    index = index + step;
  }
  for (int i = count; i < count + 16; ++i) near_u[i] = near_v[i] = INFINITY;

  Least best[kTries];
  index = counting();
  for (int i = 0; i < count; i += kLanes) {
    F point_u = load(near_u + i), point_v = load(near_v + i);
    for (int k = 1; k < kTries - 1; ++k) best[k].see(point_u + point_v * set(kLadder.share[k]), index);
    index = index + step;
  }
  for (int k = 0; k < kTries; ++k) {
    const int at = k == 0 ? 0 : k == kTries - 1 ? 1 : which(best[k], best[k]);
    to.points[k] = static_cast<uint16_t>(near_index[at]);
    to.b[k] = (near_u[at] - near_v[at]) / (2 * (until - from));
    to.a[k] = near_u[at] + 2 * from * to.b[k];
  }
}

// A row of blocks of 256 numbers: `encode` makes one of each that is not all 0.
template <class Block, DecodeRow decode>
void encode_blocks(const float* from, const float* importance, std::byte* to, int64_t count,
                   void (*encode)(BlockInput& input, Block& block)) {
  BlockInput input;
  for (int64_t i = 0; i < count; i += 256, to += sizeof(Block)) {
    Block block{};
    if (input.take(from + i, importance ? importance + i : nullptr)) {
      BlockInput spent = input;  // encoders take its signs away
      encode(spent, block);
      straighten<256, decode>(input.x, input.w, std::ldexp(1.0f, -input.exponent), block);
    }
    std::memcpy(to, &block, sizeof block);
  }
}

}  // namespace hearth::HEARTH_SIMD
