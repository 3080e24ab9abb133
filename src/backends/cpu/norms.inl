namespace hearth::HEARTH_SIMD {

using cpu::Input;
using cpu::NormCall;
using cpu::NormKernel;
using cpu::Task;

// f(x) summed over a vector, in four chains. Lanes beyond the end hold f(0), which must be 0 for all f but
// those that know n.
template <class Function>
HEARTH_INLINE float sum_over(const float* x, int64_t width, Function f) {
  F chains[4] = {set(0.0f), set(0.0f), set(0.0f), set(0.0f)};
  int64_t i = 0;
  for (; i + 4 * kLanes <= width; i += 4 * kLanes) {
    for (int c = 0; c < 4; ++c) chains[c] = f(load(x + i + c * kLanes), kLanes, chains[c]);
  }
  for (int c = 0; i < width; i += kLanes, ++c) {
    int n = lanes_at(i, width);
    chains[c] = f(load_up_to(x + i, n), n, chains[c]);
  }
  return sum((chains[0] + chains[1]) + (chains[2] + chains[3]));
}

struct Plainly {
  HEARTH_INLINE F operator()(F x, int, F sum) const { return sum + x; }
};
struct Squared {
  HEARTH_INLINE F operator()(F x, int, F sum) const { return fma(x, x, sum); }
};
struct SquaredFrom {
  float middle;
  HEARTH_INLINE F operator()(F x, int n, F sum) const {
    F d = x - set(middle);
    if (n < kLanes) {  // lanes beyond the end are not numbers of the vector
      float part[kLanes] = {};
      store(part, d, n);
      d = load(part);
    }
    return fma(d, d, sum);
  }
};

// y = (x - middle) * by, times the weight, plus the bias
HEARTH_INLINE void scale_vector(const NormCall& call, int64_t t, int64_t h, float middle, float by) {
  const float *x = call.in.at(t, h), *w = call.weight.data ? call.weight.at(t, h) : nullptr,
              *b = call.bias.data ? call.bias.at(t, h) : nullptr;
  float* y = call.out.at(t, h);
  for (int64_t i = 0; i < call.in.width; i += kLanes) {
    int n = lanes_at(i, call.in.width);
    F v = (load_up_to(x + i, n) - set(middle)) * set(by);
    if (w) v = v * (call.weight.step == 0 ? set(*w) : load_up_to(w + i, n));
    if (b) v = v + (call.bias.step == 0 ? set(*b) : load_up_to(b + i, n));
    store_up_to(y + i, v, n);
  }
}

struct Rms {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    float squares = sum_over(call.in.at(t, h), call.in.width, Squared{});
    double size = std::sqrt(static_cast<double>(squares) / static_cast<double>(call.in.width) + call.eps);
    scale_vector(call, t, h, 0, static_cast<float>(1 / size));
  }
};

struct LayerNorm {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    const float* x = call.in.at(t, h);
    float middle = sum_over(x, call.in.width, Plainly{}) / static_cast<float>(call.in.width);
    float squares = sum_over(x, call.in.width, SquaredFrom{middle});
    double size = std::sqrt(static_cast<double>(squares) / static_cast<double>(call.in.width) + call.eps);
    scale_vector(call, t, h, middle, static_cast<float>(1 / size));
  }
};

struct L2 {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    double length = std::sqrt(static_cast<double>(sum_over(call.in.at(t, h), call.in.width, Squared{})));
    scale_vector(call, t, h, 0, static_cast<float>(1 / (length > call.eps ? length : call.eps)));
  }
};

struct Renorm {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    scale_vector(call, t, h, 0, 1 / sum_over(call.in.at(t, h), call.in.width, Plainly{}));
  }
};

struct Softmax {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    const float* x = call.in.at(t, h);
    float* y = call.out.at(t, h);
    float most = x[0];
    for (int64_t i = 1; i < call.in.width; ++i) most = x[i] > most ? x[i] : most;
    F total = set(0.0f);
    for (int64_t i = 0; i < call.in.width; i += kLanes) {
      int n = lanes_at(i, call.in.width);
      F e = exp(load_up_to(x + i, n) - set(most));
      store_up_to(y + i, e, n);
      total = total + (n == kLanes ? e : load(y + i, n));
    }
    F by = set(1 / sum(total));
    for (int64_t i = 0; i < call.in.width; i += kLanes) {
      int n = lanes_at(i, call.in.width);
      store_up_to(y + i, load_up_to(y + i, n) * by, n);
    }
  }
};

struct Sum {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    *call.out.at(t, h) = sum_over(call.in.at(t, h), call.in.width, Plainly{});
  }
};

struct Mean {
  static HEARTH_INLINE void of(const NormCall& call, int64_t t, int64_t h) {
    *call.out.at(t, h) =
        sum_over(call.in.at(t, h), call.in.width, Plainly{}) / static_cast<float>(call.in.width);
  }
};

template <class Function>
void each_vector(const NormCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.out.heads; ++h) Function::of(call, t, h);
  }
}

inline NormKernel norm(Op op) {
  switch (op) {
    case Op::rms: return each_vector<Rms>;
    case Op::layernorm: return each_vector<LayerNorm>;
    case Op::l2: return each_vector<L2>;
    case Op::renorm: return each_vector<Renorm>;
    case Op::softmax: return each_vector<Softmax>;
    case Op::sum: return each_vector<Sum>;
    default: return each_vector<Mean>;
  }
}

}  // namespace hearth::HEARTH_SIMD
