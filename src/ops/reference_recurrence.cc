// What goes from token to token: each sequence's state is read, changed and left in its slot.
#include <algorithm>
#include <cmath>

#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

bool shaped(const Tensor& x, int64_t heads, int64_t width) { return x.heads == heads && x.width == width; }

// A slot of so many numbers must be there.
bool remembers(const Call& call, int64_t numbers) {
  return call.state && call.state->memory == Memory::slot && call.state->slot_floats == numbers;
}

// Calls step(t, S) for each token in order, S being its sequence's state.
template <class Step>
void each_token(Call& call, Step step) {
  for (const Batch::Run& run : call.batch.runs) {
    std::span<double> state = call.memory->slot(call.step.state, run.slot);
    for (int64_t t = run.first; t < run.first + run.count; ++t) step(t, state);
  }
}

Status shift(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, shaped(y, x.heads, x.width) && remembers(call, x.heads * x.width)));
  each_token(call, [&](int64_t t, std::span<double> before) {
    for (int64_t h = 0; h < x.heads; ++h) {
      for (int64_t i = 0; i < x.width; ++i) {
        y.at(t, h, i) = static_cast<float>(before[h * x.width + i]);
        before[h * x.width + i] = x.at(t, h, i);
      }
    }
  });
  return {};
}

Status conv1d(Call& call) {
  const Tensor& x = call.in[0].value;
  const Weight& w = *call.in[1].weight;
  bool causal = call.in[2].number_or(1) != 0;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, w.shape.size() == 2 && x.heads == 1 && shaped(y, 1, x.width) &&
                            w.shape[0] == x.width &&
                            (w.bias.empty() || static_cast<int64_t>(w.bias.size()) == x.width)));
  int64_t channels = w.shape[0], taps = w.shape[1], before = causal ? taps - 1 : (taps - 1) / 2;
  if (causal) TRY_STATUS(fits(call, remembers(call, before * channels)));
  for (const Batch::Run& run : call.batch.runs) {
    if (!causal && run.past > 0) {
      return fail("all tokens of a sequence are needed at once; {} came before", run.past);
    }
    std::span<double> past;  // the x of the last taps - 1 tokens, in order
    if (causal) past = call.memory->slot(call.step.state, run.slot);
    // x of the run's token i, which may lie before or behind the run
    auto number = [&](int64_t i, int64_t c) -> double {
      if (i >= run.count) return 0;
      if (i >= 0) return x.at(run.first + i, 0, c);
      return causal ? past[(before + i) * channels + c] : 0;
    };
    for (int64_t i = 0; i < run.count; ++i) {
      for (int64_t c = 0; c < channels; ++c) {
        double sum = w.bias.empty() ? 0 : w.bias[c];
        for (int64_t j = 0; j < taps; ++j) sum += w.numbers[c * taps + j] * number(i - before + j, c);
        y.at(run.first + i, 0, c) = static_cast<float>(sum);
      }
    }
    if (!causal) continue;
    std::vector<double> last(past.size());
    for (int64_t i = 0; i < before; ++i) {
      for (int64_t c = 0; c < channels; ++c) last[i * channels + c] = number(run.count - before + i, c);
    }
    std::copy(last.begin(), last.end(), past.begin());
  }
  return {};
}

Status scan(Call& call) {
  const Tensor &u = call.in[0].value, &dt = call.in[1].value, &b = call.in[3].value, &c = call.in[4].value;
  const Argument& a = call.in[2];
  Tensor& y = call.out[0];
  const int64_t heads = u.heads, width = u.width, groups = b.heads, n = b.width;
  TRY_STATUS(fits(call, shaped(y, heads, width) && shaped(dt, 1, heads) && shaped(c, groups, n) &&
                            heads % groups == 0 && a.heads() == heads && a.stretches_to(heads, n) &&
                            remembers(call, heads * width * n)));
  each_token(call, [&](int64_t t, std::span<double> state) {
    for (int64_t h = 0; h < heads; ++h) {
      int64_t g = h * groups / heads;
      double d = dt.at(t, 0, h);
      for (int64_t p = 0; p < width; ++p) {
        double sum = 0;
        for (int64_t i = 0; i < n; ++i) {
          double& s = state[(h * width + p) * n + i];
          s = s * std::exp(d * a.at(t, h, i)) + d * u.at(t, h, p) * b.at(t, g, i);
          sum += s * c.at(t, g, i);
        }
        y.at(t, h, p) = static_cast<float>(sum);
      }
    }
  });
  return {};
}

Status delta(Call& call) {
  const Tensor &q = call.in[0].value, &k = call.in[1].value, &v = call.in[2].value, &beta = call.in[4].value;
  const Argument& decay = call.in[3];
  Tensor& y = call.out[0];
  const int64_t heads = v.heads, width = v.width, groups = k.heads, n = k.width;
  TRY_STATUS(fits(call, shaped(y, heads, width) && shaped(q, groups, n) && heads % groups == 0 &&
                            decay.heads() == heads && decay.stretches_to(heads, n) &&
                            shaped(beta, heads, 1) && remembers(call, heads * n * width)));
  double scale = call.in[5].number_or(1 / std::sqrt(static_cast<double>(n)));
  each_token(call, [&](int64_t t, std::span<double> state) {
    for (int64_t h = 0; h < heads; ++h) {
      int64_t g = h * groups / heads;
      auto s = [&](int64_t i, int64_t j) -> double& { return state[(h * n + i) * width + j]; };
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < width; ++j) s(i, j) *= std::exp(decay.at(t, h, i));
      }
      for (int64_t j = 0; j < width; ++j) {
        double known = 0, sum = 0;
        for (int64_t i = 0; i < n; ++i) known += s(i, j) * k.at(t, g, i);
        double fresh = beta.at(t, h, 0) * (v.at(t, h, j) - known);
        for (int64_t i = 0; i < n; ++i) {
          s(i, j) += k.at(t, g, i) * fresh;
          sum += s(i, j) * q.at(t, g, i);
        }
        y.at(t, h, j) = static_cast<float>(scale * sum);
      }
    }
  });
  return {};
}

Status wkv6(Call& call) {
  const Tensor &r = call.in[0].value, &k = call.in[1].value, &v = call.in[2].value, &w = call.in[3].value;
  const Argument& u = call.in[4];
  Tensor& y = call.out[0];
  const int64_t heads = v.heads, width = v.width, n = k.width;
  TRY_STATUS(fits(call, shaped(y, heads, width) && shaped(r, heads, n) && shaped(k, heads, n) &&
                            shaped(w, heads, n) && u.stretches_to(heads, n) &&
                            remembers(call, heads * n * width)));
  each_token(call, [&](int64_t t, std::span<double> state) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t j = 0; j < width; ++j) {
        double sum = 0;
        for (int64_t i = 0; i < n; ++i) {
          double& s = state[(h * n + i) * width + j];
          double product = static_cast<double>(k.at(t, h, i)) * v.at(t, h, j);
          sum += (s + u.at(t, h, i) * product) * r.at(t, h, i);
          s = s * w.at(t, h, i) + product;
        }
        y.at(t, h, j) = static_cast<float>(sum);
      }
    }
  });
  return {};
}

Status wkv7(Call& call) {
  const Tensor &r = call.in[0].value, &w = call.in[1].value, &k = call.in[2].value, &v = call.in[3].value,
               &a = call.in[4].value, &b = call.in[5].value;
  Tensor& y = call.out[0];
  const int64_t heads = v.heads, width = v.width, n = k.width;
  TRY_STATUS(fits(call, shaped(y, heads, width) && shaped(r, heads, n) && shaped(w, heads, n) &&
                            shaped(k, heads, n) && shaped(a, heads, n) && shaped(b, heads, n) &&
                            remembers(call, heads * width * n)));
  each_token(call, [&](int64_t t, std::span<double> state) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t j = 0; j < width; ++j) {
        auto s = [&](int64_t i) -> double& { return state[(h * width + j) * n + i]; };
        double removed = 0, sum = 0;
        for (int64_t i = 0; i < n; ++i) removed += s(i) * a.at(t, h, i);
        for (int64_t i = 0; i < n; ++i) {
          s(i) = s(i) * w.at(t, h, i) + removed * b.at(t, h, i) +
                 static_cast<double>(v.at(t, h, j)) * k.at(t, h, i);
          sum += s(i) * r.at(t, h, i);
        }
        y.at(t, h, j) = static_cast<float>(sum);
      }
    }
  });
  return {};
}

constexpr KernelRow kRecurrenceKernels[] = {
    {Op::shift, "x", 1, shift},       {Op::conv1d, "xWn?", 1, conv1d}, {Op::scan, "xxtxx", 1, scan},
    {Op::delta, "xxxxxn?", 1, delta}, {Op::wkv6, "xxxxt", 1, wkv6},    {Op::wkv7, "xxxxxx", 1, wkv7},
};

}  // namespace

std::span<const KernelRow> recurrence_kernels() { return kRecurrenceKernels; }

}  // namespace hearth::reference
