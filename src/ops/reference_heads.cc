// The same numbers in another arrangement within a row: cells move as they are, indices too.
#include "ops/reference_kernels.h"

namespace hearth::reference {

namespace {

Status reshape(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, x.heads * x.width == y.heads * y.width));
  y.cells = x.cells;
  return {};
}

Status split(Call& call) {
  TRY_STATUS(fits(call, call.in[0].value.heads == 1 && call.out[0].heads == call.in[1].number));
  return reshape(call);
}

// y(t, h, i) = x(t, h + from_head, i + from)
Status part(Call& call, int64_t from_head, int64_t from) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  for (int64_t t = 0; t < y.rows; ++t) {
    for (int64_t h = 0; h < y.heads; ++h) {
      for (int64_t i = 0; i < y.width; ++i) y.at(t, h, i) = x.at(t, h + from_head, i + from);
    }
  }
  return {};
}

Status columns(Call& call) {
  const Tensor &x = call.in[0].value, &y = call.out[0];
  double from = call.in[1].number, count = call.in[2].number;
  TRY_STATUS(fits(call, from >= 0 && count == y.width && from + count <= x.width && y.heads == x.heads));
  return part(call, 0, static_cast<int64_t>(from));
}

Status heads(Call& call) {
  const Tensor &x = call.in[0].value, &y = call.out[0];
  double from = call.in[1].number, to = call.in[2].number;
  TRY_STATUS(fits(call, from >= 0 && to - from == y.heads && to <= x.heads && y.width == x.width));
  return part(call, static_cast<int64_t>(from), 0);
}

Status cat(Call& call) {
  Tensor& y = call.out[0];
  int64_t width = 0;
  for (const Argument& x : call.in) {
    if (!x) continue;
    TRY_STATUS(fits(call, x.heads() == y.heads && x.stretches_to(y.heads, x.width())));
    width += x.width();
  }
  TRY_STATUS(fits(call, width == y.width));
  int64_t at = 0;
  for (const Argument& x : call.in) {
    if (!x) continue;
    for (int64_t t = 0; t < y.rows; ++t) {
      for (int64_t h = 0; h < y.heads; ++h) {
        for (int64_t i = 0; i < x.width(); ++i) y.at(t, h, at + i) = x.cell(t, h, i);
      }
    }
    at += x.width();
  }
  return {};
}

Status stack(Call& call) {
  Tensor& y = call.out[0];
  int64_t heads = 0;
  for (const Argument& x : call.in) {
    if (!x) continue;
    TRY_STATUS(fits(call, x.width() == y.width && x.stretches_to(x.heads(), y.width)));
    heads += x.heads();
  }
  TRY_STATUS(fits(call, heads == y.heads));
  int64_t at = 0;
  for (const Argument& x : call.in) {
    if (!x) continue;
    for (int64_t t = 0; t < y.rows; ++t) {
      for (int64_t h = 0; h < x.heads(); ++h) {
        for (int64_t i = 0; i < y.width; ++i) y.at(t, at + h, i) = x.cell(t, h, i);
      }
    }
    at += x.heads();
  }
  return {};
}

Status tile(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, y.heads == x.heads * call.in[1].number && y.width == x.width));
  for (int64_t t = 0; t < y.rows; ++t) {
    for (int64_t h = 0; h < y.heads; ++h) {
      for (int64_t i = 0; i < y.width; ++i) y.at(t, h, i) = x.at(t, h % x.heads, i);
    }
  }
  return {};
}

Status total(Call& call) {
  const Tensor& x = call.in[0].value;
  Tensor& y = call.out[0];
  TRY_STATUS(fits(call, y.heads == 1 && y.width == x.width));
  for (int64_t t = 0; t < y.rows; ++t) {
    for (int64_t i = 0; i < y.width; ++i) {
      double sum = 0;
      for (int64_t h = 0; h < x.heads; ++h) sum += x.at(t, h, i);
      y.at(t, 0, i) = static_cast<float>(sum);
    }
  }
  return {};
}

constexpr KernelRow kHeadsKernels[] = {
    {Op::reshape, "x", 1, reshape},   {Op::split, "xn", 1, split},  {Op::merge, "x", 1, reshape},
    {Op::columns, "xnn", 1, columns}, {Op::heads, "xnn", 1, heads}, {Op::cat, "t?*", 1, cat},
    {Op::stack, "t?*", 1, stack},     {Op::tile, "xn", 1, tile},    {Op::total, "x", 1, total},
};

}  // namespace

std::span<const KernelRow> head_kernels() { return kHeadsKernels; }

}  // namespace hearth::reference
