namespace hearth::HEARTH_SIMD {

using cpu::InputChunk;
using cpu::InputForm;
using cpu::kFloatPanelRows;
using cpu::kInputChunk;
using cpu::PanelLines;

// Weights that are floats. A panel has, column after column, the numbers of kFloatPanelRows rows side by side. They are
// multiplied in f32 with inputs as they are; a row's sum is a chain for each kInputChunk columns, and these in order.
template <class D>
struct FloatPanel {
  using Piece = InputChunk;
  static constexpr int kVectors = kFloatPanelRows / kLanes;
  static constexpr int kColumnBytes = kVectors * D::kStepBytes;

  struct Take {
    F* to;
    HEARTH_INLINE void operator()(int, F v) const { *to = v; }
  };
  static HEARTH_INLINE void take_column(const std::byte* w, F* column) {
    for (int v = 0; v < kVectors; ++v) D::decode(w + v * D::kStepBytes, Take{&column[v]});
  }

  // So far ahead memory is asked for, where it is what the product waits for.
  static constexpr int kAhead = 8192;

  // Some columns times n lines.
  template <int n>
  static HEARTH_INLINE void add_tile(const std::byte* w, const InputChunk* lines, int columns, float* sums) {
    const float* line = lines->x;
    F acc[n][kVectors];
    for (int t = 0; t < n; ++t) {
      for (F& a : acc[t]) a = set(0.0f);
    }
    for (int c = 0; c < columns; ++c, ++line, w += kColumnBytes) {
      if constexpr (n == 1) {
        for (int at = 0; at < kColumnBytes; at += 64) prefetch(w + kAhead + at);
      }
      F column[kVectors];
      take_column(w, column);
      for (int t = 0; t < n; ++t) {
        const F number = set(line[t * kInputChunk]);
        for (int v = 0; v < kVectors; ++v) acc[t][v] = fma(column[v], number, acc[t][v]);
      }
    }
    for (int t = 0; t < n; ++t) {
      for (int v = 0; v < kVectors; ++v, sums += kLanes) store(sums, load(sums) + acc[t][v]);
    }
  }

  static void one(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums) {
    for (int v = 0; v < kVectors; ++v) store(sums + v * kLanes, set(0.0f));
    const auto* x = static_cast<const InputChunk*>(lines.inputs) + lines.at[0];
    for (int64_t from = 0; from < columns; from += kInputChunk, x += lines.lines) {
      const int count = static_cast<int>(columns - from < kInputChunk ? columns - from : kInputChunk);
      add_tile<1>(panel + from * kColumnBytes, x, count, sums);
    }
  }

  // A chunk is made wide once, and stays near while all lines meet it.
  static void many(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums);
};

// Lines whose sums stay in registers, beside a column and an input.
inline constexpr int kFloatTile = kRegisters < 16 ? 1 : (kRegisters - 4) / (kFloatPanelRows / kLanes);

// The lines from the first on, in the largest tiles, whose inputs are copied where they do not lie side by side.
template <class Panel, int n, class Piece = typename Panel::Piece>
HEARTH_INLINE void add_tiles(const std::byte* w, const PanelLines& lines, int first, const Piece* x,
                             int columns, float* sums) {
  for (; lines.count - first >= n; first += n) {
    const int32_t* at = lines.at + first;
    const Piece* tile = x + at[0];
    Piece copies[n];
    bool apart = false;
    for (int t = 1; t < n; ++t) apart |= at[t] != at[0] + t;
    if (apart) {
      for (int t = 0; t < n; ++t) copies[t] = x[at[t]];
      tile = copies;
    }
    Panel::template add_tile<n>(w, tile, columns, sums + first * kFloatPanelRows);
  }
  if constexpr (n > 1) add_tiles<Panel, n / 2>(w, lines, first, x, columns, sums);
}

template <class D>
void FloatPanel<D>::many(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums) {
  for (int i = 0; i < lines.count * kVectors; ++i) store(sums + i * kLanes, set(0.0f));
  float chunk[kInputChunk * kFloatPanelRows];
  const auto* x = static_cast<const InputChunk*>(lines.inputs);
  for (int64_t from = 0; from < columns; from += kInputChunk, x += lines.lines) {
    const int count = static_cast<int>(columns - from < kInputChunk ? columns - from : kInputChunk);
    for (int c = 0; c < count; ++c, panel += kColumnBytes) {
      for (int at = 0; at < kColumnBytes; at += 64) prefetch(panel + kAhead + at);
      F column[kVectors];
      take_column(panel, column);
      for (int v = 0; v < kVectors; ++v) store(chunk + c * kFloatPanelRows + v * kLanes, column[v]);
    }
    add_tiles<FloatPanel<F32>, kFloatTile>(reinterpret_cast<const std::byte*>(chunk), lines, 0, x, count,
                                           sums);
  }
}

inline cpu::PanelFormat float_panel_format(Type type) {
  switch (type) {
#define X(name, D)                                    \
  case Type::name:                                    \
    return {.one = FloatPanel<D>::one,                \
            .many = FloatPanel<D>::many,              \
            .rows = kFloatPanelRows,                  \
            .run_bytes = FloatPanel<D>::kColumnBytes, \
            .run_columns = 1,                         \
            .inputs = InputForm::chunks};
    X(f32, F32)
    X(f16, F16)
    X(bf16, Bf16)
#undef X
    default: return {};
  }
}

}  // namespace hearth::HEARTH_SIMD
