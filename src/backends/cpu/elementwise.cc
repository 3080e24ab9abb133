#include "backends/cpu/elementwise.h"

#include <cmath>

#include "backends/cpu/binder.h"
#include "simd/math.h"

#define HEARTH_BODY "backends/cpu/elementwise.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<ElementwiseKernel (*)(Op)> kElementwise = HEARTH_PER_ISA(elementwise);

// Heads that lie one behind the other, in the result and in all inputs, are one long head.
void flatten(ElementwiseCall& call, int inputs) {
  bool flat = call.out.heads == 1 || call.out.head == call.out.width;
  for (int i = 0; i < inputs; ++i) {
    const Input& x = call.in[i];
    bool dense = x.step == 1 && x.head == x.width, constant = x.step == 0 && x.head == 0;
    flat = flat && (x.heads == 1 || dense || constant);
  }
  if (!flat || call.out.heads == 1) return;
  call.out.width *= call.out.heads;
  call.out.heads = 1;
}

Status add_call(Binder& binder, ElementwiseCall call, int inputs, Op op) {
  flatten(call, inputs);
  const auto* kept = binder.keep(call);
  ElementwiseKernel kernel = kElementwise[binder.isa()](op);
  binder.add(Split::rows, [kept, kernel](const Task& task) { kernel(*kept, task); });
  return {};
}

Result<ElementwiseCall> start(Binder& binder, int inputs) {
  ElementwiseCall call{};
  TRY(call.out, binder.dense_result());
  for (int i = 0; i < inputs; ++i) {
    TRY(call.in[i], binder.operand(static_cast<size_t>(i), call.out.heads, call.out.width));
  }
  return call;
}

template <int inputs>
Status plain(Binder& binder) {
  TRY(ElementwiseCall call, start(binder, inputs));
  return add_call(binder, call, inputs, binder.step().op);
}

Status clamp(Binder& binder) {
  TRY(ElementwiseCall call, start(binder, 1));
  TRY(double a, binder.number(1));
  TRY(double b, binder.number(2));
  call.a = static_cast<float>(a);
  call.b = static_cast<float>(b);
  return add_call(binder, call, 1, Op::clamp);
}

// Without a cap it is a copy.
Status softcap(Binder& binder) {
  TRY(ElementwiseCall call, start(binder, 1));
  TRY(double cap, binder.number(1));
  call.a = static_cast<float>(cap);
  return add_call(binder, call, 1, cap == 0 ? Op::reshape : Op::softcap);
}

Status xielu(Binder& binder) {
  TRY(ElementwiseCall call, start(binder, 1));
  TRY(double a, binder.number(1));
  TRY(double b, binder.number(2));
  TRY(double c, binder.number(3));
  TRY(double e, binder.number(4));
  auto softplus = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); };
  call.a = static_cast<float>(softplus(a));
  call.b = static_cast<float>(softplus(b));
  call.c = static_cast<float>(c);
  call.d = static_cast<float>(e);
  return add_call(binder, call, 1, Op::xielu);
}

constexpr KernelRow kElementwiseKernels[] = {
    {Op::add, plain<2>},    {Op::sub, plain<2>},       {Op::mul, plain<2>},        {Op::div, plain<2>},
    {Op::pow, plain<2>},    {Op::floor_div, plain<2>}, {Op::mod, plain<2>},        {Op::sigmoid, plain<1>},
    {Op::tanh, plain<1>},   {Op::exp, plain<1>},       {Op::log, plain<1>},        {Op::sqrt, plain<1>},
    {Op::floor, plain<1>},  {Op::relu, plain<1>},      {Op::silu, plain<1>},       {Op::softplus, plain<1>},
    {Op::gelu, plain<1>},   {Op::gelu_erf, plain<1>},  {Op::gelu_quick, plain<1>}, {Op::clamp, clamp},
    {Op::softcap, softcap}, {Op::lerp, plain<3>},      {Op::swiglu_oai, plain<2>}, {Op::xielu, xielu},
};

}  // namespace

std::span<const KernelRow> elementwise_kernels() { return kElementwiseKernels; }

}  // namespace hearth::cpu
