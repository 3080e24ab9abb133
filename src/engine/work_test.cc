#include "engine/work.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

Step product_step(Op op, int64_t heads, Rows rows) {
  Step step{};
  step.op = op;
  step.arguments = {{ArgumentKind::weight, {}, 0, 0}};
  View result;
  result.rows = rows;
  result.heads = heads;
  step.results = {result};
  return step;
}

TEST(Work, OfAProductIsItsBytesAndTwoOperationsForEachWeightAndLine) {
  std::vector<std::byte> bytes(18 * 64);
  std::vector<WeightData> weights = {{Type::q4_0, {64, 32}, bytes, {}}};
  BatchSize batch{2, 5, 0, 2};
  Work work = work_of({}, product_step(Op::linear, 1, Rows::tokens), weights, batch, {});
  EXPECT_EQ(work.bytes, 18 * 64);
  EXPECT_EQ(work.int8_ops, 2.0 * 64 * 32 * 10);
  EXPECT_EQ(work.f32_ops, 0);
  work = work_of({}, product_step(Op::linear, 1, Rows::wanted), weights, batch, {});
  EXPECT_EQ(work.int8_ops, 2.0 * 64 * 32 * 2);
  batch.wanted = 0;  // what nobody wants is not computed
  EXPECT_EQ(work_of({}, product_step(Op::linear, 1, Rows::wanted), weights, batch, {}).bytes, 0);
}

TEST(Work, OfExpertsIsThoseThatAreChosen) {
  std::vector<std::byte> bytes(4 * 8 * 16 * 32);
  std::vector<WeightData> weights = {{Type::f32, {8, 16, 32}, bytes, {}}};
  Work one = work_of({}, product_step(Op::experts, 2, Rows::tokens), weights, {1, 1, 0, 1}, {});
  EXPECT_DOUBLE_EQ(one.bytes, static_cast<double>(bytes.size()) * 2 / 8);
  EXPECT_DOUBLE_EQ(one.f32_ops, 2.0 * 16 * 32 * 2);
  Work many = work_of({}, product_step(Op::experts, 2, Rows::tokens), weights, {1, 1000, 0, 1}, {});
  EXPECT_NEAR(many.bytes, static_cast<double>(bytes.size()), 1);
}

TEST(Work, IsBoundByWhatTakesLongest) {
  MachineLimits limits{100, 1000, 10};
  EXPECT_EQ(bound_of({.bytes = 100, .int8_ops = 500}, limits).by, "memory");
  EXPECT_EQ(bound_of({.bytes = 100, .int8_ops = 500}, limits).seconds, 1);
  EXPECT_EQ(bound_of({.bytes = 100, .int8_ops = 5000, .f32_ops = 10}, limits).by, "int8");
  EXPECT_EQ(bound_of({.bytes = 100, .int8_ops = 5000, .f32_ops = 10}, limits).seconds, 6);
  EXPECT_EQ(bound_of({.bytes = 100, .int8_ops = 500, .f32_ops = 30}, limits).by, "f32");
  EXPECT_EQ(bound_of({.bf16_ops = 10}, limits).seconds, 1) << "without products of bf16";
  EXPECT_EQ(bound_of({.bf16_ops = 10}, limits).by, "bf16");
  limits.bf16_ops = 20;
  EXPECT_EQ(bound_of({.bf16_ops = 10}, limits).seconds, 0.5);
}

}  // namespace
}  // namespace hearth
