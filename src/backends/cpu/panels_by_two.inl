// Products of many lines where a set multiplies two of them at once (simd/neon_i8mm.h). The sums are whole numbers, so
// they are those of a line alone.

namespace hearth::HEARTH_SIMD {

template <class Codes, class Layout>
struct PanelByTwo : Panel<Codes, Layout> {
  using Base = Panel<Codes, Layout>;
  using Scales = typename Base::Scales;

  static HEARTH_INLINE Two less(int32_t x, int32_t y) {
    constexpr int kShift = Codes::kOffset < 0 ? 0 : Codes::kOffset;
    return Codes::kOffset < 0 ? two(0, 0) : two(x << kShift, y << kShift);
  }

  // Woven codes with a block of each line.
  static HEARTH_INLINE void add_blocks(const I* w, const BlockScales& s, const cpu::InputBlock& x,
                                       const cpu::InputBlock& y, F& acc_x, F& acc_y) {
    if constexpr (Scales::kHalves) {
      Two front = less(x.less_first, y.less_first),
          back = less(x.less_all - x.less_first, y.less_all - y.less_first);
      for (int j = 0; j < 4; j += 2) {
        front = dot(front, w[j], w[j + 1], x.q + 4 * j, y.q + 4 * j);
        back = dot(back, w[4 + j], w[5 + j], x.q + 16 + 4 * j, y.q + 16 + 4 * j);
      }
      acc_x = Base::add(first(front), first(back), s, x, acc_x);
      acc_y = Base::add(second(front), second(back), s, y, acc_y);
    } else {
      Two all = less(x.less_all, y.less_all);
      for (int j = 0; j < 8; j += 2) all = dot(all, w[j], w[j + 1], x.q + 4 * j, y.q + 4 * j);
      acc_x = Base::add(first(all), s, x, acc_x);
      acc_y = Base::add(second(all), s, y, acc_y);
    }
  }

  static void many(const std::byte* panel, int64_t columns, const cpu::PanelLines& lines, float* sums) {
    static_assert(kPanelVectors == 1);
    for (int i = 0; i < lines.count; ++i) store(sums + i * kLanes, set(0.0f));
    const auto* x = static_cast<const cpu::InputBlock*>(lines.inputs);
    for (int64_t left = columns / 32; left > 0; left -= Base::kBlocks, panel += Base::kBytes) {
      const int n = left < Base::kBlocks ? static_cast<int>(left) : Base::kBlocks;
      for (int b = 0; b < n; ++b, x += lines.lines) {
        I w[1][8];
        BlockScales s;
        Base::fetch(panel, b);
        Base::unpack(panel, b, w, &s);
        for (int j = 0; j < 8; j += 2) weave(w[0][j], w[0][j + 1]);
        float* sum = sums;
        int i = 0;
        for (; i + 1 < lines.count; i += 2, sum += 2 * kLanes) {
          F acc_x = load(sum), acc_y = load(sum + kLanes);
          add_blocks(w[0], s, x[lines.at[i]], x[lines.at[i + 1]], acc_x, acc_y);
          store(sum, acc_x);
          store(sum + kLanes, acc_y);
        }
        if (i < lines.count) {  // the last, beside itself
          F acc = load(sum), again = acc;
          add_blocks(w[0], s, x[lines.at[i]], x[lines.at[i]], acc, again);
          store(sum, acc);
        }
      }
    }
  }
};

}  // namespace hearth::HEARTH_SIMD
