// One number of each argument at a time.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

// out(t, h, i) = f(every argument's number at t, h, i), a 1 stretched.
template <class Function>
Status each(Call& call, Function f) {
  Tensor& out = call.out[0];
  for (const Argument& argument : call.in) {
    TRY_STATUS(fits(call, argument.stretches_to(out.heads, out.width)));
  }
  for (int64_t t = 0; t < out.rows; ++t) {
    for (int64_t h = 0; h < out.heads; ++h) {
      for (int64_t i = 0; i < out.width; ++i) {
        out.at(t, h, i) = static_cast<float>(f([&](size_t n) { return call.in[n].at(t, h, i); }));
      }
    }
  }
  return {};
}

using Unary = double (*)(double);
template <Unary f>
Status unary(Call& call) {
  return each(call, [](auto in) { return f(in(0)); });
}

using Binary = double (*)(double, double);
template <Binary f>
Status binary(Call& call) {
  return each(call, [](auto in) { return f(in(0), in(1)); });
}

double add(double a, double b) { return a + b; }
double sub(double a, double b) { return a - b; }
double mul(double a, double b) { return a * b; }
double div(double a, double b) { return a / b; }
double pow(double a, double b) { return std::pow(a, b); }
double floor_div(double a, double b) { return std::floor(a / b); }
double mod(double a, double b) { return a - std::floor(a / b) * b; }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double tanh(double x) { return std::tanh(x); }
double exp(double x) { return std::exp(x); }
double log(double x) { return std::log(x); }
double sqrt(double x) { return std::sqrt(x); }
double floor(double x) { return std::floor(x); }
double relu(double x) { return std::max(x, 0.0); }
double silu(double x) { return x * sigmoid(x); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double gelu(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 * std::numbers::inv_pi) * (x + 0.044715 * x * x * x)));
}
double gelu_erf(double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }
double gelu_quick(double x) { return x * sigmoid(1.702 * x); }

Status clamp(Call& call) {
  return each(call, [](auto in) { return std::min(std::max(in(0), in(1)), in(2)); });
}

Status softcap(Call& call) {
  double c = call.in[1].number;
  return each(call, [c](auto in) { return c == 0 ? in(0) : c * std::tanh(in(0) / c); });
}

Status lerp(Call& call) {
  return each(call, [](auto in) { return in(0) + (in(1) - in(0)) * in(2); });
}

Status swiglu_oai(Call& call) {
  return each(call, [](auto in) {
    double g = std::min(in(0), 7.0), u = std::clamp(in(1), -7.0, 7.0);
    return g * sigmoid(1.702 * g) * (u + 1);
  });
}

Status xielu(Call& call) {
  return each(call, [](auto in) {
    double x = in(0), a = in(1), b = in(2), c = in(3), e = in(4);
    if (x > 0) return softplus(b) * x * x + c * x;
    return (std::expm1(std::min(x, e)) - x) * (c + softplus(a)) + c * x;
  });
}

constexpr KernelRow kElementwiseKernels[] = {
    {Op::add, "aa", 1, binary<add>},
    {Op::sub, "aa", 1, binary<sub>},
    {Op::mul, "aa", 1, binary<mul>},
    {Op::div, "aa", 1, binary<div>},
    {Op::pow, "aa", 1, binary<pow>},
    {Op::floor_div, "aa", 1, binary<floor_div>},
    {Op::mod, "aa", 1, binary<mod>},
    {Op::sigmoid, "t", 1, unary<sigmoid>},
    {Op::tanh, "t", 1, unary<tanh>},
    {Op::exp, "t", 1, unary<exp>},
    {Op::log, "t", 1, unary<log>},
    {Op::sqrt, "t", 1, unary<sqrt>},
    {Op::floor, "t", 1, unary<floor>},
    {Op::relu, "t", 1, unary<relu>},
    {Op::silu, "t", 1, unary<silu>},
    {Op::softplus, "t", 1, unary<softplus>},
    {Op::gelu, "t", 1, unary<gelu>},
    {Op::gelu_erf, "t", 1, unary<gelu_erf>},
    {Op::gelu_quick, "t", 1, unary<gelu_quick>},
    {Op::clamp, "tnn", 1, clamp},
    {Op::softcap, "tn", 1, softcap},
    {Op::lerp, "aaa", 1, lerp},
    {Op::swiglu_oai, "tt", 1, swiglu_oai},
    {Op::xielu, "tnnnn", 1, xielu},
};

}  // namespace

std::span<const KernelRow> elementwise_kernels() { return kElementwiseKernels; }

}  // namespace hearth::reference
