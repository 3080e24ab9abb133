namespace hearth::HEARTH_SIMD {

using cpu::Task;

// Lines [begin, end) of the inputs as bytes. What is not finite stays so: x - x is 0 or no number.
inline void round_input(const cpu::Input& input, void* inputs, int64_t lines, int64_t begin, int64_t end) {
  auto* to = static_cast<cpu::InputBlock*>(inputs);
  constexpr int n = 32 / kLanes;
  for (int64_t l = begin; l < end; ++l) {
    const float* x = input.at(l / input.heads, l % input.heads);
    for (int64_t b = 0; b < input.width / 32; ++b, x += 32) {
      cpu::InputBlock& block = to[b * lines + l];
      F v[n], most = set(0.0f), wrong = set(0.0f);
      for (int i = 0; i < n; ++i) {
        v[i] = load(x + i * kLanes);
        most = max(most, abs(v[i]));
        wrong = wrong + (v[i] - v[i]);
      }
      float top = largest(most);
      bool some = top > 0x1p-110f;
      F by = set(some ? 127.0f / top : 0.0f);
      block.d = (some ? top / 127.0f : 0.0f) + sum(wrong);
      F halves[2] = {set(0.0f), set(0.0f)};
      for (int i = 0; i < n; ++i) {
        I q = nearest(v[i] * by);
        store_i8(block.q + i * kLanes, q);
        halves[2 * i / n] = halves[2 * i / n] + to_float(q);
      }
      const float first = sum(halves[0]), all = first + sum(halves[1]);  // whole numbers
      block.sum = block.d * all;
      const bool finite = block.d - block.d == 0;
      block.less_first = finite ? static_cast<int32_t>(-first) : 0;
      block.less_all = finite ? static_cast<int32_t>(-all) : 0;
    }
  }
}

// And as they are.
inline void spread_input(const cpu::Input& input, void* inputs, int64_t lines, int64_t begin, int64_t end) {
  auto* to = static_cast<cpu::InputChunk*>(inputs);
  for (int64_t l = begin; l < end; ++l) {
    const float* x = input.at(l / input.heads, l % input.heads);
    for (int64_t from = 0; from < input.width; from += cpu::kInputChunk) {
      const int64_t left = input.width - from, some = left < cpu::kInputChunk ? left : cpu::kInputChunk;
      std::memcpy(to[from / cpu::kInputChunk * lines + l].x, x + from,
                  static_cast<size_t>(some) * sizeof(float));
    }
  }
}

// And in bf16.
inline void pair_input(const cpu::Input& input, void* inputs, int64_t lines, int64_t begin, int64_t end) {
  auto* to = static_cast<cpu::InputPairs*>(inputs);
  for (int64_t l = begin; l < end; ++l) {
    const float* x = input.at(l / input.heads, l % input.heads);
    for (int64_t from = 0; from < input.width; from += cpu::kInputPairs) {
      uint16_t* pairs = to[from / cpu::kInputPairs * lines + l].x;
      const int64_t left = input.width - from, some = left < cpu::kInputPairs ? left : cpu::kInputPairs;
      for (int64_t i = 0; i < some; ++i) pairs[i] = bf16_from_f32(x[from + i]);
      for (int64_t i = some; i < cpu::kInputPairs; ++i) pairs[i] = 0;
    }
  }
}

// One panel times `count` lines, line_of(i) being the place of the i-th in x and in y.
template <class LineOf>
void multiply_panel(const cpu::PanelCall& call, const cpu::PanelFormat& format, int64_t which, int64_t panel,
                    int64_t count, const LineOf& line_of, const Task& task) {
  const cpu::PanelMatrix& m = call.matrix;
  const int64_t row = panel * m.panel_rows;
  const int rows = static_cast<int>(m.rows - row < m.panel_rows ? m.rows - row : m.panel_rows);
  const std::byte* bytes = m.bytes + (which * m.panels() + panel) * m.panel_bytes;
  const float* bias = m.bias ? m.bias + which * m.rows + row : nullptr;
  auto* sums = reinterpret_cast<float*>(task.scratch);
  cpu::PanelLines lines;
  lines.inputs = call.inputs;
  lines.lines = task.frame.count(call.x_rows) * call.x_heads;
  for (int64_t first = 0; first < count; first += cpu::kPanelLines) {
    lines.count = static_cast<int32_t>(count - first < cpu::kPanelLines ? count - first : cpu::kPanelLines);
    for (int i = 0; i < lines.count; ++i) line_of(first + i, lines.at[i], lines.y[i]);
    (lines.count == 1 ? format.one : format.many)(bytes, m.columns, lines, sums);
    for (int i = 0; i < lines.count; ++i) {
      const float* sum = sums + i * m.panel_rows;
      float* y = lines.y[i] + row;
      for (int r = 0; r < rows; ++r) y[r] = bias ? sum[r] + bias[r] : sum[r];
    }
  }
}

// Line h of row t, of x and of y.
struct PanelLineAt {
  const cpu::PanelCall& call;
  HEARTH_INLINE void operator()(int64_t t, int64_t h, int32_t& at, float*& y) const {
    at = static_cast<int32_t>(t * call.x_heads + (call.x_heads == 1 ? 0 : h));
    y = call.y.at(t, h);
  }
};
struct PanelLineOfHeads {
  const cpu::PanelCall& call;
  HEARTH_INLINE void operator()(int64_t i, int32_t& at, float*& y) const {
    if (call.y.heads == 1)
      return PanelLineAt{call}(i, 0, at, y);  // divisions take longer than a short product
    PanelLineAt{call}(i / call.y.heads, i % call.y.heads, at, y);
  }
};
struct PanelLineOfRows {
  const cpu::PanelCall& call;
  int64_t head;
  HEARTH_INLINE void operator()(int64_t i, int32_t& at, float*& y) const {
    PanelLineAt{call}(i, head, at, y);
  }
};
struct PanelLineOfChosen {
  const cpu::PanelCall& call;
  const int32_t* places;
  HEARTH_INLINE void operator()(int64_t i, int32_t& at, float*& y) const {
    PanelLineAt{call}(places[i] / call.y.heads, places[i] % call.y.heads, at, y);
  }
};

// Who takes a piece waits until all that it has asked of the memory is there. With few lines, which are soon done with a
// panel, some panels are taken at once, where there are enough.
inline int64_t panels_at_once(int64_t panels, int64_t lines, const Task& task) {
  const int64_t most = lines > 1 ? 4 / lines : 4, some = panels / (8 * task.worker.count);
  return most < 1 || some < 1 ? 1 : most < some ? most : some;
}

inline void panel_linear(const cpu::PanelCall& call, const cpu::PanelFormat& format, const Task& task) {
  const int64_t lines = task.frame.count(call.y.rows) * call.y.heads;
  const int64_t panels = call.matrix.panels(), grain = panels_at_once(panels, lines, task);
  for (Worker::Range r; task.take(panels, grain, r);) {
    for (int64_t p = r.begin; p < r.end; ++p)
      multiply_panel(call, format, 0, p, lines, PanelLineOfHeads{call}, task);
  }
}

inline void panel_linears(const cpu::PanelCall& call, const cpu::PanelFormat& format, const Task& task) {
  const int64_t lines = task.frame.count(call.y.rows), panels = call.matrix.panels();
  const int64_t all = call.matrix.count * panels, grain = panels_at_once(all, lines, task);
  for (Worker::Range r; task.take(all, grain, r);) {
    for (int64_t p = r.begin; p < r.end; ++p) {
      const int64_t which = p / panels;
      multiply_panel(call, format, which, p % panels, lines, PanelLineOfRows{call, which}, task);
    }
  }
}

inline void panel_experts(const cpu::PanelCall& call, const cpu::PanelFormat& format, const Task& task) {
  cpu::SortedByExpert sorted(call.chosen, call.y, call.matrix.count, task, cpu::kPanelScratch);
  const int64_t panels = call.matrix.panels(), all = sorted.actives * panels;
  if (all == 0) return;
  const int64_t lines = task.frame.count(call.y.rows) * call.y.heads / sorted.actives;
  const int64_t grain = panels_at_once(all, lines, task);
  for (Worker::Range r; task.take(all, grain, r);) {
    for (int64_t p = r.begin; p < r.end; ++p) {
      const int32_t e = sorted.active[p / panels], first = sorted.begins[e];
      multiply_panel(call, format, e, p % panels, sorted.begins[e + 1] - first,
                     PanelLineOfChosen{call, sorted.places + first}, task);
    }
  }
}

inline cpu::PanelKernels panel_kernels() {
  return {{round_input, spread_input, pair_input}, panel_linear, panel_linears, panel_experts};
}

}  // namespace hearth::HEARTH_SIMD
