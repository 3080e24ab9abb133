#include "engine/expected_speed.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

// A plan of so many products with one weight, of 4096 rows and columns in this type.
struct PlannedProducts {
  std::vector<std::byte> bytes;
  std::vector<WeightData> weights;
  Plan plan;

  PlannedProducts(Type type, size_t steps) {
    constexpr int64_t kSide = 4096;
    bytes.resize(static_cast<size_t>(kSide * kSide / info(type).block * info(type).bytes));
    weights = {{type, {kSide, kSide}, bytes, {}}};
    Step step{};
    step.op = Op::linear;
    step.arguments = {{ArgumentKind::weight, {}, 0, 0}};
    View result;
    result.rows = Rows::tokens;
    result.heads = 1;
    step.results = {result};
    plan.steps.assign(steps, step);
  }
  double seconds(const MachineLimits& limits, int64_t tokens = 1) const {
    return expected_seconds(plan, weights, {1, tokens, 0, 1}, {}, limits);
  }
  double least_seconds(const MachineLimits& limits, int64_t tokens = 1) const {
    Work work;
    for (const Step& step : plan.steps) work += work_of(plan, step, weights, {1, tokens, 0, 1}, {});
    return bound_of(work, limits).seconds;
  }
};

constexpr MachineLimits kUsual{50e9, 2e12, 0.5e12, 1e12};

TEST(ExpectedSpeed, IsNeverAboveTheLimits) {
  for (Type type : {Type::q2_k, Type::q4_0, Type::q8_0, Type::bf16, Type::f16, Type::f32}) {
    for (int64_t tokens : {1, 8, 512}) {
      PlannedProducts products(type, 3);
      EXPECT_GT(products.seconds(kUsual, tokens), products.least_seconds(kUsual, tokens)) << info(type).name;
      EXPECT_LT(products.seconds(kUsual, tokens), 4 * products.least_seconds(kUsual, tokens))
          << info(type).name;
    }
  }
}

TEST(ExpectedSpeed, OfStepsIsTheirSum) {
  double one = PlannedProducts(Type::q4_0, 1).seconds(kUsual);
  EXPECT_NEAR(PlannedProducts(Type::q4_0, 10).seconds(kUsual), 10 * one, one * 1e-9);
}

// Where a machine has no products of bf16, its weights are multiplied in f32.
TEST(ExpectedSpeed, OfBf16FollowsItsOwnLimitWhereThereIsOne) {
  constexpr int64_t kMany = 512;
  MachineLimits none = kUsual;
  none.bf16_ops = 0;
  const PlannedProducts bf16(Type::bf16, 1), f16(Type::f16, 1);
  EXPECT_DOUBLE_EQ(bf16.least_seconds(none, kMany), f16.least_seconds(none, kMany));
  EXPECT_DOUBLE_EQ(bf16.least_seconds(kUsual, kMany), f16.least_seconds(kUsual, kMany) / 2);
  EXPECT_LT(bf16.seconds(kUsual, kMany), bf16.seconds(none, kMany));
}

// Weights of few bits are read in no time where memory is fast, but they still have to be unpacked.
TEST(ExpectedSpeed, FollowsMemoryAsFarAsUnpackingCan) {
  MachineLimits fast = kUsual;
  fast.bytes *= 100;
  PlannedProducts few(Type::q2_k, 1), many(Type::q8_0, 1), wide(Type::f32, 1);
  EXPECT_LT(few.seconds(kUsual), many.seconds(kUsual));
  EXPECT_DOUBLE_EQ(few.seconds(fast), many.seconds(fast));
  EXPECT_LT(many.seconds(fast), many.seconds(kUsual));
  EXPECT_LT(wide.seconds(fast), many.seconds(fast));
}

}  // namespace
}  // namespace hearth
