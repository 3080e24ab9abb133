// Which row: of a table, of a batch, of a sequence.
#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

Status rows(Call& call) {
  const Weight& w = *call.in[0].weight;
  const Tensor& ids = call.in[1].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, w.shape.size() == 2 && ids.heads == 1 && ids.width == 1 && y.heads == 1 &&
                            y.width == w.shape[1]));
  for (int64_t t = 0; t < y.rows; ++t) {
    int64_t id = ids.index(t, 0, 0);
    if (id < 0 || id >= w.shape[0]) return fail("row {} of a table of {} is asked for", id, w.shape[0]);
    for (int64_t i = 0; i < y.width; ++i) y.at(t, 0, i) = w.numbers[id * y.width + i];
  }
  return {};
}

Status entries(Call& call) {
  const Weight& w = *call.in[0].weight;
  const Tensor& e = call.in[1].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, w.shape.size() == 1 && y.heads == e.heads && y.width == e.width));
  for (int64_t at = 0; at < static_cast<int64_t>(y.cells.size()); ++at) {
    int64_t id = std::bit_cast<int32_t>(e.cells[at]);
    if (id < 0 || id >= w.shape[0]) return fail("entry {} of {} is asked for", id, w.shape[0]);
    y.cells[at] = w.numbers[id];
  }
  return {};
}

bool same_shape(const Call& call) {
  const Tensor &x = call.in[0].value, &y = call.out[0];
  return x.heads == y.heads && x.width == y.width;
}

Status number(Call& call) {
  TRY_STATUS(fits(call, same_shape(call)));
  for (size_t at = 0; at < call.out[0].cells.size(); ++at) {
    call.out[0].cells[at] = static_cast<float>(std::bit_cast<int32_t>(call.in[0].value.cells[at]));
  }
  return {};
}

Status index(Call& call) {
  TRY_STATUS(fits(call, same_shape(call)));
  for (size_t at = 0; at < call.out[0].cells.size(); ++at) {
    call.out[0].cells[at] = std::bit_cast<float>(id_from_number(call.in[0].value.cells[at]));
  }
  return {};
}

void copy_row(const Tensor& x, int64_t from, Tensor& y, int64_t to) {
  for (int64_t h = 0; h < y.heads; ++h) {
    for (int64_t i = 0; i < y.width; ++i) y.at(to, h, i) = x.at(from, h, i);
  }
}

Status select(Call& call) {
  TRY_STATUS(fits(call, same_shape(call)));
  for (int64_t r = 0; r < call.out[0].rows; ++r)
    copy_row(call.in[0].value, call.batch.wanted[r], call.out[0], r);
  return {};
}

// Without pictures, x itself.
Status copy(Call& call) {
  TRY_STATUS(fits(call, same_shape(call)));
  call.out[0].cells = call.in[0].value.cells;
  return {};
}

enum class Pooling { none, mean, cls, last, rank };  // as GGUF numbers them

Status pool(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  double asked = call.in[1].number_or(static_cast<double>(Pooling::mean));
  if (!(asked >= 0 && asked <= 4)) return fail("there is no pooling {}", asked);
  auto pooling = static_cast<Pooling>(asked);
  if (pooling == Pooling::none) return copy(call);
  TRY_STATUS(fits(call, same_shape(call) && call.step.results[0].rows == Rows::sequences));
  for (int64_t r = 0; r < y.rows; ++r) {
    const Batch::Run& run = call.batch.runs[r];
    if (pooling != Pooling::last && run.past > 0) {
      return fail("a sequence is pooled in one batch; {} of its tokens came before", run.past);
    }
    if (pooling != Pooling::mean) {
      copy_row(x, pooling == Pooling::last ? run.first + run.count - 1 : run.first, y, r);
      continue;
    }
    for (int64_t h = 0; h < y.heads; ++h) {
      for (int64_t i = 0; i < y.width; ++i) {
        double sum = 0;
        for (int64_t t = run.first; t < run.first + run.count; ++t) sum += x.at(t, h, i);
        y.at(r, h, i) = static_cast<float>(sum / run.count);
      }
    }
  }
  return {};
}

constexpr KernelRow kRowsKernels[] = {
    {Op::rows, "Wx", 1, rows},    {Op::entries, "Wx", 1, entries}, {Op::number, "x", 1, number},
    {Op::select, "x", 1, select}, {Op::pool, "xn?", 1, pool},      {Op::media, "x", 1, copy},
    {Op::deepen, "xn", 1, copy},  {Op::index, "x", 1, index},
};

}  // namespace

std::span<const KernelRow> row_kernels() { return kRowsKernels; }

}  // namespace hearth::reference
