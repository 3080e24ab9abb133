#include "backends/cpu/matrix.h"

#include "quant/decoders.h"

#define HEARTH_BODY "quant/decode_row.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "backends/cpu/matrix.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<MatrixKernels (*)(Type)> kMatrix = HEARTH_PER_ISA(matrix_kernels);

Status add_call(Binder& binder, const MatrixCall& call, MatrixKernel MatrixKernels::*use) {
  const auto* kept = binder.keep(call);
  MatrixKernel kernel = kMatrix[binder.isa()](binder.weight(0).type).*use;
  binder.need_scratch(kMatrixScratch);
  binder.add(Split::free, [kept, kernel](const Task& task) { kernel(*kept, task); });
  return {};
}

Status linear(Binder& binder) {
  MatrixCall call;
  TRY(call.matrix, binder.matrix(0, 2));
  TRY(call.x, binder.dense_value(1));
  TRY(call.y, binder.dense_result());
  TRY_STATUS(binder.fits(call.x.width == call.matrix.columns && call.y.width == call.matrix.rows &&
                         call.x.heads == call.y.heads));
  return add_call(binder, call, &MatrixKernels::linear);
}

Status linears(Binder& binder) {
  MatrixCall call;
  TRY(call.matrix, binder.matrix(0, 3));
  TRY(call.x, binder.dense_value(1));
  TRY(call.y, binder.dense_result());
  TRY_STATUS(binder.fits(call.x.width == call.matrix.columns && call.y.width == call.matrix.rows &&
                         call.y.heads == call.matrix.count &&
                         (call.x.heads == call.y.heads || call.x.heads == 1)));
  if (call.x.heads == 1) call.x.head = 0;
  return add_call(binder, call, &MatrixKernels::linears);
}

Status experts(Binder& binder) {
  MatrixCall call;
  TRY(call.matrix, binder.matrix(0, 3));
  TRY(call.chosen, binder.indices(1));
  TRY(call.x, binder.dense_value(2));
  TRY(call.y, binder.dense_result());
  TRY_STATUS(binder.fits(call.x.width == call.matrix.columns && call.y.width == call.matrix.rows &&
                         call.chosen.heads == 1 && call.y.heads == call.chosen.width &&
                         (call.x.heads == call.y.heads || call.x.heads == 1)));
  if (call.x.heads == 1) call.x.head = 0;
  int64_t places = call.y.heads * binder.most_rows();
  if (places > INT32_MAX)
    return fail("{} experts for {} rows are too many", call.y.heads, binder.most_rows());
  binder.need_scratch(kMatrixScratch + 4 * (2 * call.matrix.count + 2 + places));
  return add_call(binder, call, &MatrixKernels::experts);
}

constexpr KernelRow kMatrixKernels[] = {{Op::linear, linear}, {Op::linears, linears}, {Op::experts, experts}};

}  // namespace

std::span<const KernelRow> matrix_kernels() { return kMatrixKernels; }

}  // namespace hearth::cpu
