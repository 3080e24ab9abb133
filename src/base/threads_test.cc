#include "base/threads.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/topology.h"

namespace hearth {
namespace {

TEST(Topology, CountsAreConsistent) {
  const Topology& machine = topology();
  EXPECT_GE(machine.cores, 1);
  EXPECT_LE(machine.cores, machine.processors);
  EXPECT_GE(default_threads(), 1);
  EXPECT_LE(default_threads(), machine.cores);
  EXPECT_EQ(machine.all_cores.size(), static_cast<size_t>(machine.cores));
}

TEST(Topology, ThreadsAreSpreadOverNodesAndCores) {
  Topology machine;
  machine.cores = 4;
  machine.nodes = 2;
  machine.all_cores = {{{0, 4}, 0}, {{2, 6}, 0}, {{1, 5}, 1}, {{3, 7}, 1}};
  auto first_processors = [&](int32_t threads) {
    std::vector<int32_t> all;
    for (int32_t i = 0; i < threads; ++i) all.push_back(machine.core_of(i, threads).processors[0]);
    return all;
  };
  EXPECT_EQ(first_processors(1), (std::vector<int32_t>{0}));
  EXPECT_EQ(first_processors(2), (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(first_processors(4), (std::vector<int32_t>{0, 2, 1, 3}));
  EXPECT_EQ(first_processors(6), (std::vector<int32_t>{0, 0, 2, 1, 1, 3}));
}

TEST(Worker, PartsCoverEverythingOnce) {
  for (int32_t count : {1, 2, 3, 7}) {
    for (int64_t items : {0, 1, 2, 6, 7, 100}) {
      int64_t at = 0;
      for (int32_t i = 0; i < count; ++i) {
        auto [begin, end] = Worker{i, count}.part(items);
        EXPECT_EQ(begin, at);
        EXPECT_LE(begin, end);
        at = end;
      }
      EXPECT_EQ(at, items);
    }
  }
}

class Threads : public testing::TestWithParam<int32_t> {};

TEST_P(Threads, EachWorkerRunsOnceForEachRun) {
  ThreadPool pool(GetParam());
  ASSERT_EQ(pool.threads(), GetParam());
  std::vector<int> calls(GetParam());
  for (int round = 0; round < 200; ++round) {
    pool.run([&](Worker worker) {
      EXPECT_EQ(worker.count, GetParam());
      ++calls[worker.index];
    });
  }
  for (int count : calls) EXPECT_EQ(count, 200);
}

// Each worker reads what another wrote before the barrier; a barrier that lets one pass shows in the sums.
TEST_P(Threads, NobodyPassesABarrierEarly) {
  ThreadPool pool(GetParam());
  const int32_t n = pool.threads(), rounds = 500;
  std::vector<int64_t> last(n), sums(n);
  pool.run([&](Worker worker) {
    for (int32_t round = 1; round <= rounds; ++round) {
      last[worker.index] = round;
      pool.barrier();
      sums[worker.index] += last[(worker.index + 1) % n];
      pool.barrier();
    }
  });
  for (int64_t sum : sums) EXPECT_EQ(sum, int64_t{rounds} * (rounds + 1) / 2);
}

INSTANTIATE_TEST_SUITE_P(Counts, Threads, testing::Values(1, 2, 3, 5),
                         [](const auto& info) { return std::to_string(info.param); });

TEST(ThreadPool, ZeroMeansOnePerCore) { EXPECT_EQ(ThreadPool(0).threads(), default_threads()); }

}  // namespace
}  // namespace hearth
