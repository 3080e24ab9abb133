// The same numbers in another arrangement within a row. Planners mostly make views of these; what comes here
// could not be one.
#include <cstring>

#include "backends/cpu/binder.h"

namespace hearth::cpu {

namespace {

// Runs of numbers move from one array to another: `to` number i of head h is `from` number i + column of head
// (h mod heads) + head.
struct MoveCall {
  Input from;
  Output to;
};

void move_rows(const MoveCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.to.rows);
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.to.heads; ++h) {
      const float* from = call.from.at(t, h % call.from.heads);
      float* to = call.to.at(t, h);
      if (call.from.step == 1) {
        std::memmove(to, from, static_cast<size_t>(call.to.width) * sizeof(float));
      } else {
        // By memcpy, since indices are not floats.
        for (int64_t i = 0; i < call.to.width; ++i)
          std::memcpy(to + i, from + i * call.from.step, sizeof(float));
      }
    }
  }
}

void add_move(Binder& binder, const Input& from, const Output& to) {
  const auto* call = binder.keep(MoveCall{from, to});
  binder.add(Split::rows, [call](const Task& task) { move_rows(*call, task); });
}

// [heads, width] and [heads', width'] of as many numbers: in runs that are whole in both.
void reshape_rows(const MoveCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.to.rows);
  const int64_t count = call.to.heads * call.to.width, from_width = call.from.width, to_width = call.to.width;
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t i = 0; i < count; ++i) {
      const float* from = call.from.at(t, i / from_width) + i % from_width * call.from.step;
      std::memcpy(call.to.at(t, i / to_width) + i % to_width, from, sizeof(float));
    }
  }
}

Status reshape(Binder& binder) {
  TRY(Input x, binder.value(0));
  TRY(Output y, binder.dense_result());
  TRY_STATUS(binder.fits(x.heads * x.width == y.heads * y.width));
  const auto* call = binder.keep(MoveCall{x, y});
  binder.add(Split::rows, [call](const Task& task) { reshape_rows(*call, task); });
  return {};
}

Status columns(Binder& binder) {
  TRY(Input x, binder.value(0));
  TRY(Output y, binder.dense_result());
  TRY(double from, binder.number(1));
  TRY(double count, binder.number(2));
  TRY_STATUS(binder.fits(from >= 0 && count == static_cast<double>(y.width) &&
                         from + count <= static_cast<double>(x.width) && x.heads == y.heads));
  x.data += static_cast<int64_t>(from) * x.step;
  add_move(binder, x, y);
  return {};
}

Status heads(Binder& binder) {
  TRY(Input x, binder.value(0));
  TRY(Output y, binder.dense_result());
  TRY(double from, binder.number(1));
  TRY(double to, binder.number(2));
  TRY_STATUS(binder.fits(from >= 0 && to - from == static_cast<double>(y.heads) &&
                         to <= static_cast<double>(x.heads) && x.width == y.width));
  x.data += static_cast<int64_t>(from) * x.head;
  x.heads = y.heads;
  add_move(binder, x, y);
  return {};
}

Status cat(Binder& binder) {
  TRY(Output y, binder.dense_result());
  int64_t width = y.width, at = 0;
  for (size_t i = 0; i < binder.step().arguments.size(); ++i) {
    if (!binder.given(i)) continue;
    TRY(Input x, binder.tensor(i));
    TRY_STATUS(binder.fits(x.heads == y.heads && x.width <= width - at));
    Output part = y;
    part.data += at;
    part.width = x.width;
    at += x.width;
    add_move(binder, x, part);
  }
  return binder.fits(at == width);
}

Status stack(Binder& binder) {
  TRY(Output y, binder.dense_result());
  int64_t at = 0;
  for (size_t i = 0; i < binder.step().arguments.size(); ++i) {
    if (!binder.given(i)) continue;
    TRY(Input x, binder.tensor(i));
    TRY_STATUS(binder.fits(x.width == y.width && x.heads <= y.heads - at));
    Output part = y;
    part.data += at * y.head;
    part.heads = x.heads;
    at += x.heads;
    add_move(binder, x, part);
  }
  return binder.fits(at == y.heads);
}

Status tile(Binder& binder) {
  TRY(Input x, binder.value(0));
  TRY(Output y, binder.dense_result());
  TRY(double n, binder.number(1));
  TRY_STATUS(
      binder.fits(static_cast<double>(y.heads) == static_cast<double>(x.heads) * n && x.width == y.width));
  add_move(binder, x, y);
  return {};
}

// Without pictures in the batch, these give their argument.
Status as_given(Binder& binder) {
  TRY(Input x, binder.value(0));
  TRY(Output y, binder.dense_result());
  TRY_STATUS(binder.fits(x.heads == y.heads && x.width == y.width));
  add_move(binder, x, y);
  return {};
}

constexpr KernelRow kShapesKernels[] = {
    {Op::reshape, reshape}, {Op::split, reshape},   {Op::merge, reshape}, {Op::columns, columns},
    {Op::heads, heads},     {Op::cat, cat},         {Op::stack, stack},   {Op::tile, tile},
    {Op::media, as_given},  {Op::deepen, as_given},
};

}  // namespace

std::span<const KernelRow> shape_kernels() { return kShapesKernels; }

}  // namespace hearth::cpu
