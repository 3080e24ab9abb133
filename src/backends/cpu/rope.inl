namespace hearth::HEARTH_SIMD {

using cpu::RopeCall;
using cpu::Task;

HEARTH_INLINE F load_first(const float* p, int n) { return n == kLanes ? load(p) : load(p, n); }
HEARTH_INLINE void store_first(float* p, F v, int n) {
  if (n == kLanes) {
    store(p, v);
  } else {
    store(p, v, n);
  }
}

HEARTH_INLINE void turn_halves(const float* x, float* y, const float* c, const float* s, int64_t half) {
  for (int64_t i = 0; i < half; i += kLanes) {
    int n = half - i < kLanes ? static_cast<int>(half - i) : kLanes;
    F p = load_first(x + i, n), q = load_first(x + half + i, n), cos = load_first(c + i, n),
      sin = load_first(s + i, n);
    store_first(y + i, p * cos - q * sin, n);
    store_first(y + half + i, p * sin + q * cos, n);
  }
}

// The sines of first numbers are negative in the table.
HEARTH_INLINE void turn_neighbours(const float* x, float* y, const float* c, const float* s, int64_t dim) {
  for (int64_t i = 0; i < dim; i += kLanes) {
    int n = dim - i < kLanes ? static_cast<int>(dim - i) : kLanes;
    F v = load_first(x + i, n);
    store_first(y + i, v * load_first(c + i, n) + swapped(v) * load_first(s + i, n), n);
  }
}

inline void rope(const RopeCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t t = begin; t < end; ++t) {
    const float *c = call.table.at(t, 0), *s = c + call.dim;
    for (int64_t h = 0; h < call.out.heads; ++h) {
      const float* x = call.in.at(t, h);
      float* y = call.out.at(t, h);
      if (call.adjacent) {
        turn_neighbours(x, y, c, s, call.dim);
      } else {
        turn_halves(x, y, c, s, call.dim / 2);
      }
      if (y != x) {
        std::memcpy(y + call.dim, x + call.dim,
                    static_cast<size_t>(call.out.width - call.dim) * sizeof(float));
      }
    }
  }
}

}  // namespace hearth::HEARTH_SIMD
