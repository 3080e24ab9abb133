#include "ops/reference.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.h"
#include "ops/checks.h"
#include "ops/reference_kernels.h"

namespace hearth {

namespace reference {
namespace {

constexpr int64_t kMostNumbers = int64_t{1} << 36;  // of a weight: 256 GiB, beyond which sizes are mistaken

class Weights final : public DeviceWeights {
 public:
  std::vector<Weight> all;
  uint64_t bytes() const override {
    uint64_t sum = 0;
    for (const Weight& weight : all) sum += (weight.numbers.size() + weight.bias.size()) * sizeof(float);
    return sum;
  }
};

Result<Weight> read(const WeightData& data) {
  if (data.type != Type::f32) return fail("the reference takes f32, not {}", info(data.type).name);
  int64_t count = 1;
  for (int64_t size : data.shape) {
    auto product = checked_mul(count, size);
    if (size < 1 || !product || *product > kMostNumbers) {
      return fail("a shape of [{}] is out of bounds", fmt::join(data.shape, ", "));
    }
    count = *product;
  }
  if (data.bytes.size() != count * sizeof(float)) {
    return fail("{} bytes for [{}] in f32", data.bytes.size(), fmt::join(data.shape, ", "));
  }
  Weight weight{data.shape, std::vector<float>(count), {data.bias.begin(), data.bias.end()}};
  std::memcpy(weight.numbers.data(), data.bytes.data(), data.bytes.size());  // they need not be aligned
  return weight;
}

// Whether an argument of this kind is what the letter of a kernel's row says.
bool allowed(char letter, bool optional, ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::absent: return optional || letter == '-';
    case ArgumentKind::value: return letter == 'x' || letter == 't' || letter == 'a';
    case ArgumentKind::weight: return letter == 'W' || letter == 't' || letter == 'a';
    case ArgumentKind::number: return letter == 'n' || letter == 'a';
  }
  return false;
}

// How many arguments the kernel is to see, absent ones at the end included.
Result<size_t> count_arguments(const Step& step, const KernelRow& kernel) {
  std::string_view takes = kernel.takes;
  size_t n = 0;
  while (!takes.empty()) {
    bool optional = takes.size() > 1 && takes[1] == '?';
    if (takes.ends_with('*') && n >= step.arguments.size()) break;
    auto kind = n < step.arguments.size() ? step.arguments[n].kind : ArgumentKind::absent;
    if (!allowed(takes[0], optional, kind)) return fail("argument {} is not of the kind it takes", n + 1);
    ++n;
    if (!takes.ends_with('*')) takes.remove_prefix(optional ? 2 : 1);
  }
  if (n < step.arguments.size()) return fail("{} arguments are too many", step.arguments.size());
  return n;
}

class ReferenceProgram final : public Program {
 public:
  ReferenceProgram(Plan plan, std::shared_ptr<const Weights> weights, int32_t most_rows)
      : plan_(std::move(plan)), weights_(std::move(weights)), most_rows_(most_rows) {}
  Status prepare();

  int32_t most_rows() const override { return most_rows_; }
  uint64_t bytes() const override;
  Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) override;
  Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory& memory) override;

 private:
  Status run_step(const Step& step, const Batch& batch, SequenceCells* memory);
  Tensor load(const View& view, const Batch& batch) const;
  void store(const View& view, const Tensor& tensor);
  // Calls f(cell, t, h, i) for each number of the view, `cell` being its place in the arena.
  template <class Function>
  void each_cell(const View& view, int64_t rows, Function f) const;

  Plan plan_;
  std::shared_ptr<const Weights> weights_;
  int32_t most_rows_;
  std::array<std::vector<float>, kRowKinds> arenas_;
  std::vector<Tensor> outputs_;
};

Status ReferenceProgram::prepare() {
  TRY_STATUS(check_plan(plan_, weights_->all.size(), most_rows_));
  for (size_t kind = 0; kind < kRowKinds; ++kind) arenas_[kind].resize(plan_.arena_floats[kind] * most_rows_);
  // On an empty batch kernels only look at shapes.
  for (const Step& step : plan_.steps) TRY_STATUS(run_step(step, Batch{}, nullptr));
  return {};
}

uint64_t ReferenceProgram::bytes() const {
  uint64_t sum = 0;
  for (const auto& arena : arenas_) sum += arena.size() * sizeof(float);
  return sum;
}

Result<std::unique_ptr<SequenceMemory>> ReferenceProgram::make_memory(const MemoryOptions& options) {
  TRY(auto memory, SequenceCells::make(plan_.states, options));
  return std::unique_ptr<SequenceMemory>(std::move(memory));
}

int64_t rows_of(const Batch& batch, Rows rows) {
  switch (rows) {
    case Rows::tokens: return static_cast<int64_t>(batch.tokens.size());
    case Rows::wanted: return static_cast<int64_t>(batch.wanted.size());
    case Rows::sequences: return static_cast<int64_t>(batch.runs.size());
  }
  return 0;
}

template <class Function>
void ReferenceProgram::each_cell(const View& view, int64_t rows, Function f) const {
  int64_t start = view.offset + (view.buffer < 0 ? 0 : plan_.buffers[view.buffer].place * most_rows_);
  for (int64_t t = 0; t < rows; ++t) {
    for (int64_t h = 0; h < view.heads; ++h) {
      for (int64_t i = 0; i < view.width; ++i) {
        f(start + t * view.row_stride + h * view.head_stride + i * view.step, t, h, i);
      }
    }
  }
}

Tensor ReferenceProgram::load(const View& view, const Batch& batch) const {
  Tensor tensor(rows_of(batch, view.rows), view.heads, view.width);
  const std::vector<float>& arena = arenas_[static_cast<size_t>(view.rows)];
  std::span<const int32_t> input = view.buffer == kTokensInput ? batch.tokens : batch.positions;
  each_cell(view, tensor.rows, [&](int64_t cell, int64_t t, int64_t h, int64_t i) {
    tensor.at(t, h, i) = view.buffer < 0 ? std::bit_cast<float>(input[cell]) : arena[cell];
  });
  return tensor;
}

void ReferenceProgram::store(const View& view, const Tensor& tensor) {
  std::vector<float>& arena = arenas_[static_cast<size_t>(view.rows)];
  each_cell(view, tensor.rows,
            [&](int64_t cell, int64_t t, int64_t h, int64_t i) { arena[cell] = tensor.at(t, h, i); });
}

Status ReferenceProgram::run_step(const Step& step, const Batch& batch, SequenceCells* memory) {
  const KernelRow* kernel = kernel_of(step.op);
  if (!kernel) return within(where(step), fail("the reference has no such operator"));
  if (step.results.size() != kernel->results) {
    return within(where(step), fail("{} results instead of {}", step.results.size(), kernel->results));
  }
  auto count = count_arguments(step, *kernel);
  if (!count.ok()) return within(where(step), count.error());

  Call call{step, std::vector<Argument>(*count), {}, batch};
  for (size_t i = 0; i < step.arguments.size(); ++i) {
    const StepArgument& from = step.arguments[i];
    Argument& to = call.in[i];
    to.kind = from.kind;
    to.number = from.number;
    if (from.kind == ArgumentKind::value) to.value = load(from.view, batch);
    if (from.kind == ArgumentKind::weight) to.weight = &weights_->all[from.weight];
  }
  for (const View& view : step.results)
    call.out.emplace_back(rows_of(batch, view.rows), view.heads, view.width);
  if (step.state >= 0) call.state = &plan_.states[step.state];
  if (step.bias && step.bias->table >= 0) call.table = &weights_->all[step.bias->table];
  call.memory = memory;
  if (auto status = kernel->run(call); !status.ok()) return within(where(step), status.error());
  for (size_t i = 0; i < step.results.size(); ++i) store(step.results[i], call.out[i]);
  return {};
}

Result<std::vector<OutputRows>> ReferenceProgram::run(const Batch& batch, SequenceMemory& memory) {
  auto* cells = dynamic_cast<SequenceCells*>(&memory);
  if (!cells || !cells->fits(plan_.states)) return fail("the memory was made for another program");
  TRY_STATUS(check_batch(batch, plan_, memory.options(), most_rows_));
  for (size_t i = 0; i < plan_.inputs.size(); ++i) {
    const View& view = plan_.inputs[i];
    Tensor tensor(rows_of(batch, view.rows), view.heads, view.width);
    std::copy(batch.inputs[i].begin(), batch.inputs[i].end(), tensor.cells.begin());
    store(view, tensor);
  }
  for (const Step& step : plan_.steps) TRY_STATUS(run_step(step, batch, cells));
  outputs_.clear();
  for (const Plan::Output& output : plan_.outputs) outputs_.push_back(load(output.view, batch));
  std::vector<OutputRows> rows;
  for (const Tensor& output : outputs_)
    rows.push_back({output.cells, output.rows, output.heads * output.width});
  return rows;
}

class ReferenceBackend final : public Backend {
 public:
  std::string name() const override { return "reference"; }

  Result<std::shared_ptr<DeviceWeights>> load(std::vector<WeightData> weights) override {
    auto loaded = std::make_shared<Weights>();
    for (size_t i = 0; i < weights.size(); ++i) {
      auto weight = read(weights[i]);
      if (!weight.ok()) return within(fmt::format("weight {}", i), weight.error());
      loaded->all.push_back(*std::move(weight));
    }
    return std::shared_ptr<DeviceWeights>(std::move(loaded));
  }

  Result<std::unique_ptr<Program>> compile(Plan plan, std::shared_ptr<DeviceWeights> weights,
                                           int32_t most_rows) override {
    auto ours = std::dynamic_pointer_cast<const Weights>(weights);
    if (!ours) return fail("the weights were loaded by another backend");
    auto program = std::make_unique<ReferenceProgram>(std::move(plan), std::move(ours), most_rows);
    TRY_STATUS(program->prepare());
    return std::unique_ptr<Program>(std::move(program));
  }
};

}  // namespace
}  // namespace reference

std::unique_ptr<Backend> make_reference_backend() { return std::make_unique<reference::ReferenceBackend>(); }

}  // namespace hearth
