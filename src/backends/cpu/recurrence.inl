namespace hearth::HEARTH_SIMD {

using cpu::ConvolutionCall;
using cpu::RecurrenceCall;
using cpu::RecurrenceKernel;
using cpu::Task;

// One token's numbers for one head. Where an operator's input has one number for K, it is repeated (step 0).
struct Token {
  const RecurrenceCall& call;
  int64_t t, h;
  HEARTH_INLINE const float* at(int n) const { return call.in[n].at(t, h * call.in[n].heads / call.heads); }
  HEARTH_INLINE float key(int n, int64_t i) const { return at(n)[i * call.in[n].step]; }
};

// y = S C;  S <- S * e^(dt A) + (dt u) B, before it is read
struct Scan {
  enum { u, dt, A, B, C };
  static HEARTH_INLINE void decays(const Token& x, float* d) {
    float step = x.call.in[dt].at(x.t, 0)[x.h * x.call.in[dt].step];
    for (int64_t i = 0; i < x.call.keys; ++i) d[i] = step * x.key(A, i);
    for (int64_t i = 0; i < x.call.keys; i += kLanes) {
      int n = lanes_at(i, x.call.keys);
      store_up_to(d + i, exp(load_up_to(d + i, n)), n);
    }
  }
  static HEARTH_INLINE F step(const Token& x, const float* d, float* s, int64_t j, int n) {
    F y = set(0.0f);
    F given = load_up_to(x.at(u) + j, n) * set(x.call.in[dt].at(x.t, 0)[x.h * x.call.in[dt].step]);
    for (int64_t i = 0; i < x.call.keys; ++i, s += x.call.values) {
      F now = fma(load_up_to(s, n), set(d[i]), given * set(x.key(B, i)));
      store_up_to(s, now, n);
      y = fma(now, set(x.key(C, i)), y);
    }
    return y;
  }
};

// S <- diag(e^decay) S;  S <- S + k (beta (v - S'k))';  y = scale S'q
struct Delta {
  enum { q, k, v, decay, beta };
  static HEARTH_INLINE void decays(const Token& x, float* d) {
    for (int64_t i = 0; i < x.call.keys; ++i) d[i] = x.key(decay, i);
    for (int64_t i = 0; i < x.call.keys; i += kLanes) {
      int n = lanes_at(i, x.call.keys);
      store_up_to(d + i, exp(load_up_to(d + i, n)), n);
    }
  }
  static HEARTH_INLINE F step(const Token& x, const float* d, float* s, int64_t j, int n) {
    F known = set(0.0f), y = set(0.0f);
    for (int64_t i = 0; i < x.call.keys; ++i) {
      float* at = s + i * x.call.values;
      F now = load_up_to(at, n) * set(d[i]);
      store_up_to(at, now, n);
      known = fma(now, set(x.key(k, i)), known);
    }
    F fresh = (load_up_to(x.at(v) + j, n) - known) * set(*x.at(beta));
    for (int64_t i = 0; i < x.call.keys; ++i) {
      float* at = s + i * x.call.values;
      F now = fma(set(x.key(k, i)), fresh, load_up_to(at, n));
      store_up_to(at, now, n);
      y = fma(now, set(x.key(q, i)), y);
    }
    return y * set(x.call.scale);
  }
};

// y = (S + diag(U) k v')' r;  then S <- diag(w) S + k v'
struct Wkv6 {
  enum { r, k, v, w, U };
  static HEARTH_INLINE void decays(const Token&, float*) {}
  static HEARTH_INLINE F step(const Token& x, const float*, float* s, int64_t j, int n) {
    F y = set(0.0f), value = load_up_to(x.at(v) + j, n);
    for (int64_t i = 0; i < x.call.keys; ++i, s += x.call.values) {
      F before = load_up_to(s, n), product = set(x.key(k, i)) * value;
      y = fma(fma(set(x.key(U, i)), product, before), set(x.key(r, i)), y);
      store_up_to(s, fma(before, set(x.key(w, i)), product), n);
    }
    return y;
  }
};

// With S turned, [K, V]: S <- diag(w) S + b (a'S) + k v';  y = S'r
struct Wkv7 {
  enum { r, w, k, v, a, b };
  static HEARTH_INLINE void decays(const Token&, float*) {}
  static HEARTH_INLINE F step(const Token& x, const float*, float* s, int64_t j, int n) {
    F y = set(0.0f), removed = set(0.0f), value = load_up_to(x.at(v) + j, n);
    for (int64_t i = 0; i < x.call.keys; ++i) {
      removed = fma(load_up_to(s + i * x.call.values, n), set(x.key(a, i)), removed);
    }
    for (int64_t i = 0; i < x.call.keys; ++i, s += x.call.values) {
      F now =
          fma(load_up_to(s, n), set(x.key(w, i)), fma(removed, set(x.key(b, i)), value * set(x.key(k, i))));
      store_up_to(s, now, n);
      y = fma(now, set(x.key(r, i)), y);
    }
    return y;
  }
};

// The scratch holds a head's decays.
template <class Recurrence>
void each_token(const RecurrenceCall& call, const Task& task) {
  auto* decays = reinterpret_cast<float*>(task.scratch);
  const auto& runs = task.frame.batch->runs;
  for (Worker::Range r; task.take(static_cast<int64_t>(runs.size()) * call.heads, 1, r);) {
    const Batch::Run& run = runs[r.begin / call.heads];
    int64_t h = r.begin % call.heads;
    float* state = task.frame.memory->slot(call.state, run.slot) + h * call.keys * call.values;
    for (int64_t t = run.first; t < run.first + run.count; ++t) {
      Token token{call, t, h};
      Recurrence::decays(token, decays);
      float* y = call.out.at(t, h);
      for (int64_t j = 0; j < call.values; j += kLanes) {
        int n = lanes_at(j, call.values);
        store_up_to(y + j, Recurrence::step(token, decays, state + j, j, n), n);
      }
    }
  }
}

inline RecurrenceKernel recurrence(Op op) {
  switch (op) {
    case Op::scan: return each_token<Scan>;
    case Op::delta: return each_token<Delta>;
    case Op::wkv6: return each_token<Wkv6>;
    default: return each_token<Wkv7>;
  }
}

inline void convolve(const ConvolutionCall& call, const Task& task) {
  const int64_t channels = call.in.width;
  const int64_t vectors = (channels + kLanes - 1) / kLanes;
  auto [begin, end] = task.worker.part(vectors);
  for (const Batch::Run& run : task.frame.batch->runs) {
    float* past = call.state < 0 ? nullptr : task.frame.memory->slot(call.state, run.slot);
    for (int64_t c = begin * kLanes; c < end * kLanes && c < channels; c += kLanes) {
      const int n = lanes_at(c, channels);
      for (int64_t i = 0; i < run.count; ++i) {
        F y = set(0.0f);
        for (int64_t j = 0; j < call.taps; ++j) {
          int64_t at = i - call.before + j;  // the run's token, which may lie before or behind it
          if (at >= run.count || (at < 0 && !past)) continue;
          const float* x = at >= 0 ? call.in.at(run.first + at, 0) : past + (call.before + at) * channels;
          y = fma(load_up_to(call.weights + j * channels + c, n), load_up_to(x + c, n), y);
        }
        if (call.bias) y = y + load_up_to(call.bias + c, n);
        store_up_to(call.out.at(run.first + i, 0) + c, y, n);
      }
      for (int64_t i = 0; past && i < call.before;
           ++i) {  // in order: what is read lies behind what is written
        int64_t at = run.count - call.before + i;
        const float* x = at >= 0 ? call.in.at(run.first + at, 0) : past + (call.before + at) * channels;
        store_up_to(past + i * channels + c, load_up_to(x + c, n), n);
      }
    }
  }
}

}  // namespace hearth::HEARTH_SIMD
