// Keys and values where they lie: how each type keeps them, scores of queries with keys, and sums of values.

namespace hearth::HEARTH_SIMD {

using cpu::KeptKernels;
using cpu::Query;
using cpu::Segment;

// A kept type K has its keys in groups of kGroup numbers, which take kBytes for each token. K::keys calls
// body(i, k) for each number of a group: k has two vectors of keys, from token `at` of the page on. K::value gives
// numbers i on of a row of values. K::pack makes a row of `width` numbers into the bytes of a token.
// The first kUnit bytes of a group stay together, the others lie apart by tokens.

struct NumberF32 {
  static constexpr int kBytes = 4;
  static HEARTH_INLINE F at(const std::byte* p) { return load(p); }
  static void pack(const float* from, std::byte* to, int64_t width) {
    std::memcpy(to, from, static_cast<size_t>(width) * sizeof(float));
  }
};
struct NumberF16 {
  static constexpr int kBytes = 2;
  static HEARTH_INLINE F at(const std::byte* p) { return load_f16(p); }
  static void pack(const float* from, std::byte* to, int64_t width) {
    for (int64_t i = 0; i < width; i += kLanes) {
      const int n = lanes_at(i, width);
      uint16_t halves[kLanes];
      store_f16(halves, load_up_to(from + i, n));
      std::memcpy(to + 2 * i, halves, static_cast<size_t>(n) * 2);
    }
  }
};
struct NumberBf16 {
  static constexpr int kBytes = 2;
  static HEARTH_INLINE F at(const std::byte* p) { return load_bf16(p); }
  static void pack(const float* from, std::byte* to, int64_t width) { encode_bf16(from, nullptr, to, width); }
};

template <class Number>
struct KeptNumbers {
  static constexpr int kGroup = 1, kBytes = Number::kBytes, kUnit = kBytes;
  template <class Body>
  static HEARTH_INLINE void keys(const std::byte* p, int64_t /*stride*/, int at, Body body) {
    const F k[2] = {Number::at(p + at * kBytes), Number::at(p + (at + kLanes) * kBytes)};
    body(0, k);
  }
  static HEARTH_INLINE F value(const std::byte* row, int64_t i) { return Number::at(row + i * kBytes); }
  static void pack(const float* from, std::byte* to, int64_t width) { Number::pack(from, to, width); }
};

struct KeptQ8_0 {
  static constexpr int kGroup = 32, kBytes = sizeof(Q8_0Block), kUnit = 2;
  template <class Body>
  static HEARTH_INLINE void keys(const std::byte* p, int64_t stride, int at, Body body) {
    const F d[2] = {load_f16(p + 2 * at), load_f16(p + 2 * (at + kLanes))};
    p += 2 * stride + at;
    for (int i = 0; i < 32; ++i, p += stride) {
      const F k[2] = {to_float(load_i8(p)) * d[0], to_float(load_i8(p + kLanes)) * d[1]};
      body(i, k);
    }
  }
  static HEARTH_INLINE F value(const std::byte* row, int64_t i) {
    const std::byte* block = row + i / 32 * kBytes;
    return to_float(load_i8(block + 2 + i % 32)) * set(load_half(block));
  }
  static void pack(const float* from, std::byte* to, int64_t width) { encode_q8_0(from, nullptr, to, width); }
};

struct KeptQ4_0 {
  static constexpr int kGroup = 32, kBytes = sizeof(Q4_0Block), kUnit = 2;
  template <class Body>
  static HEARTH_INLINE void keys(const std::byte* p, int64_t stride, int at, Body body) {
    const F d[2] = {load_f16(p + 2 * at), load_f16(p + 2 * (at + kLanes))};
    const F less[2] = {d[0] * set(-8.0f), d[1] * set(-8.0f)};
    p += 2 * stride + at;
    for (int i = 0; i < 16; ++i, p += stride) {
      const I both[2] = {load_u8(p), load_u8(p + kLanes)};
      F k[2];
      for (int v = 0; v < 2; ++v) k[v] = fma(to_float(both[v] & set(15)), d[v], less[v]);
      body(i, k);
      for (int v = 0; v < 2; ++v) k[v] = fma(to_float(right<4>(both[v])), d[v], less[v]);
      body(i + 16, k);
    }
  }
  static HEARTH_INLINE F value(const std::byte* row, int64_t i) {
    const std::byte* block = row + i / 32 * kBytes;
    const I both = load_u8(block + 2 + i % 16);
    return to_float((i % 32 < 16 ? both & set(15) : right<4>(both)) - set(8)) * set(load_half(block));
  }
  static void pack(const float* from, std::byte* to, int64_t width) { encode_q4_0(from, nullptr, to, width); }
};

// Calls Tile::of<n>(at, n of the queries), as many at once as registers allow.
template <class Tile>
HEARTH_INLINE void in_tiles(int count, const Tile& tile) {
  int at = 0;
  if constexpr (kRegisters >= 32) {
    for (; at + 6 <= count; at += 6) tile.template of<6>(at);
  }
  if constexpr (kRegisters >= 16) {
    for (; at + 4 <= count; at += 4) tile.template of<4>(at);
    if (at + 2 <= count) tile.template of<2>(at), at += 2;
  }
  for (; at < count; ++at) tile.template of<1>(at);
}

template <int n>
struct ScoreEach {
  Query* const* queries;
  F (*sums)[2];
  int64_t from;  // the group's first number
  HEARTH_INLINE void operator()(int i, const F* k) const {
    for (int l = 0; l < n; ++l) {
      F q = set(queries[l]->q[from + i]);
      for (int v = 0; v < 2; ++v) sums[l][v] = fma(q, k[v], sums[l][v]);
    }
  }
};

// Memory that is fetched a share at a time, so that it is asked for as evenly as it comes.
class Fetch {
 public:
  HEARTH_INLINE Fetch(std::span<const std::span<const std::byte>> pieces, int64_t shares) : pieces_(pieces) {
    int64_t bytes = 0;
    for (const auto& piece : pieces) bytes += static_cast<int64_t>(piece.size());
    lines_ = (bytes + 64 * shares - 1) / (64 * shares);
  }
  HEARTH_INLINE void share() {
    for (int64_t i = 0; i < lines_ && !pieces_.empty(); ++i) {
      prefetch_second(pieces_.front().data() + at_);
      at_ += 64;
      if (at_ < pieces_.front().size()) continue;
      pieces_ = pieces_.subspan(1);
      at_ = 0;
    }
  }

 private:
  std::span<const std::span<const std::byte>> pieces_;
  int64_t lines_ = 0;
  size_t at_ = 0;  // of the first piece
};

// Numbers one after the other, two vectors of keys.
template <class K>
struct ScoreTile {
  Query* const* queries;
  const Segment& segment;
  int64_t stride, width;
  int from;  // key of the segment
  Fetch& values;

  template <int n>
  HEARTH_INLINE void of(int first) const {
    F sums[n][2];
    for (int l = 0; l < n; ++l) sums[l][0] = sums[l][1] = set(0.0f);
    const std::byte* p = segment.keys;
    for (int64_t i = 0; i < width; i += K::kGroup, p += stride * K::kBytes) {
      if (first == 0) values.share();
      K::keys(p, stride, segment.at + from, ScoreEach<n>{queries + first, sums, i});
    }
    for (int l = 0; l < n; ++l) {
      for (int v = 0; v < 2; ++v)
        store(queries[first + l]->scores + segment.first + from + v * kLanes, sums[l][v]);
    }
  }
};

template <class K>
void score(Query* const* queries, int count, const Segment& segment, int64_t stride, int64_t width) {
  const int64_t pairs = (segment.count + 2 * kLanes - 1) / (2 * kLanes);
  Fetch values({&segment.after, 1}, pairs * ((width + K::kGroup - 1) / K::kGroup));
  for (int from = 0; from < segment.count; from += 2 * kLanes)
    in_tiles(count, ScoreTile<K>{queries, segment, stride, width, from, values});
}

// Some keys at once, as rows: a vector holds many numbers of one key, so that each score is summed across lanes.
template <class K>
struct ScoreRowsTile {
  Query* const* queries;
  const Segment& segment;
  int64_t row_bytes, width;

  template <int n>
  HEARTH_INLINE void of(int first) const {
    constexpr int kKeys = n * 4 <= (kRegisters >= 32 ? 24 : 8) ? 4 : 2;
    Query* const* const some = queries + first;
    for (int u = 0; u < segment.count; u += kKeys) {
      const std::byte* rows[kKeys];
      for (int j = 0; j < kKeys; ++j)  // behind the last there may be no key
        rows[j] = segment.values + (u + j < segment.count ? u + j : segment.count - 1) * row_bytes;
      F products[n * kKeys];
      for (F& product : products) product = set(0.0f);
      int64_t i = 0;
      for (; i + kLanes <= width; i += kLanes)
        add<n, kKeys>(products, rows, i, [&](int l) { return load(some[l]->q + i); });
      // Rows are padded with zeros, queries are not.
      if (i < width) {
        const int rest = static_cast<int>(width - i);
        add<n, kKeys>(products, rows, i, [&](int l) { return load_up_to(some[l]->q + i, rest); });
      }
      float scores[n * kKeys];
      for (int p = 0; p < n * kKeys; p += 4)
        sums(scores + p, products[p], products[p + 1], products[p + 2], products[p + 3]);
      for (int l = 0; l < n; ++l) {
        float* to = some[l]->scores + segment.first + u;
        for (int j = 0; j < kKeys && u + j < segment.count; ++j) to[j] = scores[l * kKeys + j];
      }
    }
  }

  template <int n, int keys, class Load>
  static HEARTH_INLINE void add(F* products, const std::byte* const* rows, int64_t i, Load query) {
    F k[keys];
    for (int j = 0; j < keys; ++j) k[j] = K::value(rows[j], i);
    for (int l = 0; l < n; ++l) {
      const F q = query(l);
      for (int j = 0; j < keys; ++j) products[l * keys + j] = fma(q, k[j], products[l * keys + j]);
    }
  }
};

template <class K>
void score_rows(Query* const* queries, int count, const Segment& segment, int64_t row_bytes, int64_t width) {
  in_tiles(count, ScoreRowsTile<K>{queries, segment, row_bytes, width});
}

// Keys one after the other, some vectors of their values.
template <class V, int vectors>
struct GatherTile {
  Query* const* queries;
  std::span<const Segment> segments;
  int64_t row_bytes, at;
  Fetch& next;

  template <int n>
  HEARTH_INLINE void of(int first) const {
    Query* const* const some = queries + first;
    F sums[n][vectors];
    HEARTH_UNROLLED for (int l = 0; l < n; ++l) {
      for (int v = 0; v < vectors; ++v)
        sums[l][v] = load(some[l]->out + at + v * kLanes) * set(some[l]->fade);
    }
    for (const Segment& segment : segments) {
      const int from = some[0]->from > segment.first ? some[0]->from - segment.first : 0;
      const int to =
          some[0]->to - segment.first < segment.count ? some[0]->to - segment.first : segment.count;
      const std::byte* row = segment.values + from * row_bytes;
      for (int u = from; u < to; ++u, row += row_bytes) {
        if (first == 0) next.share();
        F x[vectors];
        for (int v = 0; v < vectors; ++v) x[v] = V::value(row, at + v * kLanes);
        for (int l = 0; l < n; ++l) {
          F p = set(some[l]->scores[segment.first + u]);
          for (int v = 0; v < vectors; ++v) sums[l][v] = fma(p, x[v], sums[l][v]);
        }
      }
    }
    HEARTH_UNROLLED for (int l = 0; l < n; ++l) {
      for (int v = 0; v < vectors; ++v) store(some[l]->out + at + v * kLanes, sums[l][v]);
    }
  }
};

template <class V>
void gather(Query* const* queries, int count, std::span<const Segment> segments, int64_t row_bytes,
            int64_t width, std::span<const std::span<const std::byte>> ahead) {
  // Rows are read from end to end, where there are registers for as many sums.
  constexpr int kMost = kRegisters >= 32 ? 4 : 2;
  Fetch next(ahead, cpu::kBlock * ((width + kMost * kLanes - 1) / (kMost * kLanes)));
  int64_t at = 0;
  for (; at + kMost * kLanes <= width; at += kMost * kLanes)
    in_tiles(count, GatherTile<V, kMost>{queries, segments, row_bytes, at, next});
  for (; at < width; at += 2 * kLanes)
    in_tiles(count, GatherTile<V, 2>{queries, segments, row_bytes, at, next});
}

template <class K>
constexpr KeptKernels kernels_of() {
  return {K::kUnit, K::kBytes, K::kGroup, K::pack, score<K>, score_rows<K>, gather<K>};
}

inline KeptKernels kept(Type type) {
  switch (type) {
    case Type::f16: return kernels_of<KeptNumbers<NumberF16>>();
    case Type::bf16: return kernels_of<KeptNumbers<NumberBf16>>();
    case Type::q8_0: return kernels_of<KeptQ8_0>();
    case Type::q4_0: return kernels_of<KeptQ4_0>();
    default: return kernels_of<KeptNumbers<NumberF32>>();
  }
}

}  // namespace hearth::HEARTH_SIMD
