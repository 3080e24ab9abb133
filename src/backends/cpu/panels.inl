namespace hearth::HEARTH_SIMD {

inline constexpr int kPanelVectors = kRegisters >= 32 ? 2 : 1;  // side by side in a panel
inline constexpr int kPanelRows = kPanelVectors * kLanes;
inline constexpr int kV = 4 * kLanes;  // bytes of a vector

// Codes of 32 columns: w[j] has columns 4j to 4j + 3 of each row.

// Twice the bit.
struct Plain1 : cpu::CodeLayout<1, 0> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    I h = load_i32(p), bit = set(0x02020202);
    w[0] = left<1>(h) & bit;
    w[1] = h & bit;
    w[2] = right<1>(h) & bit;
    w[3] = right<2>(h) & bit;
    w[4] = right<3>(h) & bit;
    w[5] = right<4>(h) & bit;
    w[6] = right<5>(h) & bit;
    w[7] = right<6>(h) & bit;
  }
};

template <int offset>
struct Plain4 : cpu::CodeLayout<4, offset> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    for (int j = 0; j < 4; ++j) {
      I both = load_i32(p + j * kV);
      w[j] = both & set(0x0f0f0f0f);
      w[4 + j] = right<4>(both) & set(0x0f0f0f0f);
    }
  }
};

template <int offset>
struct Plain5 : cpu::CodeLayout<5, offset> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    Plain4<offset>::unpack(p, w);
    I h = load_i32(p + 4 * kV), bit = set(0x10101010);
    w[0] = w[0] | (left<4>(h) & bit);
    w[1] = w[1] | (left<3>(h) & bit);
    w[2] = w[2] | (left<2>(h) & bit);
    w[3] = w[3] | (left<1>(h) & bit);
    w[4] = w[4] | (h & bit);
    w[5] = w[5] | (right<1>(h) & bit);
    w[6] = w[6] | (right<2>(h) & bit);
    w[7] = w[7] | (right<3>(h) & bit);
  }
};

struct Plain6 : cpu::CodeLayout<6, 5> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    Plain4<-1>::unpack(p, w);
    for (int half = 0; half < 2; ++half, w += 4) {
      I h = load_i32(p + (4 + half) * kV), bits = set(0x30303030);
      w[0] = w[0] | (left<4>(h) & bits);
      w[1] = w[1] | (left<2>(h) & bits);
      w[2] = w[2] | (h & bits);
      w[3] = w[3] | (right<2>(h) & bits);
    }
  }
};

struct Plain8 : cpu::CodeLayout<8, 7> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    for (int j = 0; j < 8; ++j) w[j] = load_i32(p + j * kV);
  }
};

template <int offset>
struct Plain2 : cpu::CodeLayout<2, offset> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    for (int half = 0; half < 2; ++half, w += 4) {
      I q = load_i32(p + half * kV), bits = set(0x03030303);
      w[0] = q & bits;
      w[1] = right<2>(q) & bits;
      w[2] = right<4>(q) & bits;
      w[3] = right<6>(q) & bits;
    }
  }
};

template <int offset>
struct Plain3 : cpu::CodeLayout<3, offset> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    Plain2<-1>::unpack(p, w);
    I h = load_i32(p + 2 * kV), bit = set(0x04040404);
    w[0] = w[0] | (left<2>(h) & bit);
    w[1] = w[1] | (left<1>(h) & bit);
    w[2] = w[2] | (h & bit);
    w[3] = w[3] | (right<1>(h) & bit);
    w[4] = w[4] | (right<2>(h) & bit);
    w[5] = w[5] | (right<3>(h) & bit);
    w[6] = w[6] | (right<4>(h) & bit);
    w[7] = w[7] | (right<5>(h) & bit);
  }
};

// Codes that stand for numbers, in a table 1 << offset above them.
template <class Plain, const std::array<uint8_t, 16>& table, int offset>
struct TableCodes : cpu::CodeLayout<Plain::kBits, offset> {
  static HEARTH_INLINE void unpack(const std::byte* p, I* w) {
    Plain::unpack(p, w);
    for (int j = 0; j < 8; ++j) w[j] = lookup_bytes(table.data(), w[j]);
  }
};
template <const std::array<uint8_t, 16>& table>
using Table3 = TableCodes<Plain3<-1>, table, 6>;
template <const std::array<uint8_t, 16>& table>
using Table4 = TableCodes<Plain4<-1>, table, 6>;
using Iq4Codes = TableCodes<Plain4<-1>, cpu::kIq4Bytes, 7>;

// What the codes of a block are multiplied by: all by `a`, or the last 16 by `b`; and what is added for each.
struct BlockScales {
  F a, b, m, n;
};

// One vector's part of a run's scales: numbers `index` of arrays that begin `at` bytes a row behind the run's beginning.
struct RunScales {
  const std::byte* run;
  int vector;

  HEARTH_INLINE F f16(int at, int index = 0) const { return load_f16(place(at, index, 2)); }
  HEARTH_INLINE I u8(int at, int index) const { return load_u8(place(at, index, 1)); }
  HEARTH_INLINE I i8(int at, int index) const { return load_i8(place(at, index, 1)); }

 private:
  HEARTH_INLINE const std::byte* place(int at, int index, int size) const {
    return run + at * kPanelRows + (index * kPanelRows + vector * kLanes) * size;
  }
};

template <class Layout>
struct ScalesOf;

template <int every>
struct ScalesOf<cpu::HalvesOf<every>> {
  static constexpr bool kHalves = false, kMinimum = false;
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    s.a = from.f16(0, b / every);
  }
};
template <>
struct ScalesOf<cpu::ExponentScales> {
  static constexpr bool kHalves = false, kMinimum = false;
  // 2^(e - 128), of which a half of the exponent is always a normal number.
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    I e = from.u8(0, b), half = right<1>(e);
    s.a = from_bits(left<23>(half + set(63))) * from_bits(left<23>(e - half + set(63)));
  }
};
template <>
struct ScalesOf<cpu::K4Scales> {
  static constexpr bool kHalves = false, kMinimum = true;
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    s.a = from.f16(0) * to_float(from.u8(4, b));
    s.m = from.f16(2) * to_float(from.u8(12, b));
  }
};
template <>
struct ScalesOf<cpu::K6Scales> {
  static constexpr bool kHalves = true, kMinimum = false;
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    F d = from.f16(0);
    s.a = d * to_float(from.i8(4, 2 * b));
    s.b = d * to_float(from.i8(4, 2 * b + 1));
  }
};
template <>
struct ScalesOf<cpu::X4Scales> {
  static constexpr bool kHalves = false, kMinimum = false;
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    s.a = from.f16(0) * to_float(from.i8(4, b));
  }
};
template <>
struct ScalesOf<cpu::K2Scales> {
  static constexpr bool kHalves = true, kMinimum = true;
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    F d = from.f16(0), dmin = from.f16(2);
    I first = from.u8(4, 2 * b), last = from.u8(4, 2 * b + 1);
    s.a = d * to_float(first & set(15));
    s.b = d * to_float(last & set(15));
    s.m = dmin * to_float(right<4>(first));
    s.n = dmin * to_float(right<4>(last));
  }
};
template <>
struct ScalesOf<cpu::ShiftScales> {
  static constexpr bool kHalves = false, kMinimum = true;
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    F d = from.f16(0), multiple = to_float(from.i8(4, b));
    s.a = d * abs(multiple);
    s.m = d * multiple * set(0.125f);
  }
};
template <class Layout>
struct ScalesOf<cpu::Eighths<Layout>> : ScalesOf<Layout> {
  static HEARTH_INLINE void read(const RunScales& from, int b, BlockScales& s) {
    ScalesOf<Layout>::read(from, b, s);
    s.a = s.a * set(0.125f);
    if constexpr (ScalesOf<Layout>::kHalves) s.b = s.b * set(0.125f);
  }
};
// Two numbers for a block: a scale and a minimum where codes are whole numbers, two scales where they stand for
// others.
template <class Codes>
struct PairScales {
  static constexpr bool kHalves = Codes::kOffset >= 0, kMinimum = !kHalves;
  static HEARTH_INLINE void read(const RunScales& from, int, BlockScales& s) {
    s.a = from.f16(0);
    (kHalves ? s.b : s.m) = from.f16(2);
  }
};

template <class Codes, class Layout>
struct ScalesFor {
  using Type = ScalesOf<Layout>;
};
template <class Codes>
struct ScalesFor<Codes, cpu::HalfPairScales> {
  using Type = PairScales<Codes>;
};

template <class Codes, class Layout>
struct Panel {
  using Scales = typename ScalesFor<Codes, Layout>::Type;
  static constexpr int kBlocks = Layout::kBlocks, kCodesAt = Layout::kBytes * kPanelRows;
  static constexpr int kBytes = static_cast<int>(cpu::bytes_of_run<Codes, Layout>(kPanelRows));
  static constexpr int kWidth =
      Codes::kOffset < 0 ? Codes::kBits : Codes::kOffset + 1;  // of what is multiplied

  // Minus the offset of all codes times their bytes.
  static HEARTH_INLINE I less(int32_t sum) {
    if constexpr (Codes::kOffset < 0) {
      return set(0);
    } else {
      return left<Codes::kOffset>(set(sum));
    }
  }

  // A block's sums of products, as whole numbers, on top of what is there: of its first and its last 16 columns, or of
  // all.
  static HEARTH_INLINE F add(I first, I last, const BlockScales& s, const cpu::InputBlock& x, F acc) {
    const F d = set(x.d);
    acc = fma(to_float(first) * s.a, d, acc);
    acc = fma(to_float(last) * s.b, d, acc);
    if constexpr (Scales::kMinimum) {
      acc = fma(s.m * to_float(set(-x.less_first)), d, acc);
      acc = fma(s.n * to_float(set(x.less_first - x.less_all)), d, acc);
    }
    return acc;
  }
  static HEARTH_INLINE F add(I all, const BlockScales& s, const cpu::InputBlock& x, F acc) {
    acc = fma(to_float(all) * s.a, set(x.d), acc);
    if constexpr (Scales::kMinimum) acc = fma(s.m, set(x.sum), acc);
    return acc;
  }

  static HEARTH_INLINE F add_block(const I* w, const BlockScales& s, const cpu::InputBlock& x, F acc) {
    if constexpr (Scales::kHalves) {
      I first = less(x.less_first), last = less(x.less_all - x.less_first);
      for (int j = 0; j < 4; ++j) {
        first = HEARTH_SIMD::dot<kWidth>(first, w[j], four(x.q + 4 * j));
        last = HEARTH_SIMD::dot<kWidth>(last, w[4 + j], four(x.q + 16 + 4 * j));
      }
      return add(first, last, s, x, acc);
    } else {
      I all = less(x.less_all);
      for (int j = 0; j < 8; ++j) all = HEARTH_SIMD::dot<kWidth>(all, w[j], four(x.q + 4 * j));
      return add(all, s, x, acc);
    }
  }

  static HEARTH_INLINE void unpack(const std::byte* run, int b, I (*w)[8], BlockScales* s) {
    for (int k = 0; k < kPanelVectors; ++k) {
      Scales::read({run, k}, b, s[k]);
      Codes::unpack(run + kCodesAt + (b * kPanelVectors + k) * Codes::kBits * kV, w[k]);
    }
  }

  // With one line the processor itself fetches what comes next: it sees a panel in order, if scales are touched before
  // the codes behind them. With many lines it would have to look too far, so weights are asked for.
  static HEARTH_INLINE void fetch(const std::byte* run, int b) {
    constexpr int kShare = kBytes / kBlocks;
    for (int at = 0; at < kShare; at += cpu::kCacheLine) prefetch_second(run + b * kShare + cpu::kAhead + at);
  }
  static HEARTH_INLINE void touch_scales(const std::byte* run) {
    for (int at = 0; at < kCodesAt; at += cpu::kCacheLine) prefetch(run + at);
  }

  HEARTH_IN_ORDER static void one(const std::byte* panel, int64_t columns, const cpu::PanelLines& lines,
                                  float* sums) {
    const cpu::InputBlock* x = static_cast<const cpu::InputBlock*>(lines.inputs) + lines.at[0];
    F acc[kPanelVectors];
    for (F& a : acc) a = set(0.0f);
    for (int64_t left = columns / 32; left > 0; left -= kBlocks, panel += kBytes) {
      const int n = left < kBlocks ? static_cast<int>(left) : kBlocks;
      touch_scales(panel);
      for (int b = 0; b < n; ++b, x += lines.lines) {
        I w[kPanelVectors][8];
        BlockScales s[kPanelVectors];
        unpack(panel, b, w, s);
        for (int k = 0; k < kPanelVectors; ++k) acc[k] = add_block(w[k], s[k], *x, acc[k]);
      }
    }
    for (int k = 0; k < kPanelVectors; ++k) store(sums + k * kLanes, acc[k]);
  }

  // Each block of the weights meets all lines while it is in registers.
  static void many(const std::byte* panel, int64_t columns, const cpu::PanelLines& lines, float* sums) {
    for (int i = 0; i < lines.count * kPanelVectors; ++i) store(sums + i * kLanes, set(0.0f));
    const auto* x = static_cast<const cpu::InputBlock*>(lines.inputs);
    for (int64_t left = columns / 32; left > 0; left -= kBlocks, panel += kBytes) {
      const int n = left < kBlocks ? static_cast<int>(left) : kBlocks;
      for (int b = 0; b < n; ++b, x += lines.lines) {
        I w[kPanelVectors][8];
        BlockScales s[kPanelVectors];
        fetch(panel, b);
        unpack(panel, b, w, s);
        float* sum = sums;
        for (int i = 0; i < lines.count; ++i) {
          const cpu::InputBlock& line = x[lines.at[i]];
          F acc[kPanelVectors];
          for (int k = 0; k < kPanelVectors; ++k)
            acc[k] = add_block(w[k], s[k], line, load(sum + k * kLanes));
          for (int k = 0; k < kPanelVectors; ++k, sum += kLanes) store(sum, acc[k]);
        }
      }
    }
  }
};

template <template <class, class> class Products>
cpu::PanelFormat panel_format_of(Type type) {
  switch (type) {
#define X(name, codes, scales)                              \
  case Type::name:                                          \
    return {.one = Products<codes, cpu::scales>::one,       \
            .many = Products<codes, cpu::scales>::many,     \
            .rows = kPanelRows,                             \
            .vectors = kPanelVectors,                       \
            .run_bytes = Panel<codes, cpu::scales>::kBytes, \
            .run_columns = 32 * cpu::scales::kBlocks};
    HEARTH_PANELS(X)
#undef X
    default: return {};
  }
}
inline cpu::PanelFormat panel_format(Type type) { return panel_format_of<Panel>(type); }

}  // namespace hearth::HEARTH_SIMD
