#include "base/random.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace hearth {
namespace {

TEST(Random, NoNumberComesTwiceOnAnyThread) {
  constexpr size_t kThreads = 4, kNumbers = 1000;  // many times what is drawn at once
  std::mutex mutex;
  std::set<uint64_t> seen;
  uint64_t ever = 0, always = ~uint64_t{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (size_t j = 0; j < kNumbers; ++j) {
        uint64_t bits = random_bits();
        std::lock_guard lock(mutex);
        seen.insert(bits);
        ever |= bits;
        always &= bits;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), kThreads * kNumbers);
  EXPECT_EQ(ever, ~uint64_t{0});  // each bit is set in some, and not in others
  EXPECT_EQ(always, 0u);
}

}  // namespace
}  // namespace hearth
