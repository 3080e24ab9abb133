// Matrix products in every format and instruction set, beside what the machine can do. Arguments of a name: rows
// of the batch. GB/s counts the weights' bytes; `of_limit` is the share of what binds it, reads or the arithmetic of its
// type, as in hearth bench.
#include <benchmark/benchmark.h>

#include <cstring>
#include <map>
#include <random>

#include "backends/cpu/cpu.h"
#include "backends/cpu/limits.h"
#include "engine/work.h"
#include "quant/format.h"
#include "tensor/half.h"

namespace hearth {
namespace {

// Large enough that no cache holds a matrix, as a model's do not fit: 64 million weights.
constexpr int64_t kColumns = 4096, kOutputs = 16384;

// Bytes that stand for numbers of ordinary size: whatever 16-bit scales a block has are read from small ones.
std::vector<std::byte> weights_of(Type type) {
  std::vector<std::byte> bytes(*row_bytes(type, kColumns) * kOutputs);
  std::mt19937_64 random(1);
  for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    // No byte above 0x2f: as the high byte of any float it makes a small number.
    uint64_t eight = random() & 0x2f2f2f2f2f2f2f2full;
    std::memcpy(&bytes[i], &eight, sizeof eight);
  }
  return bytes;
}

const MachineLimits& limits_of(Isa isa) {
  static std::map<Isa, MachineLimits> known;
  auto at = known.find(isa);
  if (at == known.end()) {
    ThreadPool pool;
    auto measured = measure_limits(pool, isa);
    at = known.emplace(isa, measured.ok() ? *measured : MachineLimits{}).first;
  }
  return at->second;
}

Plan plan_of_one_product() {
  Plan plan;
  plan.buffers = {{Rows::tokens, kColumns, 0}, {Rows::tokens, kOutputs, kColumns}};
  plan.arena_floats[0] = kColumns + kOutputs;
  auto view = [](int32_t buffer, int64_t width) {
    View v;
    v.buffer = buffer;
    v.width = v.head_stride = v.row_stride = width;
    return v;
  };
  Step step{};
  step.op = Op::linear;
  step.arguments = {{ArgumentKind::weight, {}, 0, 0}, {ArgumentKind::value, view(0, kColumns), -1, 0}};
  step.results = {view(1, kOutputs)};
  plan.steps = {step};
  plan.outputs = {{"y", step.results[0]}};
  return plan;
}

void product(benchmark::State& state, Type type, Isa isa, int32_t rows) {
  auto backend = make_cpu_backend({0, isa});
  if (!backend.ok()) return state.SkipWithError(backend.error().message.c_str());
  std::vector<std::byte> bytes = weights_of(type);
  const std::vector<WeightData> data = {{type, {kOutputs, kColumns}, bytes, {}}};
  auto weights = (*backend)->load(data);
  if (!weights.ok()) return state.SkipWithError(weights.error().message.c_str());
  const Plan plan = plan_of_one_product();
  auto program = (*backend)->compile(plan, *weights, rows);
  if (!program.ok()) return state.SkipWithError(program.error().message.c_str());
  auto memory = (*program)->make_memory({});
  std::vector<int32_t> tokens(rows), positions(rows);
  Batch::Run run;
  run.count = rows;
  Batch batch{tokens, positions, {&run, 1}, {}};
  for (auto _ : state) benchmark::DoNotOptimize((*program)->run(batch, **memory));
  const MachineLimits& limits = limits_of(isa);
  if (limits.bytes == 0) return state.SkipWithError("the machine's limits could not be measured");
  const Work work = work_of(plan, plan.steps.front(), data, {1, rows, 0, rows}, {});
  const Bound bound = bound_of(work, limits);
  auto a_second = [&](double of_each) {
    return benchmark::Counter(of_each * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  };
  state.counters["GB/s"] = a_second(work.bytes * 1e-9);
  state.counters["GOP/s"] = a_second(work.ops() * 1e-9);
  state.counters["limit"] = (bound.by == "memory" ? work.bytes : work.ops()) / bound.seconds * 1e-9;
  state.counters["of_limit"] = a_second(bound.seconds);
  state.SetLabel(std::string(bound.by));
}

int register_all() {
  for (Isa isa : supported_isas()) {
    for (const Format& format : formats()) {
      for (int32_t rows : {1, 4, 16, 128}) {
        std::string title = fmt::format("product/{}/{}/{}", name(isa), info(format.type).name, rows);
        benchmark::RegisterBenchmark(title.c_str(),
                                     [=](benchmark::State& state) { product(state, format.type, isa, rows); })
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  return 0;
}
const int kRegistered = register_all();

}  // namespace
}  // namespace hearth
