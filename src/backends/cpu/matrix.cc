#include "backends/cpu/matrix.h"

#include "backends/cpu/panels.h"
#include "backends/cpu/sorted.h"
#include "quant/decoders.h"

#define HEARTH_BODY "quant/decode_row.inl"
#include "simd/each_isa.inl"

#define HEARTH_BODY "backends/cpu/matrix.inl"
#include "simd/each_isa.inl"

namespace hearth::cpu {

namespace {

constexpr PerIsa<MatrixKernels (*)(Type)> kMatrix = HEARTH_PER_ISA(matrix_kernels);

// A product of a matrix laid out as panels, or with the file's own rows. `lists`: bytes of scratch beyond the product's
// own.
using ExactUse = MatrixKernel MatrixKernels::*;
using PanelUse = void (*PanelKernels::*)(const PanelCall&, const PanelFormat&, const Task&);

Status add_product(Binder& binder, const MatrixCall& call, ExactUse exact, PanelUse panel,
                   int64_t lists = 0) {
  const Type type = binder.weight(0).type;
  const PanelFormat format = binder.exact() ? PanelFormat{} : panel_format(binder.isa(), type);
  if (!format) {
    const auto* kept = binder.keep(call);
    MatrixKernel kernel = kMatrix[binder.isa()](type).*exact;
    binder.need_scratch(kMatrixScratch + lists);
    binder.add(Split::free, [kept, kernel](const Task& task) { kernel(*kept, task); });
    return {};
  }
  const Matrix& m = call.matrix;
  PanelCall by_panels;
  by_panels.matrix = {nullptr, m.count, m.rows, m.columns, format.rows, format.panel_bytes(m.columns),
                      m.bias};
  TRY(by_panels.matrix.bytes, binder.panels(0, m, format));
  TRY(by_panels.inputs, binder.inputs(call.x, format.inputs));
  by_panels.x_rows = call.x.rows;
  by_panels.x_heads = call.x.heads;
  by_panels.y = call.y;
  by_panels.chosen = call.chosen;
  const auto* kept = binder.keep(by_panels);
  auto kernel = panel_kernels(binder.isa()).*panel;
  binder.need_scratch(kPanelScratch + lists);
  binder.add(Split::free, [kept, format, kernel](const Task& task) { kernel(*kept, format, task); });
  return {};
}

Status linear(Binder& binder) {
  MatrixCall call;
  TRY(call.matrix, binder.matrix(0, 2));
  TRY(call.x, binder.dense_value(1));
  TRY(call.y, binder.dense_result());
  TRY_STATUS(binder.fits(call.x.width == call.matrix.columns && call.y.width == call.matrix.rows &&
                         call.x.heads == call.y.heads));
  return add_product(binder, call, &MatrixKernels::linear, &PanelKernels::linear);
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
  return add_product(binder, call, &MatrixKernels::linears, &PanelKernels::linears);
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
  return add_product(binder, call, &MatrixKernels::experts, &PanelKernels::experts,
                     SortedByExpert::bytes(call.matrix.count, places));
}

constexpr KernelRow kMatrixKernels[] = {{Op::linear, linear}, {Op::linears, linears}, {Op::experts, experts}};

}  // namespace

std::span<const KernelRow> matrix_kernels() { return kMatrixKernels; }

}  // namespace hearth::cpu
