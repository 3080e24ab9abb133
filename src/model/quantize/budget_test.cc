#include "model/quantize/budget.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace hearth {
namespace {

using Items = std::vector<std::vector<Option>>;

struct Sum {
  uint64_t cost = 0;
  double error = 0;
};
Sum sum_of(const Items& items, const std::vector<size_t>& chosen) {
  Sum sum;
  for (size_t i = 0; i < items.size(); ++i) {
    sum.cost += items[i][chosen[i]].cost;
    sum.error += items[i][chosen[i]].error;
  }
  return sum;
}

// Every combination.
double least_error(const Items& items, uint64_t limit, size_t from = 0) {
  if (from == items.size()) return 0;
  double least = std::numeric_limits<double>::infinity();
  for (const Option& option : items[from]) {
    if (option.cost > limit) continue;
    least = std::min(least, option.error + least_error(items, limit - option.cost, from + 1));
  }
  return least;
}

TEST(Budget, NearTheLeastOfAllCombinations) {
  std::mt19937 random(5);
  auto uniform = [&](double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random);
  };
  double worst = 1, sum = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    Items items(6);
    uint64_t cheapest = 0, dearest = 0;
    for (auto& options : items) {
      double size = uniform(10, 1000), hurt = uniform(0.1, 3);
      for (double bits : {1.6, 2.3, 3.4, 4.5, 6.6}) {
        options.push_back(
            {static_cast<uint64_t>(size * bits), hurt * std::exp2(-2 * bits) * uniform(0.7, 1.4)});
      }
      cheapest += options.front().cost;
      dearest += options.back().cost;
    }
    auto limit = static_cast<uint64_t>(uniform(static_cast<double>(cheapest), static_cast<double>(dearest)));
    auto chosen = choose_within(items, limit);
    ASSERT_TRUE(chosen);
    Sum got = sum_of(items, *chosen);
    ASSERT_LE(got.cost, limit);
    double ratio = got.error / least_error(items, limit);
    ASSERT_GE(ratio, 1 - 1e-9);
    worst = std::max(worst, ratio);
    sum += ratio;
  }
  // Six items are few: with the hundreds of a model one step weighs far less.
  EXPECT_LT(sum / kRounds, 1.02);
  EXPECT_LT(worst, 1.3);
}

TEST(Budget, NothingBelowTheCheapest) {
  Items items = {{{10, 1.0}, {5, 2.0}}, {{7, 0.5}}};
  EXPECT_FALSE(choose_within(items, 11));
  ASSERT_TRUE(choose_within(items, 12));
  EXPECT_EQ(*choose_within(items, 12), (std::vector<size_t>{1, 0}));
  EXPECT_EQ(*choose_within(items, 17), (std::vector<size_t>{0, 0}));
}

TEST(Budget, AnyLimitGivesTheBestOfEach) {
  Items items = {{{10, 1.0}, {50, 0.0}, {60, 0.0}}, {{7, 0.5}, {9, 0.6}}};
  EXPECT_EQ(*choose_within(items, UINT64_MAX), (std::vector<size_t>{1, 0}));
  EXPECT_EQ(choose_within({}, 0)->size(), 0u);
}

TEST(Budget, AnExchangePaysForMoreThanASingleStep) {
  // The steeper step is taken first and leaves no room for the one that takes away more.
  Items items = {{{0, 1.0}, {6, 0.3}}, {{0, 2.0}, {10, 0.9}}};
  EXPECT_EQ(*choose_within(items, 10), (std::vector<size_t>{0, 1}));
}

TEST(Budget, ErrorsBeyondAllOthersAreAvoided) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  Items items = {{{1, kInfinite}, {2, 0.5}, {4, 0.1}}, {{1, 0.2}, {2, 0.1}}};
  EXPECT_EQ(*choose_within(items, 5), (std::vector<size_t>{2, 0}));
}

}  // namespace
}  // namespace hearth
