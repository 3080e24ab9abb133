namespace hearth::HEARTH_SIMD {

using cpu::InputChunk;
using cpu::InputForm;
using cpu::kFloatPanelRows;
using cpu::kInputChunk;
using cpu::PanelLines;

// Asks for weights a little at a time while a product of several lines computes: all at once, that would stand in the
// way of what it reads itself. With one line the processor does it by itself (panels.inl).
struct Ahead {
  const std::byte* at;
  int step;

  Ahead(const std::byte* weights, int step) : at(weights + cpu::kAhead), step(step) {}
  template <int lines>
  HEARTH_INLINE void next() {
    if constexpr (lines > 1) {
      for (int i = 0; i < step; i += cpu::kCacheLine) prefetch_second(at + i);
      at += step;
    }
  }
};

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

  // Some columns times n lines.
  template <int n>
  static void add_tile(const std::byte* w, const InputChunk* lines, int columns, float* sums, Ahead ahead) {
    const float* line = lines->x;
    F acc[n][kVectors];
    HEARTH_UNROLLED for (int t = 0; t < n; ++t) {
      HEARTH_UNROLLED for (int v = 0; v < kVectors; ++v) acc[t][v] = set(0.0f);
    }
    for (int c = 0; c < columns; ++c, ++line, w += kColumnBytes) {
      ahead.next<n>();
      F column[kVectors];
      take_column(w, column);
      for (int t = 0; t < n; ++t) {
        const F number = set(line[t * kInputChunk]);
        for (int v = 0; v < kVectors; ++v) acc[t][v] = fma(column[v], number, acc[t][v]);
      }
    }
    HEARTH_UNROLLED for (int t = 0; t < n; ++t) {
      HEARTH_UNROLLED for (int v = 0; v < kVectors; ++v, sums += kLanes) store(sums, load(sums) + acc[t][v]);
    }
  }

  // With many lines a chunk is made wide once, and stays near while all of them meet it.
  static void product(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums);
};

// Lines whose sums stay in registers, beside a column and an input.
inline constexpr int kFloatTile = kRegisters < 16 ? 1 : (kRegisters - 4) / (kFloatPanelRows / kLanes);

// add_tile for 1 to kFloatTile lines.
template <class Panel, class Sizes>
struct TilesOf;
template <class Panel, int... before>
struct TilesOf<Panel, std::integer_sequence<int, before...>> {
  static constexpr decltype(&Panel::template add_tile<1>) kOf[] = {Panel::template add_tile<before + 1>...};
};

// All lines, in full tiles and two halves, since a tile of a line or two would wait for its own sums. Inputs are copied
// where they do not lie side by side.
template <class Panel, class Piece = typename Panel::Piece>
HEARTH_INLINE void add_tiles(const std::byte* w, const PanelLines& lines, const Piece* x, int columns,
                             float* sums, Ahead ahead) {
  for (int first = 0, n; first < lines.count; first += n, sums += n * kFloatPanelRows) {
    const int left = lines.count - first;
    n = left <= kFloatTile ? left : left >= 2 * kFloatTile ? kFloatTile : left / 2;
    const int32_t* at = lines.at + first;
    const Piece* tile = x + at[0];
    Piece copies[kFloatTile];
    bool apart = false;
    for (int t = 1; t < n; ++t) apart |= at[t] != at[0] + t;
    if (apart) {
      for (int t = 0; t < n; ++t) copies[t] = x[at[t]];
      tile = copies;
    }
    TilesOf<Panel, std::make_integer_sequence<int, kFloatTile>>::kOf[n - 1](w, tile, columns, sums, ahead);
  }
}

template <class D>
void FloatPanel<D>::product(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums) {
  for (int i = 0; i < lines.count * kVectors; ++i) store(sums + i * kLanes, set(0.0f));
  float wide[kInputChunk * kFloatPanelRows];
  const auto* x = static_cast<const InputChunk*>(lines.inputs);
  for (int64_t from = 0; from < columns; from += kInputChunk, x += lines.lines) {
    const int count = static_cast<int>(columns - from < kInputChunk ? columns - from : kInputChunk);
    const std::byte* chunk = panel + from * kColumnBytes;
    const Ahead ahead{chunk, kColumnBytes};
    if (lines.count <= kFloatTile) {
      add_tiles<FloatPanel<D>>(chunk, lines, x, count, sums, ahead);
      continue;
    }
    for (int c = 0; c < count; ++c) {
      F column[kVectors];
      take_column(chunk + c * kColumnBytes, column);
      for (int v = 0; v < kVectors; ++v) store(wide + c * kFloatPanelRows + v * kLanes, column[v]);
    }
    add_tiles<FloatPanel<F32>>(reinterpret_cast<const std::byte*>(wide), lines, x, count, sums, ahead);
  }
}

inline cpu::PanelFormat float_panel_format(Type type) {
  switch (type) {
#define X(name, D)                                    \
  case Type::name:                                    \
    return {.one = FloatPanel<D>::product,            \
            .many = FloatPanel<D>::product,           \
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
