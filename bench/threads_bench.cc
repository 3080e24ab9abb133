// What it costs threads to meet: a thousand barriers, as between the steps of a plan, and a run of nothing. The argument
// of a name: threads.
// On a machine that does other work too, the fastest of many repetitions says what the pool takes.
//   build/bench/threads_bench --benchmark_repetitions=20
#include <benchmark/benchmark.h>

#include <algorithm>

#include "base/threads.h"
#include "base/topology.h"

namespace hearth {
namespace {

double least(const std::vector<double>& times) { return *std::ranges::min_element(times); }

void thousand_barriers(benchmark::State& state) {
  ThreadPool pool(static_cast<int32_t>(state.range(0)));
  for (auto _ : state) {
    pool.run([&](Worker) {
      for (int i = 0; i < 1000; ++i) pool.barrier();
    });
  }
}

void run(benchmark::State& state) {
  ThreadPool pool(static_cast<int32_t>(state.range(0)));
  for (auto _ : state) pool.run([](Worker worker) { benchmark::DoNotOptimize(worker.index); });
}

void counts(benchmark::internal::Benchmark* benchmark) {
  for (int32_t threads = 2; threads <= std::max(2, topology().cores); threads *= 2) benchmark->Arg(threads);
  benchmark->UseRealTime()->ComputeStatistics("least", least);
}
BENCHMARK(thousand_barriers)->Apply(counts);
BENCHMARK(run)->Apply(counts);

}  // namespace
}  // namespace hearth
