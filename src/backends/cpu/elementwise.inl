namespace hearth::HEARTH_SIMD {

using cpu::ElementwiseCall;
using cpu::ElementwiseKernel;
using cpu::Input;
using cpu::Task;

// n numbers from the i-th on, which lie `step` apart.
HEARTH_INLINE F read(const float* p, int64_t step, int64_t i, int n) {
  if (step == 0) return set(*p);
  if (step == 1) return load_up_to(p + i, n);
  float apart[kLanes] = {};
  for (int k = 0; k < n; ++k) apart[k] = p[(i + k) * step];
  return load(apart);
}

template <class Function>
void each_number(const ElementwiseCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  const int64_t width = call.out.width;
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.out.heads; ++h) {
      const float* x[Function::kInputs];
      for (int k = 0; k < Function::kInputs; ++k) x[k] = call.in[k].at(t, h);
      float* y = call.out.at(t, h);
      for (int64_t i = 0; i < width; i += kLanes) {
        int n = lanes_at(i, width);
        F v[Function::kInputs];
        for (int k = 0; k < Function::kInputs; ++k) v[k] = read(x[k], call.in[k].step, i, n);
        store_up_to(y + i, Function::of(v, call), n);
      }
    }
  }
}

// For operators that nobody is in a hurry for, one number at a time.
template <class Function>
HEARTH_INLINE F by_number(F a, F b, Function f) {
  float x[kLanes], y[kLanes];
  store(x, a);
  store(y, b);
  for (int i = 0; i < kLanes; ++i) x[i] = f(x[i], y[i]);
  return load(x);
}

#define HEARTH_FUNCTION(name, inputs, expression)                                         \
  struct name {                                                                           \
    static constexpr int kInputs = inputs;                                                \
    static HEARTH_INLINE F of(const F* v, [[maybe_unused]] const ElementwiseCall& call) { \
      return expression;                                                                  \
    }                                                                                     \
  };

struct PowerOf {
  float operator()(float a, float b) const { return static_cast<float>(std::pow(static_cast<double>(a), b)); }
};
struct QuotientOf {
  float operator()(float a, float b) const {
    return static_cast<float>(std::floor(static_cast<double>(a) / b));
  }
};
struct RemainderOf {
  float operator()(float a, float b) const {
    return static_cast<float>(a - std::floor(static_cast<double>(a) / b) * b);
  }
};

HEARTH_FUNCTION(Add, 2, v[0] + v[1])
HEARTH_FUNCTION(Sub, 2, v[0] - v[1])
HEARTH_FUNCTION(Mul, 2, v[0] * v[1])
HEARTH_FUNCTION(Div, 2, v[0] / v[1])
HEARTH_FUNCTION(Pow, 2, by_number(v[0], v[1], PowerOf{}))
HEARTH_FUNCTION(FloorDiv, 2, by_number(v[0], v[1], QuotientOf{}))
HEARTH_FUNCTION(Mod, 2, by_number(v[0], v[1], RemainderOf{}))
HEARTH_FUNCTION(Sigmoid, 1, sigmoid(v[0]))
HEARTH_FUNCTION(Tanh, 1, tanh(v[0]))
HEARTH_FUNCTION(Exp, 1, exp(v[0]))
HEARTH_FUNCTION(Log, 1, log(v[0]))
HEARTH_FUNCTION(Sqrt, 1, sqrt(v[0]))
HEARTH_FUNCTION(Floor, 1, floor(v[0]))
HEARTH_FUNCTION(Relu, 1, max(set(0.0f), v[0]))
HEARTH_FUNCTION(Silu, 1, silu(v[0]))
HEARTH_FUNCTION(Softplus, 1, softplus(v[0]))
HEARTH_FUNCTION(Gelu, 1, gelu(v[0]))
HEARTH_FUNCTION(GeluErf, 1, gelu_erf(v[0]))
HEARTH_FUNCTION(GeluQuick, 1, gelu_quick(v[0]))
HEARTH_FUNCTION(Clamp, 1, min(set(call.b), max(set(call.a), v[0])))
HEARTH_FUNCTION(Softcap, 1, set(call.a) * tanh(v[0] / set(call.a)))
HEARTH_FUNCTION(Copy, 1, v[0])
HEARTH_FUNCTION(Lerp, 3, fma(v[1] - v[0], v[2], v[0]))
#undef HEARTH_FUNCTION

struct SwigluOai {
  static constexpr int kInputs = 2;
  static HEARTH_INLINE F of(const F* v, const ElementwiseCall&) {
    F g = min(set(7.0f), v[0]), u = min(set(7.0f), max(set(-7.0f), v[1]));
    return gelu_quick(g) * (u + set(1.0f));
  }
};

// a and b are softplus of the operator's; see where the call is made.
struct Xielu {
  static constexpr int kInputs = 1;
  static HEARTH_INLINE F of(const F* v, const ElementwiseCall& call) {
    F x = v[0], line = set(call.c) * x;
    F above = fma(set(call.b) * x, x, line);
    F below = fma(expm1(min(set(call.d), x)) - x, set(call.c + call.a), line);
    return select(set(0.0f) < x, above, below);
  }
};

inline ElementwiseKernel elementwise(Op op) {
  switch (op) {
    case Op::add: return each_number<Add>;
    case Op::sub: return each_number<Sub>;
    case Op::mul: return each_number<Mul>;
    case Op::div: return each_number<Div>;
    case Op::pow: return each_number<Pow>;
    case Op::floor_div: return each_number<FloorDiv>;
    case Op::mod: return each_number<Mod>;
    case Op::sigmoid: return each_number<Sigmoid>;
    case Op::tanh: return each_number<Tanh>;
    case Op::exp: return each_number<Exp>;
    case Op::log: return each_number<Log>;
    case Op::sqrt: return each_number<Sqrt>;
    case Op::floor: return each_number<Floor>;
    case Op::relu: return each_number<Relu>;
    case Op::silu: return each_number<Silu>;
    case Op::softplus: return each_number<Softplus>;
    case Op::gelu: return each_number<Gelu>;
    case Op::gelu_erf: return each_number<GeluErf>;
    case Op::gelu_quick: return each_number<GeluQuick>;
    case Op::clamp: return each_number<Clamp>;
    case Op::softcap: return each_number<Softcap>;
    case Op::lerp: return each_number<Lerp>;
    case Op::swiglu_oai: return each_number<SwigluOai>;
    case Op::xielu: return each_number<Xielu>;
    default: return each_number<Copy>;
  }
}

}  // namespace hearth::HEARTH_SIMD
