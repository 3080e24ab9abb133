namespace hearth::HEARTH_SIMD {

// Of each four bits of a code, what the digits in them add to a and b; the least w x g among them.
struct PointTables {
  float a[4][16], b[4][16], least[4][16];
};

template <class Book>
HEARTH_INLINE void fill(const typename Book::Fields& fields, const float* x, const float* w,
                        PointTables& to) {
  constexpr int n = Book::kFieldDigits;
  for (int f = 0; f < 4; ++f) {
    for (int i = 0; i < 16; i += kLanes) {
      F a = set(0.0f), b = set(0.0f), least = set(INFINITY);
      for (int j = 0; j < n; ++j) {
        F level = load(fields.levels[j] + i), weighted = set(w[f * n + j]) * level;
        F product = weighted * set(x[f * n + j]);
        a = a + weighted * level;
        b = b + product;
        least = min(least, product);
      }
      store(to.a[f] + i, a);
      store(to.b[f] + i, b);
      store(to.least[f] + i, least);
    }
  }
}

HEARTH_INLINE F lookup_sum(const float (*table)[16], I code) {
  return (lookup(table[0], code) + lookup(table[1], right<4>(code))) +
         (lookup(table[2], right<8>(code)) + lookup(table[3], right<12>(code)));
}
HEARTH_INLINE F lookup_least(const float (*table)[16], I code) {
  return min(min(lookup(table[0], code), lookup(table[1], right<4>(code))),
             min(lookup(table[2], right<8>(code)), lookup(table[3], right<12>(code))));
}

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
HEARTH_INLINE int which(const Least& one, const Least& other, float& value) {
  value = least_lane(min(one.value, other.value));
  const F never = set(INFINITY), least = set(value);
  F first = min(select(least < one.value, never, one.index), select(least < other.value, never, other.index));
  return static_cast<int>(least_lane(first));
}

HEARTH_INLINE F counting() {
  static constexpr float kCounting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(kCounting);
}

// A point with its a - 2 b t at both ends of a range of t. In this plane, too, the envelope is convex: from the
// least u to the least v.
struct Place {
  float u, v;
  int point;
};

struct Chord {
  float fall, run, limit;

  HEARTH_INLINE Chord(const Place& p, const Place& q) : fall(p.v - q.v), run(q.u - p.u) {
    float at_p = p.u * fall + p.v * run, at_q = q.u * fall + q.v * run;
    limit = at_p < at_q ? at_p : at_q;
  }
  // Less than the limit below the line through p and q.
  HEARTH_INLINE F height(F u, F v) const { return u * set(fall) + v * set(run); }
};

// Points that may be corners, side by side.
template <int kMost>
struct Nearby {
  alignas(64) float u[kMost + 16], v[kMost + 16], point[kMost + 16];
  int count = 0;

  HEARTH_INLINE Nearby() {}
  // Lanes after the last one are at no corner.
  HEARTH_INLINE void close(const Place& end) {
    for (int i = count; i < count + 16; ++i) u[i] = end.u, v[i] = end.v;
  }
  // The one farthest below the chord, if any is.
  HEARTH_INLINE bool below(const Place& p, const Place& q, Place& found) const {
    Chord chord(p, q);
    Least least, none;
    F index = counting();
    for (int i = 0; i < count; i += kLanes) {
      least.see(chord.height(load(u + i), load(v + i)), index);
      index = index + set(static_cast<float>(kLanes));
    }
    float height;
    int i = which(least, none, height);
    found = {u[i], v[i], static_cast<int>(point[i])};
    // Strictly between the two, whatever rounding made of the heights: so the search ends.
    return height < chord.limit && found.u > p.u && found.u < q.u;
  }
};

// The envelope, over a range of t, of all points for the numbers x with the weights w, both finite. With `flip`,
// one of the numbers has the wrong sign, whichever costs least.
// First u and v of all points. What lies below the line between the range's ends is little, what lies below the
// lines from there to the corner farthest from it is less, and all other corners are in that: each round then
// looks for one between any two neighbours.
template <class Book>
void find_envelope(const Book& book, const typename Book::Fields& fields, const float* x, const float* w,
                   bool flip, const Range& range, Envelope& to) {
  PointTables tables;
  fill<Book>(fields, x, w, tables);
  float tables_u[4][16], tables_v[4][16];
  for (int f = 0; f < 4; ++f) {
    for (int i = 0; i < 16; i += kLanes) {
      F a = load(tables.a[f] + i), b = load(tables.b[f] + i);
      store(tables_u[f] + i, a - set(2 * range.from) * b);
      store(tables_v[f] + i, a - set(2 * range.to) * b);
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
      F point_u = lookup_sum(tables_u, code), point_v = lookup_sum(tables_v, code);
      if (flip) {
        F least = lookup_least(tables.least, code);
        point_u = point_u + set(4 * range.from) * least;
        point_v = point_v + set(4 * range.to) * least;
      }
      store(u + at, point_u);
      store(v + at, point_v);
      least_u[j].see(point_u, index);
      least_v[j].see(point_v, index);
      index = index + step;
    }
  }
  float value;
  int first = which(least_u[0], least_u[1], value), last = which(least_v[0], least_v[1], value);

  constexpr int kCorners = 64;
  Place places[2][kCorners] = {{{u[first], v[first], first}, {u[last], v[last], last}}, {}};
  bool done[2][kCorners] = {{false, true}, {}};  // between this corner and the next there is none
  int n = 2;

  Nearby<Book::kPoints> nearby;
  Chord whole(places[0][0], places[0][1]);
  index = counting();
  for (int i = 0; i < Book::kPoints; i += kLanes) {
    M below = whole.height(load(u + i), load(v + i)) < set(whole.limit);
    nearby.count += keep(nearby.point + nearby.count, below, index);
    index = index + step;
  }
  for (int i = 0; i < nearby.count; ++i) {
    int point = static_cast<int>(nearby.point[i]);
    nearby.u[i] = u[point];
    nearby.v[i] = v[point];
  }
  nearby.close(places[0][0]);

  Place middle;
  if (nearby.below(places[0][0], places[0][1], middle)) {
    Chord left(places[0][0], middle), right(middle, places[0][1]);
    int kept = 0;
    for (int i = 0; i < nearby.count; i += kLanes) {
      F near_u = load(nearby.u + i), near_v = load(nearby.v + i), point = load(nearby.point + i);
      M below = min(left.height(near_u, near_v) - set(left.limit),
                    right.height(near_u, near_v) - set(right.limit)) < set(0.0f);
      keep(nearby.u + kept, below, near_u);
      keep(nearby.v + kept, below, near_v);
      kept += keep(nearby.point + kept, below, point);
    }
    nearby.count = kept;
    nearby.close(places[0][0]);
    places[0][2] = places[0][1];
    places[0][1] = middle;
    done[0][1] = false;
    done[0][2] = true;
    n = 3;
  }

  int now = 0;
  for (bool more = true; more; now ^= 1) {
    const Place* from = places[now];
    Place* next = places[now ^ 1];
    int made = 0;
    more = false;
    for (int i = 0; i < n; ++i) {
      next[made] = from[i];
      Place found;
      bool split = !done[now][i] && made + n - i < kCorners && nearby.below(from[i], from[i + 1], found);
      done[now ^ 1][made++] = !split;
      if (split) {
        next[made] = found;
        done[now ^ 1][made++] = false;
        more = true;
      }
    }
    n = made;
  }

  to.clear();
  for (int i = 0; i < n; ++i) {
    int point = places[now][i].point;
    float a = 0, b = 0, least = INFINITY;
    for (int f = 0; f < 4; ++f) {
      int code = book.codes[point] >> (4 * f) & 15;
      a += tables.a[f][code];
      b += tables.b[f][code];
      least = tables.least[f][code] < least ? tables.least[f][code] : least;
    }
    append(to, a, flip ? b - 2 * least : b, point);
  }
}

// Rows of blocks: Encoder makes an Encoder::Block of a BlockInput.
template <class Encoder>
void encode_blocks(const float* from, const float* importance, std::byte* to, int64_t count) {
  using Block = typename Encoder::Block;
  Encoder encoder;
  BlockInput input;
  for (; count > 0; count -= 256, from += 256, to += sizeof(Block)) {
    Block block{};
    if (input.take(from, importance)) encoder.encode(input, block);
    std::memcpy(to, &block, sizeof block);
    if (importance) importance += 256;
  }
}

}  // namespace hearth::HEARTH_SIMD
