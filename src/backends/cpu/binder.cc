#include "backends/cpu/binder.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/weights.h"
#include "base/checked.h"
#include "ops/checks.h"

namespace hearth::cpu {

namespace {

const KernelRow* kernel_of(Op op) {
  static const auto index = [] {
    std::array<const KernelRow*, 256> table{};
    for (auto rows :
         {elementwise_kernels(), norm_kernels(), matrix_kernels(), mixture_kernels(), shape_kernels(),
          row_kernels(), rope_kernels(), attention_kernels(), recurrence_kernels()}) {
      for (const KernelRow& row : rows) table[static_cast<size_t>(row.op)] = &row;
    }
    return table;
  }();
  return index[static_cast<size_t>(op)];
}

int64_t elements(const WeightData& weight) {
  int64_t count = 1;
  for (int64_t size : weight.shape) count *= size;
  return count;
}

// A copy of numbers whose places are anything, into numbers side by side. Index values are copied as they are.
struct CopyCall {
  Input from;
  Output to;
};

void copy_rows(const CopyCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.to.rows);
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.to.heads; ++h) {
      const float* from = call.from.at(t, h);
      float* to = call.to.at(t, h);
      for (int64_t i = 0; i < call.to.width; ++i)
        std::memcpy(to + i, from + i * call.from.step, sizeof(float));
    }
  }
}

}  // namespace

Binder::Binder(const Plan& plan, Weights& weights, ThreadPool& pool, Isa isa, bool exact, int32_t most_rows)
    : plan_(plan),
      store_(weights),
      pool_(pool),
      weights_(weights.all),
      isa_(isa),
      exact_(exact),
      most_rows_(most_rows) {}

Status Binder::bind() {
  for (size_t kind = 0; kind < kRowKinds; ++kind) {
    TRY(arenas_[kind], allocate(plan_.arena_floats[kind] * most_rows_, "a batch's values"));
  }
  TRY(float* inputs, allocate(2 * int64_t{most_rows_}, "a batch's tokens"));
  bound_.tokens = reinterpret_cast<int32_t*>(inputs);
  bound_.positions = bound_.tokens + most_rows_;
  for (const Step& step : plan_.steps) {
    step_ = &step;
    copied_.clear();
    const KernelRow* kernel = kernel_of(step.op);
    if (!kernel) return fail("cpu: no kernel for {}", where(step));
    if (Status status = kernel->bind(*this); !status.ok()) {
      return within("cpu: " + where(step), std::move(status).error());
    }
  }
  plan_meetings();
  return {};
}

// Threads must meet before a step if it needs what another thread wrote since they last met, or writes what
// another may still read. Steps that are split by the same rows of the same buffer keep to themselves.
void Binder::plan_meetings() {
  size_t last = 0;  // the first step since the last meeting
  for (size_t n = 0; n < bound_.steps.size(); ++n) {
    BoundStep& step = bound_.steps[n];
    step.meets = false;
    for (size_t m = last; m < n && !step.meets; ++m) {
      const BoundStep& before = bound_.steps[m];
      bool alike = step.split == Split::rows && before.split == Split::rows && step.rows == before.rows;
      for (const Touch& a : before.touches) {
        for (const Touch& b : step.touches) {
          if (!a.writes && !b.writes) continue;
          auto *x = static_cast<const std::byte*>(a.begin), *y = static_cast<const std::byte*>(b.begin);
          bool apart = x + a.bytes <= y || y + b.bytes <= x;
          bool same_rows = alike && x == y && a.bytes == b.bytes;
          if (!apart && !same_rows) step.meets = true;
        }
      }
    }
    if (step.meets) last = n;
    step.chained = n > 0 && !step.meets && step.split == Split::rows &&
                   bound_.steps[n - 1].split == Split::rows && step.rows == bound_.steps[n - 1].rows;
  }
}

Result<float*> Binder::allocate(int64_t floats, std::string_view purpose) {
  TRY(Block block, Block::make(static_cast<uint64_t>(floats) * sizeof(float), purpose));
  bound_.memory.push_back(std::move(block));
  return reinterpret_cast<float*>(bound_.memory.back().data());
}

Result<Output> Binder::own(Rows rows, int64_t floats) {
  TRY(float* data, allocate(floats * most_rows_, "a batch's values"));
  return Output{data, rows, 1, floats, floats, floats, 1};
}

template <class T>
Array<T> Binder::array(const View& view) const {
  Array<T> array{nullptr, view.rows, view.heads, view.width, view.row_stride, view.head_stride, view.step};
  if (view.buffer == kTokensInput || view.buffer == kPositionsInput) {
    const int32_t* input = view.buffer == kTokensInput ? bound_.tokens : bound_.positions;
    array.data = reinterpret_cast<T*>(const_cast<int32_t*>(input));
  } else {
    const Buffer& buffer = plan_.buffers[view.buffer];
    float* arena = arenas_[static_cast<size_t>(buffer.rows)];
    array.data = reinterpret_cast<T*>(arena + buffer.place * most_rows_);
  }
  array.data += view.offset;
  return array;
}

// All of the view's buffer: a part of each row, with others between, is not told from the rest.
Touch Binder::touch_of(const View& view, bool writes) const {
  if (view.buffer == kTokensInput) return {bound_.tokens, most_rows_ * int64_t{4}, writes};
  if (view.buffer == kPositionsInput) return {bound_.positions, most_rows_ * int64_t{4}, writes};
  const Buffer& buffer = plan_.buffers[view.buffer];
  return {arenas_[static_cast<size_t>(buffer.rows)] + buffer.place * most_rows_,
          buffer.floats * most_rows_ * int64_t{sizeof(float)}, writes};
}

Status Binder::fits(bool condition) const {
  if (condition) return {};
  std::string text;
  for (const StepArgument& argument : step_->arguments) {
    if (argument.kind == ArgumentKind::absent) continue;
    text += text.empty() ? "" : ", ";
    if (argument.kind == ArgumentKind::number) text += fmt::format("{}", argument.number);
    if (argument.kind == ArgumentKind::value) {
      text += fmt::format("[{}, {}]", argument.view.heads, argument.view.width);
    }
    if (argument.kind == ArgumentKind::weight) {
      text += "a weight of [";
      const auto& shape = weights_[argument.weight].shape;
      for (size_t i = 0; i < shape.size(); ++i) text += fmt::format("{}{}", i ? ", " : "", shape[i]);
      text += "]";
    }
  }
  for (const View& view : step_->results) text += fmt::format(" to [{}, {}]", view.heads, view.width);
  return fail("{} do not fit together", text);
}

Result<double> Binder::number(size_t i) const {
  if (!given(i) || step_->arguments[i].kind != ArgumentKind::number) {
    return fail("argument {} must be a number", i + 1);
  }
  return step_->arguments[i].number;
}

double Binder::number_or(size_t i, double fallback) const {
  return given(i) && step_->arguments[i].kind == ArgumentKind::number ? step_->arguments[i].number : fallback;
}

Result<Input> Binder::value(size_t i) {
  if (!given(i) || step_->arguments[i].kind != ArgumentKind::value) {
    return fail("argument {} must be a value", i + 1);
  }
  return array<const float>(step_->arguments[i].view);
}

Result<Input> Binder::dense_value(size_t i) {
  TRY(Input from, value(i));
  if (from.step == 1 || from.width == 1) return from;
  TRY(Output to, own(from.rows, from.heads * from.width));
  to.heads = from.heads;
  to.width = to.head = from.width;
  const auto* call = keep(CopyCall{from, to});
  add_alone(Split::rows, from.rows, [call](const Task& task) { copy_rows(*call, task); },
            {touch_of(step_->arguments[i].view, false), touch(to, true)});
  copied_.push_back(touch(to, false));
  return Input{to.data, to.rows, to.heads, to.width, to.row, to.head, to.step};
}

Result<Indices> Binder::indices(size_t i) {
  TRY(Input x, value(i));
  return Indices{reinterpret_cast<const int32_t*>(x.data), x.rows, x.heads, x.width, x.row, x.head, x.step};
}

Result<Input> Binder::tensor(size_t i) {
  if (!given(i) || step_->arguments[i].kind != ArgumentKind::weight) return value(i);
  const std::vector<int64_t>& shape = weight(i).shape;
  TRY_STATUS(fits(shape.size() <= 2));
  TRY(const float* data, numbers(step_->arguments[i].weight));
  int64_t width = shape.empty() ? 1 : shape.back(), heads = shape.size() < 2 ? 1 : shape[0];
  return Input{data, step_->results[0].rows, heads, width, 0, width, 1};
}

Result<Input> Binder::operand(size_t i, int64_t heads, int64_t width) {
  if (given(i) && step_->arguments[i].kind == ArgumentKind::number) {
    const auto* kept = keep(static_cast<float>(step_->arguments[i].number));
    return Input{kept, step_->results[0].rows, heads, width, 0, 0, 0};
  }
  TRY(Input x, tensor(i));
  TRY_STATUS(fits((x.heads == heads || x.heads == 1) && (x.width == width || x.width == 1)));
  if (x.heads == 1) x.head = 0;
  if (x.width == 1) x.step = 0;
  x.heads = heads;
  x.width = width;
  return x;
}

size_t Binder::elements(size_t i) const { return static_cast<size_t>(cpu::elements(weight(i))); }

Result<Matrix> Binder::matrix(size_t i, size_t dimensions) const {
  if (!given(i) || step_->arguments[i].kind != ArgumentKind::weight) {
    return fail("argument {} must be a weight", i + 1);
  }
  const WeightData& data = weight(i);
  TRY_STATUS(fits(data.shape.size() == dimensions));
  Matrix matrix;
  matrix.bytes = data.bytes.data();
  matrix.columns = data.shape[dimensions - 1];
  matrix.rows = data.shape[dimensions - 2];
  matrix.count = dimensions == 3 ? data.shape[0] : 1;
  auto row = row_bytes(data.type, static_cast<uint64_t>(matrix.columns));
  if (!row) {
    return fail("rows of {} columns are not whole blocks of {}", matrix.columns, info(data.type).name);
  }
  matrix.row_bytes = static_cast<int64_t>(*row);
  if (!data.bias.empty()) {
    TRY_STATUS(fits(static_cast<int64_t>(data.bias.size()) == matrix.count * matrix.rows));
    matrix.bias = data.bias.data();
  }
  return matrix;
}

Result<const std::byte*> Binder::panels(size_t i, const Matrix& matrix, const PanelFormat& format) {
  return store_.panels(step_->arguments[i].weight, matrix, format, pool_);
}

Result<const void*> Binder::inputs(const Input& x, InputForm form) {
  const int64_t floats = x.heads * input_bytes(form, x.width) / int64_t{sizeof(float)};
  Formed* free = nullptr;
  for (Formed& each : formed_) {
    const Input& known = each.x;
    if (each.valid && each.form == form && known.data == x.data && known.rows == x.rows &&
        known.heads == x.heads && known.width == x.width && known.row == x.row && known.head == x.head) {
      // Whoever reads it must come after who made it, which the memory's place says.
      copied_.push_back({each.memory, each.room * most_rows_ * int64_t{sizeof(float)}, false});
      return static_cast<const void*>(each.memory);
    }
    if (!each.valid && each.room >= floats) free = &each;
  }
  if (!free) {
    TRY(float* memory, allocate(floats * most_rows_, "inputs of products"));
    free = &formed_.emplace_back(Formed{{}, form, false, memory, floats});
  }
  float* memory = free->memory;
  const Touch writes{memory, free->room * most_rows_ * int64_t{sizeof(float)}, true};
  *free = {x, form, true, memory, free->room};
  const PutInput put = panel_kernels(isa_).put[static_cast<size_t>(form)];
  add_alone(Split::rows, x.rows,
            [x, memory, put](const Task& task) {
              auto [begin, end] = task.rows(x.rows);
              put(x, memory, task.frame.count(x.rows) * x.heads, begin * x.heads, end * x.heads);
            },
            {touch(x, false), writes});
  copied_.push_back({writes.begin, writes.bytes, false});
  return static_cast<const void*>(memory);
}

void Binder::forget_formed(const Touch& written) {
  for (Formed& each : formed_) {
    const Touch of = touch(each.x, false);
    auto *x = static_cast<const std::byte*>(of.begin), *y = static_cast<const std::byte*>(written.begin);
    if (x < y + written.bytes && y < x + of.bytes) each.valid = false;
  }
}

Result<const float*> Binder::numbers(WeightId id) {
  const WeightData& data = weights_[id];
  if (data.type == Type::f32 && reinterpret_cast<uintptr_t>(data.bytes.data()) % alignof(float) == 0) {
    return reinterpret_cast<const float*>(data.bytes.data());
  }
  for (const auto& [known, at] : decoded_) {
    if (known == id) return at;
  }
  TRY(float* copy, allocate(cpu::elements(data), "a weight's numbers"));
  format_of(data.type)->fast[isa_](data.bytes.data(), copy, cpu::elements(data));
  decoded_.emplace_back(id, copy);
  return copy;
}

Result<Output> Binder::dense_result(size_t i) const {
  Output out = result(i);
  if (out.step != 1 && out.width != 1) return fail("a result must have its numbers side by side");
  out.step = 1;
  return out;
}

Result<Input> Binder::output(const View& view) const {
  if (!view.dense()) return fail("cpu: an output of [{}, {}] is not dense", view.heads, view.width);
  return array<const float>(view);
}

Output Binder::input(const View& view) const { return array<float>(view); }

bool Binder::first_use_of_state() const {
  for (const Step* before = plan_.steps.data(); before != step_; ++before) {
    if (before->state == step_->state) return false;
  }
  return true;
}

void Binder::add(Split split, std::function<void(const Task&)> run, std::vector<Touch> more) {
  for (const StepArgument& argument : step_->arguments) {
    if (argument.kind == ArgumentKind::value) more.push_back(touch_of(argument.view, false));
  }
  for (const View& view : step_->results) more.push_back(touch_of(view, true));
  more.insert(more.end(), copied_.begin(), copied_.end());
  add_alone(split, step_->results[0].rows, std::move(run), std::move(more));
}

void Binder::add_alone(Split split, Rows rows, std::function<void(const Task&)> run,
                       std::vector<Touch> touches) {
  for (const Touch& each : touches) {
    if (each.writes) forget_formed(each);
  }
  auto index = static_cast<int32_t>(step_ - plan_.steps.data());
  bound_.steps.push_back({std::move(run), split, rows, std::move(touches), true, index});
}

}  // namespace hearth::cpu
