namespace hearth::HEARTH_SIMD {

inline void mix(const cpu::MixCall& call, const cpu::Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  const int64_t width = call.out.width;
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t j = 0; j < call.out.heads; ++j) {
      const float* w = call.w.data ? call.w.at(t, j) : nullptr;
      for (int64_t i = 0; i < width; i += kLanes) {
        int n = lanes_at(i, width);
        F sum = set(0.0f);
        for (int64_t k = 0; k < call.y.heads; ++k) {
          const float* y = call.y.at(t, k) + i;
          F v = load_up_to(y, n);
          sum = w ? fma(set(w[k * call.w.step]), v, sum) : sum + v;
        }
        store_up_to(call.out.at(t, j) + i, sum, n);
      }
    }
  }
}

}  // namespace hearth::HEARTH_SIMD
