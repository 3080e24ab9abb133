#include "backends/cpu/frame.h"

#include <gtest/gtest.h>

namespace hearth::cpu {
namespace {

// What those of `count` workers take in turns, each as long as there is something.
std::vector<std::vector<int64_t>> taken_in_turns(const std::vector<int32_t>& indices, int32_t count,
                                                 int64_t items, int64_t grain) {
  Frame frame;
  std::vector<Taken> taken_so_far(static_cast<size_t>(count));
  std::vector<std::vector<int64_t>> taken(indices.size());
  for (bool any = true; any;) {
    any = false;
    for (size_t w = 0; w < indices.size(); ++w) {
      Worker::Range r{};
      if (!Task{frame, {indices[w], count}, taken_so_far.data(), nullptr}.take(items, grain, r)) continue;
      any = true;
      for (int64_t i = r.begin; i < r.end; ++i) taken[w].push_back(i);
    }
  }
  return taken;
}

TEST(Take, EachBeginsWithItsPart) {
  auto taken = taken_in_turns({0, 1}, 2, 7, 1);
  EXPECT_EQ(taken[0], (std::vector<int64_t>{0, 1, 2, 6}));
  EXPECT_EQ(taken[1], (std::vector<int64_t>{3, 4, 5}));
}

TEST(Take, WhoIsAloneTakesEverything) {
  EXPECT_EQ(taken_in_turns({1}, 2, 5, 1)[0], (std::vector<int64_t>{2, 3, 4, 0, 1}));
  EXPECT_EQ(taken_in_turns({0}, 1, 3, 2)[0], (std::vector<int64_t>{0, 1, 2}));
}

TEST(Take, ThreadsMayBeMoreThanItems) { EXPECT_EQ(taken_in_turns({2}, 4, 2, 8)[0].size(), 2u); }

}  // namespace
}  // namespace hearth::cpu
