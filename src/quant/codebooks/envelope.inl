namespace hearth::HEARTH_SIMD {

// Of four bits of a code, what they add to a and b, and the smallest w x g among them.
struct PointTables {
  float a[4][16], b[4][16], least[4][16];
};

template <class Book>
HEARTH_INLINE void fill(const typename Book::Fields& fields, const float* x, const float* w,
                        PointTables& to) {
  constexpr int n = Book::kFieldDigits;
  for (int f = 0; f < 4; ++f) {
    for (int i = 0; i < 16; i += kLanes) {
      F a = set(0.0f), b = set(0.0f), least = set(0.0f);
      for (int j = 0; j < n; ++j) {
        F level = load(fields.levels[j] + i), weight = set(w[f * n + j]);
        F product = weight * set(x[f * n + j]) * level;
        a = a + weight * level * level;
        b = b + product;
        least = j == 0 ? product : min(least, product);
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
// Of numbers that two have seen, so that neither waits for the other.
HEARTH_INLINE int which(const Least& one, const Least& other, float& value) {
  value = least_lane(min(one.value, other.value));
  const F never = set(INFINITY), least = set(value);
  F first = min(select(least < one.value, never, one.index), select(least < other.value, never, other.index));
  return static_cast<int>(least_lane(first));
}

HEARTH_INLINE F counting(int from) {
  static constexpr float kCounting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(kCounting) + set(static_cast<float>(from));
}

struct Place {
  float a, b;
  int point;
};

// Places on one side of the line through two of them: a * run - b * rise is less there than on the line.
struct Chord {
  float run, rise, limit;

  HEARTH_INLINE Chord(const Place& p, const Place& q) : run(q.b - p.b), rise(q.a - p.a) {
    float at_p = p.a * run - p.b * rise, at_q = q.a * run - q.b * rise;
    limit = at_p < at_q ? at_p : at_q;
  }
  HEARTH_INLINE F height(F a, F b) const { return a * set(run) - b * set(rise); }
};

// The envelope, over a range of scales, of all points for the numbers x with the weights w, both finite. With
// `flip`, one of the numbers has the wrong sign, whichever costs least.
// First a and b of all points, and the best points for the two ends and the middle of the range. What lies beyond
// the lines between these is little, and all other corners are in it: each round looks for one between any two
// neighbours.
template <class Book>
void find_envelope(const Book& book, const typename Book::Fields& fields, const float* x, const float* w,
                   bool flip, const Range& range, Envelope& to) {
  alignas(64) float a[Book::kPoints], b[Book::kPoints];
  alignas(64) float near_a[Book::kPoints + 16], near_b[Book::kPoints + 16], near_point[Book::kPoints + 16];
  PointTables tables;
  fill<Book>(fields, x, w, tables);

  Least ends[3][2];
  const F twice[3] = {set(2 * range.from), set(2 * range.middle), set(2 * range.to)};
  for (int i = 0; i < Book::kPoints; i += 2 * kLanes) {
    for (int j = 0; j < 2; ++j) {
      const int at = i + j * kLanes;
      I code = load_u16(book.codes + at);
      F index = counting(at), va = lookup_sum(tables.a, code), vb = lookup_sum(tables.b, code);
      if (flip) vb = vb - set(2.0f) * lookup_least(tables.least, code);
      store(a + at, va);
      store(b + at, vb);
      for (int e = 0; e < 3; ++e) ends[e][j].see(va - twice[e] * vb, index);
    }
  }
  constexpr int kCorners = 64;
  Place places[2][kCorners];
  int n = 0;
  for (auto& end : ends) {
    float value;
    int point = which(end[0], end[1], value);
    places[0][n++] = {a[point], b[point], point};
  }

  Chord left(places[0][0], places[0][1]), right(places[0][1], places[0][2]);
  int count = 0;
  for (int i = 0; i < Book::kPoints; i += kLanes) {
    F va = load(a + i), vb = load(b + i);
    F beyond = min(left.height(va, vb) - set(left.limit), right.height(va, vb) - set(right.limit));
    M near = beyond < set(0.0f);
    count += keep(near_point + count, near, counting(i));
  }
  for (int i = 0; i < count; ++i) {
    int point = static_cast<int>(near_point[i]);
    near_a[i] = a[point];
    near_b[i] = b[point];
  }
  for (int i = count; i < count + 16; ++i) near_a[i] = places[0][0].a, near_b[i] = places[0][0].b;

  // done[i]: between corner i and the next there is none.
  bool done[2][kCorners] = {{count == 0, count == 0, true}, {}};
  int now = 0;
  for (bool more = true; more; now ^= 1) {
    const Place* from = places[now];
    Place* next = places[now ^ 1];
    int made = 0;
    more = false;
    for (int i = 0; i < n; ++i) {
      next[made] = from[i];
      bool search = !done[now][i] && n - i + made + 2 <= kCorners;
      done[now ^ 1][made++] = !search;
      if (!search) continue;
      Chord chord(from[i], from[i + 1]);
      Least lowest, none;
      for (int j = 0; j < count; j += kLanes) {
        lowest.see(chord.height(load(near_a + j), load(near_b + j)), counting(j));
      }
      float value;
      int at = which(lowest, none, value);
      // Strictly between the two, whatever rounding made of the heights: so this ends.
      if (value < chord.limit && near_b[at] > from[i].b && near_b[at] < from[i + 1].b) {
        next[made] = {near_a[at], near_b[at], static_cast<int>(near_point[at])};
        done[now ^ 1][made++] = false;
        more = true;
      } else {
        done[now ^ 1][made - 1] = true;
      }
    }
    n = made;
  }
  to.clear();
  for (int i = 0; i < n; ++i) append(to, places[now][i].a, places[now][i].b, places[now][i].point);
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
