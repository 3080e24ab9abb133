namespace hearth::HEARTH_SIMD {

using cpu::InputPairs;
using cpu::kInputPairs;

// Weights in bf16, two columns in a lane, times inputs that are rounded to it. Each product is exact, and sums are of
// f32; a row's sum is a chain for each kInputPairs columns, and these in order.
struct PairPanel {
  using Piece = InputPairs;
  static constexpr int kVectors = kFloatPanelRows / kLanes;
  static constexpr int kPairBytes = kFloatPanelRows * 4;

  // Some columns times n lines.
  template <int n>
  static void add_tile(const std::byte* w, const InputPairs* lines, int columns, float* sums, Ahead ahead) {
    const uint16_t* line = lines->x;
    F acc[n][kVectors];
    HEARTH_UNROLLED for (int t = 0; t < n; ++t) {
      HEARTH_UNROLLED for (int v = 0; v < kVectors; ++v) acc[t][v] = set(0.0f);
    }
    for (int c = 0; c < columns; c += 2, line += 2, w += kPairBytes) {
      ahead.next<n>();
      I pairs[kVectors];
      for (int v = 0; v < kVectors; ++v) pairs[v] = load_i32(w + v * 4 * kLanes);
      for (int t = 0; t < n; ++t) {
        float bytes;  // a pair
        std::memcpy(&bytes, line + t * kInputPairs, sizeof bytes);
        const I numbers = bits(set(bytes));
        for (int v = 0; v < kVectors; ++v) acc[t][v] = dot_pairs(acc[t][v], pairs[v], numbers);
      }
    }
    HEARTH_UNROLLED for (int t = 0; t < n; ++t) {
      HEARTH_UNROLLED for (int v = 0; v < kVectors; ++v, sums += kLanes) store(sums, load(sums) + acc[t][v]);
    }
  }

  static void product(const std::byte* panel, int64_t columns, const PanelLines& lines, float* sums) {
    for (int i = 0; i < lines.count * kVectors; ++i) store(sums + i * kLanes, set(0.0f));
    const auto* x = static_cast<const InputPairs*>(lines.inputs);
    for (int64_t from = 0; from < columns; from += kInputPairs, x += lines.lines) {
      const int count = static_cast<int>(columns - from < kInputPairs ? columns - from : kInputPairs);
      const std::byte* w = panel + from / 2 * kPairBytes;
      add_tiles<PairPanel>(w, lines, x, count, sums, {w, kPairBytes});
    }
  }
};

inline cpu::PanelFormat pair_panel_format(Type type) {
  if (type != Type::bf16) return {};
  return {.one = PairPanel::product,
          .many = PairPanel::product,
          .rows = kFloatPanelRows,
          .run_bytes = PairPanel::kPairBytes,
          .run_columns = 2,
          .inputs = InputForm::pairs};
}

}  // namespace hearth::HEARTH_SIMD
