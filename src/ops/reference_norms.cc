// Along the last dimension.
#include <algorithm>
#include <cmath>

#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

// Calls f(t, h) for each vector of the result.
template <class Function>
void each_vector(const Tensor& out, Function f) {
  for (int64_t t = 0; t < out.rows; ++t) {
    for (int64_t h = 0; h < out.heads; ++h) f(t, h);
  }
}

bool same_shape(const Tensor& a, const Tensor& b) { return a.heads == b.heads && a.width == b.width; }

// g(number, i) summed over a vector.
template <class Function>
double sum_of(const Tensor& x, int64_t t, int64_t h, Function g) {
  double sum = 0;
  for (int64_t i = 0; i < x.width; ++i) sum += g(static_cast<double>(x.at(t, h, i)));
  return sum;
}

double identity(double x) { return x; }

template <bool centred>
Status norm(Call& call) {
  const Tensor& x = call.in[0].value;
  const Argument& w = call.in[1];
  Tensor& y = call.out[0];
  double eps = call.in[2].number;
  TRY_STATUS(fits(call, same_shape(x, y) && (!w || (w.stretches_to(y.heads, y.width) &&
                                                    (w.weight->bias.empty() ||
                                                     w.weight->bias.size() == w.weight->numbers.size())))));
  Weight bias;
  if (w) bias = {w.weight->shape, w.weight->bias, {}};
  Argument b{ArgumentKind::weight, {}, &bias};
  each_vector(y, [&](int64_t t, int64_t h) {
    double middle = centred ? sum_of(x, t, h, identity) / x.width : 0;
    double squares = sum_of(x, t, h, [&](double v) { return (v - middle) * (v - middle); });
    double size = std::sqrt(squares / x.width + eps);
    for (int64_t i = 0; i < x.width; ++i) {
      double v = (x.at(t, h, i) - middle) / size;
      if (w) v *= w.at(t, h, i);
      if (!bias.numbers.empty()) v += b.at(t, h, i);
      y.at(t, h, i) = static_cast<float>(v);
    }
  });
  return {};
}

Status l2(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, same_shape(x, y)));
  each_vector(y, [&](int64_t t, int64_t h) {
    double length = std::sqrt(sum_of(x, t, h, [](double v) { return v * v; }));
    double by = std::max(length, call.in[1].number);
    for (int64_t i = 0; i < x.width; ++i) y.at(t, h, i) = static_cast<float>(x.at(t, h, i) / by);
  });
  return {};
}

Status softmax(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, same_shape(x, y)));
  each_vector(y, [&](int64_t t, int64_t h) {
    double most = -INFINITY;
    for (int64_t i = 0; i < x.width; ++i) most = std::max<double>(most, x.at(t, h, i));
    double sum = sum_of(x, t, h, [&](double v) { return std::exp(v - most); });
    for (int64_t i = 0; i < x.width; ++i) {
      y.at(t, h, i) = static_cast<float>(std::exp(x.at(t, h, i) - most) / sum);
    }
  });
  return {};
}

Status renorm(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, same_shape(x, y)));
  each_vector(y, [&](int64_t t, int64_t h) {
    double sum = sum_of(x, t, h, identity);
    for (int64_t i = 0; i < x.width; ++i) y.at(t, h, i) = static_cast<float>(x.at(t, h, i) / sum);
  });
  return {};
}

template <bool mean>
Status sum(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, x.heads == y.heads && y.width == 1));
  each_vector(y, [&](int64_t t, int64_t h) {
    y.at(t, h, 0) = static_cast<float>(sum_of(x, t, h, identity) / (mean ? x.width : 1));
  });
  return {};
}

constexpr KernelRow kNormsKernels[] = {
    {Op::rms, "xW?n", 1, norm<false>}, {Op::layernorm, "xW?n", 1, norm<true>}, {Op::l2, "xn", 1, l2},
    {Op::softmax, "x", 1, softmax},    {Op::renorm, "x", 1, renorm},           {Op::sum, "x", 1, sum<false>},
    {Op::mean, "x", 1, sum<true>},
};

}  // namespace

std::span<const KernelRow> norm_kernels() { return kNormsKernels; }

}  // namespace hearth::reference
