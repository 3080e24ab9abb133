#include "backends/cpu/cpu.h"

#include <algorithm>
#include <numeric>

#include "backends/cpu/matrix.h"
#include "backends/cpu/panels.h"
#include "backends/cpu/program.h"
#include "base/checked.h"
#include "quant/format.h"

namespace hearth {

namespace cpu {
namespace {

Status check(const WeightData& weight) {
  uint64_t count = 1;
  std::string shape;
  for (int64_t size : weight.shape) {
    auto next = size < 1 ? std::nullopt : checked_mul<uint64_t>(count, static_cast<uint64_t>(size));
    if (!next) return fail("a shape has a size of {}", size);
    count = *next;
    shape += fmt::format("{}{}", shape.empty() ? "" : ", ", size);
  }
  if (!format_of(weight.type)) {
    return fail("[{}] of type {}: no kernel computes with it yet", shape, info(weight.type).name);
  }
  auto bytes = row_bytes(weight.type, count);
  if (!bytes || *bytes != weight.bytes.size()) {
    return fail("[{}] in {} does not take {} bytes", shape, info(weight.type).name, weight.bytes.size());
  }
  return {};
}

class CpuBackend final : public Backend {
 public:
  CpuBackend(int32_t threads, Isa isa, bool exact)
      : pool_(std::make_shared<ThreadPool>(threads)), isa_(isa), exact_(exact) {}

  std::string name() const override { return "cpu"; }

  Result<std::shared_ptr<DeviceWeights>> load(std::vector<WeightData> weights) override {
    for (size_t i = 0; i < weights.size(); ++i) {
      if (Status status = check(weights[i]); !status.ok()) {
        return within(fmt::format("cpu: weight {}", i), std::move(status).error());
      }
    }
    return std::shared_ptr<DeviceWeights>(std::make_shared<Weights>(std::move(weights)));
  }

  Result<std::unique_ptr<Program>> compile(Plan plan, std::shared_ptr<DeviceWeights> weights,
                                           int32_t most_rows) override {
    auto mine = std::dynamic_pointer_cast<Weights>(weights);
    if (!mine) return fail("cpu: the weights were loaded by another backend");
    TRY(auto program, CpuProgram::make(std::move(plan), std::move(mine), isa_, exact_, most_rows, pool_));
    return std::unique_ptr<Program>(std::move(program));
  }

 private:
  std::shared_ptr<ThreadPool> pool_;
  Isa isa_;
  bool exact_;
};

}  // namespace
}  // namespace cpu

namespace {
Result<Isa> chosen_isa(const CpuOptions& options) {
  return options.isa ? choose_isa(name(*options.isa)) : choose_isa();
}
}  // namespace

Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options) {
  constexpr int32_t kMostThreads = 4096;
  if (options.threads < 0 || options.threads > kMostThreads) {
    return fail("cpu: {} threads; 1 to {} can work, 0 stands for one on each core", options.threads,
                kMostThreads);
  }
  TRY(Isa isa, chosen_isa(options));
  return std::unique_ptr<Backend>(std::make_unique<cpu::CpuBackend>(options.threads, isa, options.exact));
}

Result<uint64_t> weight_bytes(const Plan& plan, std::span<const WeightData> weights,
                              const CpuOptions& options) {
  TRY(Isa isa, chosen_isa(options));
  std::vector<uint64_t> bytes;
  for (const WeightData& weight : weights) bytes.push_back(weight.bytes.size());
  for (const Step& step : plan.steps) {
    auto of_step = [&](const cpu::KernelRow& row) { return row.op == step.op; };
    if (options.exact || std::ranges::none_of(cpu::matrix_kernels(), of_step)) continue;
    const auto id = static_cast<size_t>(step.arguments[0].weight);
    const std::vector<int64_t>& shape = weights[id].shape;
    const cpu::PanelFormat format = cpu::panel_format(isa, weights[id].type);
    if (!format) continue;
    const int64_t panels = format.panels(shape[shape.size() - 2]) * (shape.size() > 2 ? shape[0] : 1);
    bytes[id] = static_cast<uint64_t>(panels) * static_cast<uint64_t>(format.panel_bytes(shape.back()));
  }
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
}

std::span<const Type> kept_types() { return cpu::kKeptTypes; }

}  // namespace hearth
