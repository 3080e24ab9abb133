#include "backends/cpu/norms.h"

#include <cmath>

#include "backends/cpu/binder.h"
#include "simd/math.h"

#define HEARTH_BODY "backends/cpu/norms.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<NormKernel (*)(Op)> kNorms = HEARTH_PER_ISA(norm);

Status add_call(Binder& binder, const NormCall& call) {
  const auto* kept = binder.keep(call);
  NormKernel kernel = kNorms[binder.isa()](binder.step().op);
  binder.add(Split::rows, [kept, kernel](const Task& task) { kernel(*kept, task); });
  return {};
}

Result<NormCall> start(Binder& binder) {
  NormCall call{};
  TRY(call.out, binder.dense_result());
  TRY(call.in, binder.dense_value(0));
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads));
  return call;
}

Status norm(Binder& binder) {
  TRY(NormCall call, start(binder));
  TRY_STATUS(binder.fits(call.in.width == call.out.width));
  TRY(double eps, binder.number(2));
  call.eps = static_cast<float>(eps);
  if (binder.given(1)) {
    TRY(call.weight, binder.operand(1, call.in.heads, call.in.width));
    if (std::span<const float> bias = binder.weight(1).bias; !bias.empty()) {
      // It has the weight's shape, so its numbers lie as those do.
      TRY_STATUS(binder.fits(bias.size() == binder.elements(1)));
      call.bias = call.weight;
      call.bias.data = bias.data();
    }
  }
  return add_call(binder, call);
}

Status l2(Binder& binder) {
  TRY(NormCall call, start(binder));
  TRY_STATUS(binder.fits(call.in.width == call.out.width));
  TRY(double eps, binder.number(1));
  call.eps = static_cast<float>(eps);
  return add_call(binder, call);
}

Status row_wise(Binder& binder) {
  TRY(NormCall call, start(binder));
  TRY_STATUS(binder.fits(call.in.width == call.out.width));
  return add_call(binder, call);
}

Status to_one(Binder& binder) {
  TRY(NormCall call, start(binder));
  TRY_STATUS(binder.fits(call.out.width == 1));
  return add_call(binder, call);
}

constexpr KernelRow kNormsKernels[] = {
    {Op::rms, norm},        {Op::layernorm, norm}, {Op::l2, l2},       {Op::softmax, row_wise},
    {Op::renorm, row_wise}, {Op::sum, to_one},     {Op::mean, to_one},
};

}  // namespace

std::span<const KernelRow> norm_kernels() { return kNormsKernels; }

}  // namespace hearth::cpu
