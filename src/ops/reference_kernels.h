// What the plain reference is made of: numbers laid out densely, and one function for each operator that reads
// like its definition. Where values lie and how batches are made up is dealt with before they are called.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/backend.h"
#include "ops/reference_memory.h"

namespace hearth::reference {

// Rows of [heads, width], one after another. A cell is four bytes: an f32, or an int32 where it is an index.
struct Tensor {
  int64_t rows = 0, heads = 1, width = 1;
  std::vector<float> cells;

  Tensor() = default;
  Tensor(int64_t rows, int64_t heads, int64_t width)
      : rows(rows), heads(heads), width(width), cells(rows * heads * width) {}

  float& at(int64_t t, int64_t h, int64_t i) { return cells[(t * heads + h) * width + i]; }
  float at(int64_t t, int64_t h, int64_t i) const { return cells[(t * heads + h) * width + i]; }
  const float* row(int64_t t, int64_t h) const { return cells.data() + (t * heads + h) * width; }
  int32_t index(int64_t t, int64_t h, int64_t i) const { return std::bit_cast<int32_t>(at(t, h, i)); }
};

struct Weight {
  std::vector<int64_t> shape;  // outermost first
  std::vector<float> numbers, bias;

  int64_t heads() const { return shape.size() < 2 ? 1 : shape[shape.size() - 2]; }
  int64_t width() const { return shape.empty() ? 1 : shape.back(); }
};

struct Argument {
  ArgumentKind kind = ArgumentKind::absent;
  Tensor value;
  const Weight* weight = nullptr;
  double number = 0;

  explicit operator bool() const { return kind != ArgumentKind::absent; }
  int64_t heads() const { return weight ? weight->heads() : value.heads; }
  int64_t width() const { return weight ? weight->width() : value.width; }
  // Whether the argument can be read as one of [heads, width] for each row, a 1 being stretched.
  bool stretches_to(int64_t heads, int64_t width) const;
  float cell(int64_t t, int64_t h, int64_t i) const;
  double at(int64_t t, int64_t h, int64_t i) const {
    return kind == ArgumentKind::number ? number : cell(t, h, i);
  }
  double number_or(double fallback) const { return *this ? number : fallback; }
};

// One step on one batch.
struct Call {
  const Step& step;
  std::vector<Argument> in;  // as many as the kernel's row says, absent ones included
  std::vector<Tensor> out;
  const Batch& batch;
  const State* state = nullptr;     // none
  const Weight* table = nullptr;    // of relative positions; none
  SequenceCells* memory = nullptr;  // null only where the batch is empty

  // The token that row r of the result stands for, and the run that a token is in.
  int64_t token(int64_t r) const { return step.results[0].rows == Rows::wanted ? batch.wanted[r] : r; }
  const Batch::Run& run_of(int64_t token) const;
  std::string shapes() const;
};

// Kernels check shapes first of all, and on an empty batch that is all they do: this is how a plan is checked
// when it is compiled.
using Kernel = Status (*)(Call& call);
inline Status fits(const Call& call, bool condition) {
  return condition ? Status() : fail("{} do not fit together", call.shapes());
}

struct KernelRow {
  Op op;
  // A letter for each argument: x a value, W a weight, n a number, a any of them, t a value or a weight, - none.
  // `?` behind it: or nothing; `*` last: any number of these.
  std::string_view takes;
  size_t results;
  Kernel run;
};

std::span<const KernelRow> elementwise_kernels();
std::span<const KernelRow> norm_kernels();
std::span<const KernelRow> matrix_kernels();
std::span<const KernelRow> head_kernels();
std::span<const KernelRow> row_kernels();
std::span<const KernelRow> position_kernels();
std::span<const KernelRow> attention_kernels();
std::span<const KernelRow> recurrence_kernels();
const KernelRow* kernel_of(Op op);

}  // namespace hearth::reference
