#include "ops/reference_testing.h"

namespace hearth {
namespace {

using namespace reference_testing;

// v: two tokens of [2, 4], the numbers of seed 1; weights of seed 3, biases of seed 4.
TEST(Reference, Norms) {
  auto norm = [](Op op, std::vector<int64_t> shape, bool bias) {
    return [=](CaseBuilder& b) {
      View v = value(b, 2, 4, 1);
      int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
      auto w = shape.empty() ? none()
                             : of_weight(b.weight_of(shape, numbers(count, 3),
                                                     bias ? numbers(count, 4) : std::vector<float>()));
      return b.step(op, {of(v), w, of_number(0.01)}, 2, 4);
    };
  };
  // x / sqrt(mean x^2 + eps) w + b
  expect(2, norm(Op::rms, {}, false),
         {-0.6353209, 1.588302, 0.3176605, -0.9529814, 1.239751, 0, -1.239751, 0.9298136,  //
          -0.3398138, -1.699069, 0.6796277, -0.6796277, 1.391576, 0.2783152, -0.8349455, 1.113261});
  expect(2, norm(Op::rms, {4}, false),
         {-0.6353209, 0, -0.3176605, -0.7147361, 1.239751, 0, 1.239751, 0.6973602,  //
          -0.3398138, 0, -0.6796277, -0.5097207, 1.391576, 0, 0.8349455, 0.8349455});
  expect(2, norm(Op::rms, {4}, true),
         {-1.635321, 0.75, -0.5676605, -1.964736, 0.2397515, 0.75, 0.9897515, -0.5526398,  //
          -1.339814, 0.75, -0.9296277, -1.759721, 0.3915758, 0.75, 0.5849455, -0.4150545});
  expect(2, norm(Op::rms, {2, 4}, true),
         {-1.635321, 0.75, -0.5676605, -1.964736, 0.1900621, -0.5, 0.6301243, -0.2149068,  //
          -1.339814, 0.75, -0.9296277, -1.759721, 0.152106, -0.847894, 0.8325272, -0.3066303});
  // the same of x - mean x
  expect(2, norm(Op::layernorm, {4}, true),
         {-1.717001, 0.75, -0.4890002, -2.026751, 0.03566754, 0.75, 1.263668, -0.7122495,  //
          -0.8025119, 0.75, -1.632417, -1.398116, 0.03566754, 0.75, 1.263668, -0.7122495});
}

TEST(Reference, AlongTheLastDimension) {
  auto on = [](Op op, int64_t width) {
    return [=](CaseBuilder& b) { return b.step(op, {of(value(b, 2, 4, 1))}, 2, width); };
  };
  // e^x / sum e^x; the sum; the mean
  expect(2, on(Op::softmax, 4),
         {0.1036226, 0.596307, 0.2193691, 0.08070137, 0.4382091, 0.1612081, 0.05930515, 0.3412776,  //
          0.2345392, 0.08628214, 0.4965194, 0.1826593, 0.4382091, 0.1612081, 0.05930515, 0.3412776});
  expect(2, on(Op::sum, 1), {0.25, 0.75, -1.5, 1.75});
  expect(2, on(Op::mean, 1), {0.0625, 0.1875, -0.375, 0.4375});
  auto list = [](Op op, std::vector<float> numbers, std::vector<StepArgument> more = {}) {
    return [=](CaseBuilder& b) {
      std::vector<StepArgument> arguments = {of(b.values(1, 2, numbers))};
      arguments.insert(arguments.end(), more.begin(), more.end());
      return b.step(op, arguments, 1, 2);
    };
  };
  expect(1, list(Op::renorm, {1, 3}), {0.25, 0.75});
  expect(1, list(Op::softmax, {1000, 999}), {0.7310586, 0.2689414});
  // x / max(|x|, eps): 3 4 is 5 long
  expect(1, list(Op::l2, {3, 4}, {of_number(1e-6)}), {0.6, 0.8});
  expect(1, list(Op::l2, {3, 4}, {of_number(10)}), {0.3, 0.4});
}

// Weights of seed 5, biases of seed 6.
TEST(Reference, Maps) {
  auto map = [](Op op, std::vector<int64_t> shape, int64_t heads, int64_t to_heads) {
    return [=](CaseBuilder& b) {
      int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
      WeightId w = b.weight_of(shape, numbers(count, 5), numbers(count / 4, 6));
      View v = value(b, 2, 4, 1);
      v.heads = heads;
      if (op != Op::experts) return b.step(op, {of_weight(w), of(v)}, to_heads, 3);
      // experts 2 and 0 for the first token, 3 and 1 for the second: the largest scores
      View scores = b.values(1, 4, {0.5, 0, 0.9F, 0.1F, 0, 0.6F, 0.2F, 0.8F}), e = b.result(1, 2),
           p = b.result(1, 2);
      b.step(Op::pick, {of(scores), of_number(2)}, 1, 2);
      b.last().results = {e, p};
      return b.step(op, {of_weight(w), of(e), of(v)}, to_heads, 3);
    };
  };
  expect(2, map(Op::linear, {3, 4}, 2, 2),
         {-0.4375, -1.75, 0.375, -0.625, 2.25, 0.3125, 2.625, -2, 3, -1, 2.6875, 0.1875});
  expect(2, map(Op::linears, {2, 3, 4}, 2, 2),
         {-0.4375, -1.75, 0.375, 0.4375, -1.5, -0.6875, 2.625, -2, 3, 0.4375, -1.375, -1.125});
  expect(2, map(Op::linears, {2, 3, 4}, 1, 2),
         {-0.4375, -1.75, 0.375, 0.4375, -1.5625, 3.3125, 2.625, -2, 3, -0.9375, 0.625, 0.8125});
  expect(2, map(Op::experts, {4, 3, 4}, 1, 2),
         {-0.75, 1.375, -0.625, -0.4375, -1.75, 0.375, -1.1875, -2.375, 2.625, -0.9375, 0.625, 0.8125});
  expect(2, map(Op::experts, {4, 3, 4}, 2, 2),
         {-0.75, 1.375, -0.625, -0.625, 2.25, 0.3125, -1.1875, -2.375, 2.625, 0.4375, -1.375, -1.125});
}

TEST(Reference, MixAndTotal) {
  auto mix = [](int64_t rows) {
    return [=](CaseBuilder& b) {
      return b.step(Op::mix, {of(value(b, rows, 2, 7)), of(value(b, 2, 4, 1))}, rows, 4);
    };
  };
  // sum over k of w_k y_k, for each row of w
  expect(2, mix(1), {-0.375, 1.5625, 0.0625, -0.75, 1.4375, 1.1875, -1.125, 1.375});
  expect(2, mix(3),
         {-0.375, 1.5625, 0.0625, -0.75,  1.375,  -0.9375, -1.1875, 1.3125, -1,     0,      1,       -0.75,
          -0.5,   -1,     0.5625, -0.625, 0.9375, 1.6875,  -1,      1.125,  1.6875, 0.9375, -1.1875, 1.5});
  expect(2, [](CaseBuilder& b) { return b.step(Op::total, {of(value(b, 2, 4, 1))}, 1, 4); },
         {0.5, 1.25, -0.75, 0, 1, -1, -0.25, 0.5});
}

TEST(Reference, Pick) {
  auto pick = [](int result, int64_t k, bool bias, double groups, double used) {
    return [=](CaseBuilder& b) {
      View p = b.values(1, 8,
                        {0.1F, 0.4F, 0.2F, 0.3F, 0.25F, 0.05F, 0.15F, 0.35F,  //
                         0.5F, 0.1F, 0.5F, 0.2F, 0.3F, 0.45F, 0.35F, 0.05F});
      auto extra = bias ? of_weight(b.weight_of({8}, {0.3F, 0, 0, -0.3F, 0, 0.2F, 0.1F, 0})) : none();
      View e =
          b.step(Op::pick,
                 {of(p), of_number(static_cast<double>(k)), extra, of_number(groups), of_number(used)}, 1, k);
      View w = b.result(1, k);
      b.last().results.push_back(w);
      return result ? w : b.step(Op::number, {of(e)}, 1, k);
    };
  };
  expect(2, pick(0, 3, false, 1, 1), {1, 7, 3, 0, 2, 5});  // of 0.5 and 0.5 the first
  expect(2, pick(1, 3, false, 1, 1), {0.4, 0.35, 0.3, 0.5, 0.5, 0.45});
  // A bias changes which are picked, not what they weigh
  expect(2, pick(0, 3, true, 1, 1), {0, 1, 7, 0, 5, 2});
  expect(2, pick(1, 3, true, 1, 1), {0.1, 0.4, 0.35, 0.5, 0.45, 0.5});
  // Of four runs of two the two with the greatest sums: .1+.4 and .2+.3 before .25+.05 and .15+.35, a tie
  expect(2, pick(0, 3, false, 4, 2), {1, 3, 2, 2, 5, 4});
  expect(2, pick(0, 3, true, 4, 2), {0, 1, 7, 0, 5, 4});
  auto too_many = try_compute(2, pick(0, 5, false, 4, 2));
  ASSERT_FALSE(too_many.ok());
  EXPECT_EQ(too_many.error().message, "pick: 5 of 8 cannot be picked from 2 of 4 groups");
}

TEST(Reference, HeadsAndColumns) {
  auto on = [](Op op, std::vector<double> parameters, int64_t heads, int64_t width) {
    return [=](CaseBuilder& b) {
      std::vector<StepArgument> arguments = {of(b.values(2, 3, {1, 2, 3, 4, 5, 6}))};
      for (double parameter : parameters) arguments.push_back(of_number(parameter));
      return b.step(op, arguments, heads, width);
    };
  };
  expect(1, on(Op::reshape, {}, 3, 2), {1, 2, 3, 4, 5, 6});
  expect(1, on(Op::columns, {1, 2}, 2, 2), {2, 3, 5, 6});
  expect(1, on(Op::heads, {1, 2}, 1, 3), {4, 5, 6});
  expect(1, on(Op::tile, {2}, 4, 3), {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6});
  auto join = [](Op op, int64_t other_heads, int64_t other_width, int64_t heads, int64_t width) {
    return [=](CaseBuilder& b) {
      View x = b.values(2, 3, {1, 2, 3, 4, 5, 6}), y = b.values(other_heads, other_width, numbers(6, 1, 4));
      return b.step(op, {of(x), none(), of(y)}, heads, width);
    };
  };
  expect(1, join(Op::cat, 2, 1, 2, 4), {1, 2, 3, -2, 4, 5, 6, 5});
  expect(1, join(Op::stack, 1, 3, 3, 3), {1, 2, 3, 4, 5, 6, -2, 5, 1});
}

TEST(Reference, RowsEntriesAndNumbers) {
  expect(
      3,
      [](CaseBuilder& b) {
        WeightId table = b.weight_of({8, 2}, {0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 60, 61, 70, 71});
        return b.step(Op::rows, {of_weight(table), of(CaseBuilder::positions())}, 1, 2);
      },
      {50, 51, 60, 61, 70, 71}, 5);
  expect(
      2, [](CaseBuilder& b) { return b.step(Op::number, {of(CaseBuilder::positions())}, 1, 1); }, {7, 8}, 7);
  expect(1,
         [](CaseBuilder& b) {
           View e = b.result(1, 2), w = b.result(1, 2);
           b.step(Op::pick, {of(b.values(1, 4, {0, 3, 1, 2})), of_number(2)}, 1, 2);
           b.last().results = {e, w};
           return b.step(Op::entries, {of_weight(b.weight_of({4}, {5, 6, 7, 8})), of(e)}, 1, 2);
         },
         {6, 8});
  auto outside = try_compute(3, [](CaseBuilder& b) {
    return b.step(Op::rows, {of_weight(b.weight_of({2, 1}, {1, 2})), of(CaseBuilder::tokens())}, 1, 1);
  });
  ASSERT_FALSE(outside.ok());
  EXPECT_EQ(outside.error().message, "step: row 2 of a table of 2 is asked for");
}

}  // namespace
}  // namespace hearth
