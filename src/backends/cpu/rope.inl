namespace hearth::HEARTH_SIMD {

using cpu::RopeCall;
using cpu::Task;

HEARTH_INLINE void turn_halves(const float* x, float* y, const float* c, const float* s, int64_t half) {
  for (int64_t i = 0; i < half; i += kLanes) {
    int n = lanes_at(i, half);
    F p = load_up_to(x + i, n), q = load_up_to(x + half + i, n), cos = load_up_to(c + i, n),
      sin = load_up_to(s + i, n);
    store_up_to(y + i, p * cos - q * sin, n);
    store_up_to(y + half + i, p * sin + q * cos, n);
  }
}

// The sines of first numbers are negative in the table.
HEARTH_INLINE void turn_neighbours(const float* x, float* y, const float* c, const float* s, int64_t dim) {
  for (int64_t i = 0; i < dim; i += kLanes) {
    int n = lanes_at(i, dim);
    F v = load_up_to(x + i, n);
    store_up_to(y + i, v * load_up_to(c + i, n) + swapped(v) * load_up_to(s + i, n), n);
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
