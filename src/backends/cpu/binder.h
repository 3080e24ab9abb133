// Makes steps of a plan into calls of kernels: finds the places of views, checks that shapes fit, and notes
// what each call touches, so that threads meet only where one needs what another wrote.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/cpu/frame.h"
#include "backends/cpu/memory.h"
#include "ops/plan.h"
#include "quant/format.h"

namespace hearth::cpu {

class Weights;
enum class InputForm : uint8_t;
struct PanelFormat;

// A weight as kernels of matrices use it: rows of `columns` elements in the file's bytes.
struct Matrix {
  const std::byte* bytes = nullptr;
  int64_t count = 1, rows = 1, columns = 1;  // `count` matrices, one after another
  int64_t row_bytes = 0;
  const float* bias = nullptr;  // one for each row of each matrix; null: none
};

// How the work of a step is shared out.
enum class Split : uint8_t {
  rows,  // by rows of its result, each thread having the same rows in every such step
  free,  // otherwise
};

// A stretch of memory that a call reads or writes.
struct Touch {
  const void* begin;
  int64_t bytes;
  bool writes;
};

struct BoundStep {
  std::function<void(const Task&)> run;
  Split split = Split::free;
  Rows rows = Rows::tokens;  // where split by rows
  std::vector<Touch> touches;
  bool meets = true;  // threads meet before it
  int32_t step = 0;   // of the plan, that it is a part of
  // A row of it needs nothing but the same row of the steps before it, as far back as these are split alike: such
  // steps are run some rows at a time, which stay in the nearest caches.
  bool chained = false;
};

class Binder {
 public:
  Binder(const Plan& plan, Weights& weights, ThreadPool& pool, Isa isa, bool exact, int32_t most_rows);

  // Binds every step, or says which cannot be.
  Status bind();

  // What kernels' bind functions use. They see one step at a time.
  const Step& step() const { return *step_; }
  Isa isa() const { return isa_; }
  bool exact() const { return exact_; }  // see CpuOptions
  int32_t most_rows() const { return most_rows_; }
  const Plan& plan() const { return plan_; }
  const State* state() const { return step_->state < 0 ? nullptr : &plan_.states[step_->state]; }

  bool given(size_t i) const {
    return i < step_->arguments.size() && step_->arguments[i].kind != ArgumentKind::absent;
  }
  Result<double> number(size_t i) const;
  double number_or(size_t i, double fallback) const;
  // A value. dense_value() has its numbers side by side (step 1), by a copy where the view has not.
  Result<Input> value(size_t i);
  Result<Input> dense_value(size_t i);
  Result<Indices> indices(size_t i);
  // A value, a weight or a number as something to read for each row, head and number of [heads, width].
  Result<Input> operand(size_t i, int64_t heads, int64_t width);
  // A value or a weight as it is.
  Result<Input> tensor(size_t i);
  Result<Matrix> matrix(size_t i, size_t dimensions) const;
  // The weight of matrix(i) as panels.
  Result<const std::byte*> panels(size_t i, const Matrix& matrix, const PanelFormat& format);
  // `x` in the form that products read, by a step of its own unless one made it already.
  Result<const void*> inputs(const Input& x, InputForm form);
  const WeightData& weight(size_t i) const { return weights_[step_->arguments[i].weight]; }
  size_t elements(size_t i) const;  // of a weight
  // A weight's numbers in f32, or its bias. Small ones only: they are copied unless the file has them so.
  Result<const float*> numbers(WeightId id);
  Output result(size_t i = 0) const { return array<float>(step_->results[i]); }
  Result<Output> dense_result(size_t i = 0) const;

  Status fits(bool condition) const;
  // Memory of the program's own: `floats` for each row.
  Result<Output> own(Rows rows, int64_t floats);
  template <class T>
  const T* keep(T value) {
    auto kept = std::make_shared<T>(std::move(value));
    bound_.kept.push_back(kept);
    return kept.get();
  }
  void need_scratch(int64_t bytes) { bound_.scratch = std::max(bound_.scratch, bytes); }

  // Adds a call. Its touches are the views of the step, besides `more`.
  void add(Split split, std::function<void(const Task&)> run, std::vector<Touch> more = {});
  // The same where the arrays are not those of the step.
  void add_alone(Split split, Rows rows, std::function<void(const Task&)> run, std::vector<Touch> touches);

  // Whether no step before this one had the same state.
  bool first_use_of_state() const;
  const std::vector<int64_t>& shape_of(WeightId id) const { return weights_[id].shape; }

  Touch touch_of_argument(size_t i) const { return touch_of(step_->arguments[i].view, false); }
  template <class T>
  Touch touch(const Array<T>& array, bool writes) const {
    return {array.data, array.row * most_rows_ * int64_t{sizeof(float)}, writes};
  }

  // The table of cosines and sines for a rotation at some positions, made once however many heads use it.
  struct Turns {
    std::shared_ptr<const Rotation> rotation;
    int32_t buffer;  // of the positions
    int64_t offset;
    Output table;
  };
  std::vector<Turns>& turns() { return turns_; }

  // What is taken from the binder when all is bound.
  struct Bound {
    std::vector<BoundStep> steps;
    std::vector<std::shared_ptr<const void>> kept;
    std::vector<Block> memory;
    int32_t *tokens = nullptr, *positions = nullptr;
    int64_t scratch = 0;  // bytes for each thread
  };
  Bound take() { return std::move(bound_); }
  Result<Input> output(const View& view) const;
  Output input(const View& view) const;

 private:
  template <class T>
  Array<T> array(const View& view) const;
  Result<float*> allocate(int64_t floats, std::string_view purpose);
  void plan_meetings();
  Touch touch_of(const View& view, bool writes) const;

  // Values in another form, as long as nothing writes what they were made of; then their memory is free.
  struct Formed {
    Input x;
    InputForm form;
    bool valid;
    float* memory;
    int64_t room;  // floats of a row
  };
  void forget_formed(const Touch& written);

  const Plan& plan_;
  Weights& store_;
  ThreadPool& pool_;
  std::span<const WeightData> weights_;
  Isa isa_;
  bool exact_;
  int32_t most_rows_;
  const Step* step_ = nullptr;
  std::array<float*, kRowKinds> arenas_{};
  std::vector<std::pair<WeightId, const float*>> decoded_;
  std::vector<Turns> turns_;
  std::vector<Formed> formed_;
  std::vector<Touch> copied_;  // what dense_value() made for this step
  Bound bound_;
};

// A kernel for each operator: finds its arguments and adds its calls.
struct KernelRow {
  Op op;
  Status (*bind)(Binder& binder);
};
std::span<const KernelRow> elementwise_kernels();
std::span<const KernelRow> norm_kernels();
std::span<const KernelRow> matrix_kernels();
std::span<const KernelRow> mixture_kernels();
std::span<const KernelRow> shape_kernels();
std::span<const KernelRow> row_kernels();
std::span<const KernelRow> rope_kernels();
std::span<const KernelRow> attention_kernels();
std::span<const KernelRow> recurrence_kernels();

}  // namespace hearth::cpu
