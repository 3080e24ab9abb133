// The reference against numbers that did not come from it: small enough to work out by hand, or from another
// implementation of the same definitions. Inputs are quarters between -5/4 and 5/4, so that they are exact.
#include "ops/reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "ops/conformance_cases.h"
#include "tensor/half.h"

namespace hearth {
namespace {

using namespace conformance;

// ((7 n + 3 seed) mod 11 - 5) / 4 for n = 0, 1, ..: for seed 1, -1/2 5/4 1/4 -3/4 1 0 -1 3/4 ..
std::vector<float> numbers(int64_t count, int64_t seed, float scale = 1) {
  std::vector<float> list;
  for (int64_t n = 0; n < count; ++n)
    list.push_back(scale * static_cast<float>((n * 7 + seed * 3) % 11 - 5) / 4);
  return list;
}

std::vector<float> sizes(std::vector<float> list) {
  for (float& number : list) number = std::abs(number);
  return list;
}

std::vector<float> minus(std::vector<float> list) {
  for (float& number : list) number = -number;
  return list;
}

constexpr int64_t kTokens = 5;

// A value of these heads and width, one row for each of the tokens.
View value(CaseBuilder& b, int64_t heads, int64_t width, int64_t seed) {
  return b.values(heads, width, numbers(kTokens * heads * width, seed));
}

// Tokens 0, 1, .. of one sequence in one batch, from a position on; the first output of what `make` builds.
Result<std::vector<float>> try_compute(int32_t tokens, const std::function<View(CaseBuilder&)>& make,
                                       int32_t start = 0) {
  CaseBuilder b("test");
  b.output(make(b));
  Case made = std::move(b).finish();
  auto backend = make_reference_backend();
  std::vector<WeightData> weights;
  for (const OwnedWeight& weight : made.weights)
    weights.push_back({weight.type, weight.shape, weight.bytes, weight.bias});
  TRY(auto loaded, backend->load(std::move(weights)));
  TRY(auto program, backend->compile(made.plan, std::move(loaded), 16));
  TRY(auto memory, program->make_memory(made.memory));
  std::vector<int32_t> ids(tokens), positions(tokens);
  std::vector<std::vector<int32_t>> tables(made.plan.tables.size(), {1, 0});
  std::iota(ids.begin(), ids.end(), 0);
  std::iota(positions.begin(), positions.end(), start);
  Batch::Run run{0, tokens, 0, tables, 0, false};
  TRY(auto outputs, program->run({ids, positions, {&run, 1}, ids}, *memory));
  return std::vector<float>(outputs[0].numbers.begin(), outputs[0].numbers.end());
}

void expect(int32_t tokens, const std::function<View(CaseBuilder&)>& make,
            const std::vector<double>& expected, int32_t start = 0) {
  auto found = try_compute(tokens, make, start);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR((*found)[i], expected[i], 1e-6 * (1 + std::abs(expected[i]))) << "number " << i;
  }
}

// One operator on [1, 8], the numbers of seed 1.
void expect_each(Op op, const std::vector<double>& parameters, const std::vector<double>& expected) {
  SCOPED_TRACE(row_of(op).name);
  expect(
      1,
      [&](CaseBuilder& b) {
        std::vector<StepArgument> arguments = {of(b.values(1, 8, numbers(8, 1)))};
        for (double parameter : parameters) arguments.push_back(of_number(parameter));
        return b.step(op, std::move(arguments), 1, 8);
      },
      expected);
}

TEST(Reference, Functions) {
  // 1 / (1 + e^-x)
  expect_each(Op::sigmoid, {},
              {0.3775407, 0.7772999, 0.5621765, 0.3208213, 0.7310586, 0.5, 0.2689414, 0.6791787});
  expect_each(Op::tanh, {},
              {-0.4621172, 0.8482836, 0.2449187, -0.635149, 0.7615942, 0, -0.7615942, 0.635149});
  expect_each(Op::exp, {}, {0.6065307, 3.490343, 1.284025, 0.4723666, 2.718282, 1, 0.3678794, 2.117});
  expect_each(Op::floor, {}, {-1, 1, 0, -1, 1, 0, -1, 0});
  expect_each(Op::relu, {}, {0, 1.25, 0.25, 0, 1, 0, 0, 0.75});
  // x sigmoid(x)
  expect_each(Op::silu, {},
              {-0.1887703, 0.9716248, 0.1405441, -0.240616, 0.7310586, 0, -0.2689414, 0.509384});
  // ln(1 + e^x)
  expect_each(Op::softplus, {},
              {0.474077, 1.501929, 0.8259394, 0.386871, 1.313262, 0.6931472, 0.3132617, 1.136871});
  // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))); x/2 (1 + erf(x / sqrt 2)); x sigmoid(1.702 x)
  expect_each(Op::gelu, {}, {-0.154286, 1.117714, 0.1496754, -0.1700394, 0.841192, 0, -0.158808, 0.5799606});
  expect_each(Op::gelu_erf, {},
              {-0.1542688, 1.117938, 0.1496766, -0.1699705, 0.8413447, 0, -0.1586553, 0.5800295});
  expect_each(Op::gelu_quick, {},
              {-0.1496116, 1.116934, 0.1511996, -0.1636099, 0.8457958, 0, -0.1542042, 0.5863901});
  // c tanh(x / c); x where c is 0
  expect_each(Op::softcap, {0.75},
              {-0.4370872, 0.6983322, 0.2411346, -0.5711956, 0.6525462, 0, -0.6525462, 0.5711956});
  expect_each(Op::softcap, {0}, {-0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75});
  expect_each(Op::clamp, {-0.5, 0.75}, {-0.5, 0.75, 0.25, -0.5, 0.75, 0, -0.5, 0.75});
  // softplus(b) x^2 + c x above 0, else (e^min(x, e) - 1 - x) (c + softplus(a)) + c x
  expect_each(Op::xielu, {0.4, -0.6, 0.5, -0.1},
              {-0.09947055, 1.308575, 0.152343, -0.06079267, 0.937488, -0.1344662, 0.01981926, 0.621087});
  auto on = [](Op op, std::vector<float> list) {
    return [=](CaseBuilder& b) { return b.step(op, {of(b.values(1, 3, list))}, 1, 3); };
  };
  expect(1, on(Op::log, {1, 0.5, 4}), {0, -0.6931472, 1.386294});
  expect(1, on(Op::sqrt, {0, 0.25, 2}), {0, 0.5, 1.414214});
  // Far out, where a careless form overflows
  expect(1, on(Op::softplus, {-200, 200, 800}), {0, 200, 800});
  expect(1, on(Op::silu, {-200, 200, -800}), {0, 200, 0});
}

TEST(Reference, SwigluClampsBothSides) {
  // g sigmoid(1.702 g) (u + 1), g at most 7, u within 7
  expect(1,
         [](CaseBuilder& b) {
           View g = b.values(1, 8, numbers(8, 1, 8)), u = b.values(1, 8, numbers(8, 2, 8));
           return b.step(Op::swiglu_oai, {of(g), of(u)}, 1, 8);
         },
         {-0.01324417, -34.99977, 15.48527, -0.0002203535, -41.99972, 0, 9.766429e-06, -35.99868});
}

TEST(Reference, ArithmeticStretchesOnes) {
  auto on = [](Op op, auto left, auto right, int64_t heads, int64_t width) {
    return [=](CaseBuilder& b) { return b.step(op, {left(b), right(b)}, heads, width); };
  };
  auto numbers_of = [](std::vector<float> list, int64_t heads, int64_t width) {
    return [=](CaseBuilder& b) { return of(b.values(heads, width, list)); };
  };
  auto weight = [](std::vector<float> list, std::vector<int64_t> shape) {
    return [=](CaseBuilder& b) { return of_weight(b.weight_of(shape, list)); };
  };
  auto number = [](double n) { return [=](CaseBuilder&) { return of_number(n); }; };
  auto heads = numbers_of({1, 2, 3, 4}, 2, 2);
  expect(1, on(Op::add, heads, numbers_of({10, 20}, 1, 2), 2, 2), {11, 22, 13, 24});
  expect(1, on(Op::add, heads, numbers_of({10, 20}, 2, 1), 2, 2), {11, 12, 23, 24});
  expect(1, on(Op::sub, numbers_of({10, 20}, 2, 1), numbers_of({1, 2}, 1, 2), 2, 2), {9, 8, 19, 18});
  expect(1, on(Op::mul, heads, weight({5, 7}, {2}), 2, 2), {5, 14, 15, 28});
  expect(1, on(Op::mul, weight({5, 7}, {2, 1}), heads, 2, 2), {5, 10, 21, 28});
  expect(1, on(Op::mul, heads, weight({1, 0, 2, -1}, {2, 2}), 2, 2), {1, 0, 6, -4});
  expect(1, on(Op::div, number(12), heads, 2, 2), {12, 6, 4, 3});
  expect(1, on(Op::pow, heads, number(2), 2, 2), {1, 4, 9, 16});
  expect(1, on(Op::pow, number(2), heads, 2, 2), {2, 4, 8, 16});
  auto mixed = numbers_of({-7, 7, -0.5, 8}, 1, 4);
  expect(1, on(Op::floor_div, mixed, number(4), 1, 4), {-2, 1, -1, 2});
  expect(1, on(Op::mod, mixed, number(4), 1, 4), {1, 3, 3.5, 0});  // a rest has the sign of the divisor
  // a + (b - a) t
  expect(1,
         [&](CaseBuilder& b) {
           return b.step(Op::lerp, {heads(b), of_number(10), weight({0, 0.5}, {2, 1})(b)}, 2, 2);
         },
         {1, 2, 6.5, 7});
}

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

// (p cos - q sin, p sin + q cos) at positions 5, 6, 7; frequencies 100^(-2i/dim).
TEST(Reference, Rope) {
  auto rope = [](Rotation rule, std::function<View(CaseBuilder&)> where) {
    return [=](CaseBuilder& b) {
      View x = value(b, 2, 6, 1);
      View y = b.step(Op::rope, {of(x), of(where(b))}, 2, 6);
      b.last().rotation = std::make_shared<const Rotation>(rule);
      return y;
    };
  };
  auto positions = [](CaseBuilder&) { return CaseBuilder::positions(); };
  expect(3, rope(rotation(6, 100), positions),
         {-0.8610243, -0.2884169, 0.2432976, 0.2667155,  1.574584,   0.05750043, -1.482318,  -0.08498588,
          -0.1282967, 0.6043465,  0.8973725, -0.5440955, 1.479628,   0.06864082, -0.4461934, 0.6109009,
          0.2403923,  -1.167652,  0.8598355, 0.4121437,  -1.545474,  0.2705235,  -0.3776739, 0.8582011,
          0.1884756,  0.9510473,  0.7082606, 0.1642466,  -0.8111776, 1.029984,   0.1400177,  -1.325858,
          0.3940334,  -0.5411978, -1.169231, 0.3965321},
         5);
  Rotation part = rotation(4, 100);
  part.adjacent = true;
  part.magnitude = 1.5;
  expect(3, rope(part, positions),
         {1.585236,  1.25106,     0.8684472, -0.8074958, 1,         0,          0.6532965, 1.757506,
          0.5698294, -1.825252,   0.5,       -0.5,       1.9051,    -0.1638402, -1.775466, 0.6027806,
          0,         -1,          0.9754108, -0.6744063, -1.970986, -0.4397029, -0.5,      1.25,
          1.021823,  -0.6017701,  1.147263,  0.9663265,  -1,        0.75,       0.9491365, -1.659937,
          1.056795,  -0.09046838, 1.25,      0.25},
         5);
  Rotation angles;
  angles.dim = 4;
  angles.angles = true;
  expect(
      3, rope(angles, [](CaseBuilder& b) { return value(b, 1, 2, 9); }),
      {-0.5,       0.04427464, 0.25,      -1.457065, 1,          0,         -1,        -0.646612,  -0.25,
       -1.306481,  0.5,        -0.5,      1.42584,   0.4896321,  0.3032818, 0.9070614, 0,          -1,
       1.400815,   -0.1185261, -0.403382, 0.5463072, -0.5,       1.25,      1.027815,  -0.6581869, 0.07807621,
       -0.3595692, -1,         0.75,      0.3956617, -0.8572654, 0.3949073, -1.038073, 1.25,       0.25});
  // Pairs turn by time, row and column: places (5, 1, 2), (6, 4, 3), (7, 0, 9)
  Rotation places = rotation(6, 100);
  places.axis = {0, 1, 2};
  expect(
      3,
      rope(places,
           [](CaseBuilder& b) {
             std::vector<View> parts;
             for (const std::vector<float>& falling : {std::vector<float>{5, 6, 7}, {1, 4, 0}, {2, 3, 9}}) {
               // the largest of ten numbers is where it is meant to be
               std::vector<float> scores(30);
               for (size_t t = 0; t < 3; ++t) scores[t * 10 + static_cast<size_t>(falling[t])] = 1;
               View e = b.result(1, 1), w = b.result(1, 1);
               b.step(Op::pick, {of(b.values(1, 10, scores)), of_number(1)}, 1, 1);
               b.last().results = {e, w};
               parts.push_back(e);
             }
             return b.step(Op::cat, {of(parts[0]), of(parts[1]), of(parts[2])}, 1, 3);
           }),
      {-0.8610243, 1.007321,   0.2489236, 0.2667155,  1.244108,  0.02317463, -1.482318,  0.6257709,
       -0.2025743, 0.6043465,  0.6487763, -0.5210217, 1.479628,  0.162773,   -0.6039424, 0.6109009,
       0.1897497,  -1.094419,  0.8598355, 0.2167263,  -1.411399, 0.2705235,  -0.5152957, 1.064403,
       0.1884756,  -0.75,      0.609733,  0.1642466,  -1,        1.091204,   0.1400177,  -1.25,
       0.3555788,  -0.5411978, 1.25,      0.431351});
}

// Four tokens; q [4, 3] of seed 1, k [2, 3] of seed 2, v [1, 2] of seed 3.
struct Variation {
  double scale = 1 / std::sqrt(3.0);
  double cap = 0, window = 0, chunk = 0;
  bool causal = true, sinks = false;
  std::vector<float> together, groups;
  std::optional<ScoreBias> bias;
  int64_t heads = 4;
  int32_t start = 0;
};

void expect_attention(const Variation& how, const std::vector<double>& expected) {
  expect(
      4,
      [&](CaseBuilder& b) {
        Attention a;
        a.q = value(b, how.heads, 3, 1);
        a.k = value(b, 2, 3, 2);
        a.v = value(b, 1, 2, 3);
        a.scale = how.scale;
        a.cap = how.cap;
        a.window = how.window;
        a.chunk = how.chunk;
        a.causal = how.causal;
        if (how.sinks) a.sinks = of_weight(b.weight_of({4}, numbers(4, 4)));
        if (!how.together.empty()) a.together = of(b.values(1, 1, how.together));
        if (!how.groups.empty()) a.groups = of(b.values(1, 1, how.groups));
        std::optional<ScoreBias> bias = how.bias;
        if (bias && bias->kind == ScoreBias::relative) bias->table = b.weight_of({8, 4}, numbers(32, 4));
        View y = attend(b, a, how.causal ? keys_values(b, a.k, a.v) : -1);
        b.last().bias = bias;
        return y;
      },
      expected, how.start);
}

TEST(Reference, AttentionSeesThePast) {
  expect_attention(
      {}, {1,          0,          1,           0,          1,          0,          1,          0,
           0.1078323,  0.3345629,  0,           0.375,      0.08996706, 0.3412624,  0.5207369,  0.1797237,
           0.03700486, 0.1741203,  -0.05792775, 0.2211049,  0.5288911,  -0.1179367, -0.5194307, -0.0965342,
           0.09707003, -0.6497468, 0.1104512,   -0.6160974, -0.297468,  -0.3906281, 0.2708322,  -0.3554958});
  Variation capped;
  capped.scale = 1;
  capped.cap = 0.5;
  expect_attention(
      capped,
      {1,           0,          1,           0,          1,          0,          1,          0,
       0.02892791,  0.364152,   0,           0.375,      0.02104711, 0.3671073,  0.4225062,  0.2165602,
       -0.03861275, 0.1165884,  -0.03990933, 0.118401,   0.3046708,  -0.1142656, -0.3695805, -0.2091376,
       0.09190911,  -0.5342436, 0.08772452,  -0.5306241, -0.2457883, -0.2531324, 0.1713268,  -0.3046498});
  Variation sinks;
  sinks.sinks = true;
  expect_attention(
      sinks,
      {0.6296937,  0,          0.2156386,   0,          0.427694,   0,           0.6780486,  0,
       0.0834407,  0.258885,   0,           0.142472,   0.05515261, 0.2092044,   0.4755594,  0.1641314,
       0.03462372, 0.1629163,  -0.04181555, 0.1596061,  0.4358785,  -0.09719596, -0.4945946, -0.09191849,
       0.09135583, -0.6114984, 0.08264169,  -0.4609756, -0.2622862, -0.3444282,  0.2574551,  -0.337937});
}

TEST(Reference, AttentionSeesAPartOfThePast) {
  Variation window;
  window.window = 2;
  expect_attention(window, {1,          0,          1,          0,         1,          0,          1,
                            0,          0.1078323,  0.3345629,  0,         0.375,      0.08996706, 0.3412624,
                            0.5207369,  0.1797237,  -0.843765,  0.3333734, -0.8649111, 0.3897629,  -0.5712462,
                            -0.3933435, -0.6787538, -0.1066565, 0.1114742, -0.8885258, 0.1520164,  -0.8479836,
                            -0.1264887, -1.126489,  0.3906692,  -0.6093308});
  // Positions 2, 3, 4, 5: the first token ends a chunk of 3, the others make the next
  Variation chunk;
  chunk.chunk = 3;
  chunk.start = 2;
  expect_attention(chunk, {1,          0,          1,          0,          1,
                           0,          1,          0,          -1,         0.75,
                           -1,         0.75,       -1,         0.75,       -1,
                           0.75,       -0.843765,  0.3333734,  -0.8649111, 0.3897629,
                           -0.5712462, -0.3933435, -0.6787538, -0.1066565, -0.002093714,
                           -0.7211049, 0.0266751,  -0.6741203, -0.4479449, -0.4359321,
                           0.1775228,  -0.4009876});
  // Tokens 1 and 2 are one picture and see each other, whatever the window
  Variation together;
  together.together = {0, 1, 1, 2};
  together.window = 2;
  expect_attention(
      together,
      {1,           0,          1,           0,          1,           0,          1,          0,
       -0.01677583, -0.2172302, -0.08333333, -0.1666667, -0.03276977, -0.2332242, 0.4104179,  -0.02491904,
       -0.843765,   0.3333734,  -0.8649111,  0.3897629,  -0.5712462,  -0.3933435, -0.6787538, -0.1066565,
       0.1114742,   -0.8885258, 0.1520164,   -0.8479836, -0.1264887,  -1.126489,  0.3906692,  -0.6093308});
}

TEST(Reference, AttentionBothWays) {
  Variation both;
  both.causal = false;
  expect_attention(
      both,
      {0.08542496, -0.6829268, 0.09707003,   -0.6497468, -0.3304465, -0.3085952, -0.297468,  -0.3906281,
       0.09640748, -0.279162,  0.0625,       -0.25,      0.2847173,  -0.3922007, 0.426614,   -0.1108122,
       0.07685582, 0.1160974,  -0.002717144, 0.1497468,  0.5250395,  -0.1688707, -0.4010979, -0.1433674,
       0.09707003, -0.6497468, 0.1104512,    -0.6160974, -0.297468,  -0.3906281, 0.2708322,  -0.3554958});
  both.window = 3;  // one to each side
  expect_attention(
      both,
      {0.1433435,   0.3212462,  0.03606874,  0.3614742,  -0.5833734,  0.593765,   -0.5207369, 0.5702763,
       -0.01677583, -0.2172302, -0.08333333, -0.1666667, -0.03276977, -0.2332242, 0.4104179,  -0.02491904,
       -0.6384799,  0.2060601,  -0.6435266,  0.245446,   -0.2080193,  -0.4295075, -0.5293979, -0.1564957,
       0.1114742,   -0.8885258, 0.1520164,   -0.8479836, -0.1264887,  -1.126489,  0.3906692,  -0.6093308});
  Variation groups;
  groups.causal = false;
  groups.groups = {0, 1, 0, 1};
  expect_attention(
      groups,
      {-0.004172945, -1.004173,  -0.01122106, -1.011221,  -0.01811377, -1.018114,  -0.0248518,   -1.024852,
       -0.2635302,   0.1362751,  -0.25,       0.125,      0.2529773,   -0.2941478, -0.2229484,   0.102457,
       0.7681138,    -0.2318862, 0.7612211,   -0.2387789, 0.7541729,   -0.2458271, -0.004172945, -1.004173,
       0.2134653,    -0.2612211, 0.2217365,   -0.2681138, -0.6693012,  0.4744177,  0.2377233,    -0.2814361});
}

TEST(Reference, AttentionWithBiases) {
  // Six heads: slopes 2^-2, 2^-4, 2^-6, 2^-8 for the power of 2 below, then 2^-1, 2^-3
  Variation alibi;
  alibi.heads = 6;
  alibi.bias = ScoreBias{};
  expect_attention(alibi, {1,
                           0,
                           1,
                           0,
                           1,
                           0,
                           1,
                           0,
                           1,
                           0,
                           1,
                           0,
                           -0.229113,
                           0.4609174,
                           0.1480752,
                           0.3194718,
                           0.06426758,
                           0.3508997,
                           0.6386077,
                           0.1355221,
                           0.5356129,
                           0.1741452,
                           -0.7213641,
                           0.6455115,
                           -0.2114214,
                           -0.8534341,
                           -0.2045226,
                           -0.7351369,
                           -0.2280315,
                           -0.6678727,
                           -0.1403171,
                           -0.09870651,
                           -0.2474923,
                           -0.4027036,
                           -0.08509683,
                           -0.2912289,
                           0.06836036,
                           0.02186778,
                           0.05500319,
                           0.1032363,
                           -0.007564816,
                           0.146577,
                           0.5234379,
                           -0.1702461,
                           -0.2807958,
                           -0.3751376,
                           -0.3483229,
                           -0.2848989});
  alibi.heads = 4;
  alibi.bias->steep = 3;
  expect_attention(
      alibi,
      {1,          0,          1,          0,          1,           0,          1,          0,
       -0.1868282, 0.4450606,  -0.174958,  0.4406093,  -0.01489997, 0.3805875,  0.4737157,  0.1973566,
       -0.2278543, 0.07279724, -0.2161155, 0.1825496,  0.4255418,   -0.1852238, -0.5223492, -0.1547935,
       0.1888472,  -0.695374,  0.1699892,  -0.6573232, -0.2811839,  -0.4855093, 0.2914759,  -0.3927543});
  Variation relative;
  relative.bias = ScoreBias{ScoreBias::relative, 8, -1, false, 16};
  expect_attention(
      relative,
      {1,          0,          1,          0,           1,          0,          1,          0,
       0.6953566,  0.1142413,  -0.5545997, 0.5829749,   0.6859208,  0.1177797,  0.8686002,  0.04927491,
       -0.4919658, 0.4868745,  0.5016393,  -0.03511964, 0.1704833,  0.1320885,  -0.8110335, 0.4435587,
       0.05976331, -0.8302497, 0.1352019,  -0.3661922,  -0.3247027, -0.8894098, 0.3452768,  -0.4097996});
  relative.bias->both = true;
  relative.causal = false;
  expect_attention(
      relative,
      {-0.1596502, -0.4568578, 0.2686152,  -0.2566664,  -0.1415157, -0.7959165, -0.6643624, 0.1275395,
       0.1932472,  -0.6492235, -0.4032924, 0.04850272,  0.5420516,  -0.302515,  0.5771515,  -0.3014195,
       -0.2809453, 0.2769371,  0.5015385,  -0.06373021, 0.1844141,  0.1053661,  -0.4761513, 0.202542,
       -0.1057343, -0.9763878, 0.2222881,  -0.3293162,  -0.2791735, -0.8588414, 0.1165524,  -0.5529611});
}

TEST(Reference, ShiftAndConvolution) {
  auto state = [](CaseBuilder& b, View y, int64_t floats) {
    if (floats) b.last().state = slot(b, floats);
    return y;
  };
  expect(5, [&](CaseBuilder& b) { return state(b, b.step(Op::shift, {of(value(b, 1, 3, 1))}, 1, 3), 3); },
         {0, 0, 0, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, -1.25, 0.5, -0.5});
  auto convolution = [&](bool causal) {
    return [=](CaseBuilder& b) {
      WeightId w = b.weight_of({3, 4}, numbers(12, 2), numbers(3, 3));
      return state(b, b.step(Op::conv1d, {of(value(b, 1, 3, 1)), of_weight(w), of_number(causal)}, 1, 3),
                   causal ? 9 : 0);
    };
  };
  // sum over j of W[c, j] x[t - 3 + j], plus a bias; centred: x[t - 1 + j]
  expect(5, convolution(true),
         {1, -1.5625, -0.9375, 0.5, -1.5625, -0.6875, 0.625, -0.25, -1.1875, 0.4375, -1.3125, -1.3125, 0.3125,
          -0.875, -1.6875});
  expect(5, convolution(false),
         {0.625, -0.25, -1.1875, 0.4375, -1.3125, -1.3125, 0.3125, -0.875, -1.6875, 2.9375, -0.4375, -1.8125,
          -0.25, -0.3125, -0.875});
}

// Three tokens, two heads.
TEST(Reference, Recurrences) {
  auto with_state = [](CaseBuilder& b, Op op, std::vector<StepArgument> arguments, int64_t floats) {
    View y = b.step(op, std::move(arguments), 2, 2);
    b.last().state = slot(b, floats);
    return y;
  };
  // S = S e^(dt A) + dt u B^T; y = S C
  expect(3,
         [&](CaseBuilder& b) {
           View dt = b.values(1, 2, sizes(numbers(6, 2)));
           WeightId a = b.weight_of({2, 3}, minus(sizes(numbers(6, 3))));
           return with_state(
               b, Op::scan,
               {of(value(b, 2, 2, 1)), of(dt), of_weight(a), of(value(b, 1, 3, 4)), of(value(b, 1, 3, 5))},
               12);
         },
         {0.1015625, -0.2539062, -0.1523438, 0.4570312, 0.9876941, 0.3432648, 0.2578125, -0.7734375,
          0.9103243, 1.125469, -0.06110457, -0.3323113});
  expect(3,
         [&](CaseBuilder& b) {
           View dt = b.values(1, 2, sizes(numbers(6, 2)));
           WeightId a = b.weight_of({2, 1}, minus(sizes(numbers(2, 3))));
           return with_state(
               b, Op::scan,
               {of(value(b, 2, 2, 1)), of(dt), of_weight(a), of(value(b, 2, 3, 4)), of(value(b, 2, 3, 5))},
               12);
         },
         {0.1015625, -0.2539062, 0.2109375, -0.6328125, -0.7564774, 0.1724435, 0.328125, -0.984375,
          -0.3111015, 0.6208865, -0.3632812, 0.7617188});
  // S = diag(e^decay) S; S = S + k (beta (v - S^T k))^T; y = scale S^T q
  auto delta = [&](int64_t decays, StepArgument scale) {
    return [&, decays, scale](CaseBuilder& b) {
      View k = b.values(1, 3, numbers(9, 2, 0.5F));
      View decay = b.values(2, decays, minus(sizes(numbers(6 * decays, 4))));
      View beta = b.values(2, 1, sizes(numbers(6, 5, 0.5F)));
      return with_state(b, Op::delta,
                        {of(value(b, 1, 3, 1)), of(k), of(value(b, 2, 2, 3)), of(decay), of(beta), scale},
                        12);
    };
  };
  expect(3, delta(1, none()),
         {-0.02931857, 0, 0.1465928, -0.1099446, -0.005669333, 0.09021098, 0.007530528, 0.003373202,
          -0.189206, 0.003359992, 0.03195681, -0.03189064});
  expect(3, delta(3, of_number(0.5)),
         {-0.02539062, 0, 0.1269531, -0.09521484, -0.002474118, 0.078125, 0.08669657, -0.05720993, -0.1602377,
          0.007370429, 0.06269192, -0.05432547});
  // y = (S + diag(U) k v^T)^T r; S = diag(w) S + k v^T
  expect(3,
         [&](CaseBuilder& b) {
           View w = b.values(2, 3, sizes(numbers(18, 4, 0.5F)));
           WeightId u = b.weight_of({2, 3}, numbers(6, 5));
           return with_state(
               b, Op::wkv6,
               {of(value(b, 2, 3, 1)), of(value(b, 2, 3, 2)), of(value(b, 2, 2, 3)), of(w), of_weight(u)},
               12);
         },
         {1.328125, 0, 1.25, -0.9375, -1.324219, -1.308594, 1.09375, -0.875, 0.04296875, 1.230469, -0.421875,
          0.65625});
  // S = S diag(w) + (S a) b^T + v k^T; y = S r
  expect(3,
         [&](CaseBuilder& b) {
           View w = b.values(2, 3, sizes(numbers(18, 4, 0.5F)));
           View a = b.values(2, 3, numbers(18, 6, 0.25F)), c = b.values(2, 3, numbers(18, 7, 0.25F));
           return with_state(
               b, Op::wkv7,
               {of(value(b, 2, 3, 1)), of(w), of(value(b, 2, 3, 2)), of(value(b, 2, 2, 3)), of(a), of(c)},
               12);
         },
         {-0.8125, 0, 1, -0.75, -0.1757812, 1.015625, 0.9023438, -0.8173828, -0.7852173, 0.2523193, 0.6806488,
          -0.7939339});
}

TEST(Reference, Pooling) {
  auto pool = [](int kind) {
    return [=](CaseBuilder& b) {
      View x = b.values(1, 2, {1, 2, 3, 5, 5, 11});
      return b.step(Op::pool, {of(x), of_number(kind)}, 1, 2, kind ? Rows::sequences : Rows::tokens);
    };
  };
  expect(3, pool(0), {1, 2, 3, 5, 5, 11});
  expect(3, pool(1), {3, 6});
  expect(3, pool(2), {1, 2});
  expect(3, pool(3), {5, 11});
  expect(3, pool(4), {1, 2});
}

std::string refusal(const std::function<View(CaseBuilder&)>& make) {
  auto found = try_compute(2, make);
  return found.ok() ? "" : found.error().message;
}

TEST(Reference, RefusesShapesThatDoNotFit) {
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::linear, {of_weight(b.weight({3, 4})), of(b.input(1, 5))}, 1, 3);
            }),
            "step: a weight of [3, 4], [1, 5] to [1, 3] do not fit together");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::linear, {of_weight(b.weight({3, 4}, 4)), of(b.input(1, 4))}, 1, 3);
            }),
            "step: a weight of [3, 4] with a bias of 4, [1, 4] to [1, 3] do not fit together");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::add, {of(b.input(2, 5)), of_number(1)}, 1, 5);
            }),
            "step: [2, 5], 1 to [1, 5] do not fit together");
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::shift, {of(b.input(1, 5))}, 1, 5); }),
            "shift: [1, 5] to [1, 5] remembering nothing do not fit together");
}

TEST(Reference, RefusesArgumentsOfAnotherKind) {
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::silu, {of_number(1)}, 1, 5); }),
            "silu: argument 1 is not of the kind it takes");
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::softcap, {of(b.input(1, 5))}, 1, 5); }),
            "softcap: argument 2 is not of the kind it takes");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::sum, {of(b.input(1, 5)), of_number(1)}, 1, 1);
            }),
            "sum: 2 arguments are too many");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::pick, {of(b.input(1, 5)), of_number(1)}, 1, 1);
            }),
            "pick: 1 results instead of 2");
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::alibi, {of_number(8)}, 1, 1); }),
            "alibi: the reference has no such operator");
}

TEST(Reference, RefusesWeightsItCannotRead) {
  auto backend = make_reference_backend();
  std::vector<std::byte> bytes(24);
  auto refusal = [&](WeightData data) {
    std::vector<WeightData> weights;
    weights.push_back(std::move(data));
    auto loaded = backend->load(std::move(weights));
    return loaded.ok() ? "" : loaded.error().message;
  };
  EXPECT_EQ(refusal({Type::f32, {2, 3}, bytes, {}}), "");
  EXPECT_EQ(refusal({Type::f16, {4, 3}, bytes, {}}), "weight 0: the reference takes f32, not f16");
  EXPECT_EQ(refusal({Type::f32, {2, 4}, bytes, {}}), "weight 0: 24 bytes for [2, 4] in f32");
  EXPECT_EQ(refusal({Type::f32, {INT64_MAX, 3}, bytes, {}}),
            fmt::format("weight 0: a shape of [{}, 3] is out of bounds", INT64_MAX));
  EXPECT_EQ(refusal({Type::f32, {2, -3}, bytes, {}}), "weight 0: a shape of [2, -3] is out of bounds");
}

// A program that remembers keys, values and the token before.
class Remembering : public testing::Test {
 protected:
  void SetUp() override {
    CaseBuilder b("remembering");
    View x = b.values(1, 2, thirds_);
    Attention a;
    a.q = a.k = a.v = x;
    View attended = attend(b, a, keys_values(b, x, x));
    View before = b.step(Op::shift, {of(x)}, 1, 2);
    b.last().state = slot(b, 2);
    b.output(attended);
    b.output(before);
    case_ = std::move(b).finish();
    auto backend = make_reference_backend();
    auto loaded = backend->load({{Type::f32, {8, 2}, case_.weights[0].bytes, {}}});
    ASSERT_TRUE(loaded.ok());
    auto program = backend->compile(case_.plan, *loaded, 4);
    ASSERT_TRUE(program.ok());
    program_ = *std::move(program);
    memory_ = make({{4}, 2, 2, Type::f32, Type::f32});
  }

  std::unique_ptr<SequenceMemory> make(const MemoryOptions& options) {
    auto memory = program_->make_memory(options);
    return memory.ok() ? *std::move(memory) : nullptr;
  }

  // One token; both outputs behind each other.
  std::vector<float> next(int32_t token, int32_t past, std::vector<int32_t> pages, int32_t slot) {
    std::vector<int32_t> tokens = {token}, positions = {past}, wanted = {0};
    std::vector<std::vector<int32_t>> tables = {std::move(pages)};
    Batch::Run run{0, 1, past, tables, slot, false};
    auto outputs = program_->run({tokens, positions, {&run, 1}, wanted}, *memory_);
    if (!outputs.ok()) return {};
    std::vector<float> found((*outputs)[0].numbers.begin(), (*outputs)[0].numbers.end());
    found.insert(found.end(), (*outputs)[1].numbers.begin(), (*outputs)[1].numbers.end());
    return found;
  }

  const std::vector<float> thirds_ = numbers(16, 1, 1 / 3.0F);  // which no narrower type holds
  Case case_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<SequenceMemory> memory_;
};

TEST_F(Remembering, TwoSequencesGoOnFromOneBeginning) {
  for (int32_t place = 0; place < 2; ++place) next(3, place, {0}, 0);
  auto whole = next(5, 2, {0, 1}, 0);
  memory_->clear_slot(0);
  for (int32_t place = 0; place < 2; ++place) next(3, place, {0}, 0);
  memory_->copy_slot(0, 1);
  next(7, 2, {0, 1}, 0);  // one goes on elsewhere
  EXPECT_EQ(next(5, 2, {0, 3}, 1), whole);
  memory_->clear_slot(1);
  auto first = next(3, 0, {3}, 1);
  ASSERT_EQ(first.size(), 4u);
  EXPECT_EQ(first[2], 0);
  EXPECT_EQ(first[3], 0);
}

TEST_F(Remembering, KeysAndValuesAreRoundedToTheirTypes) {
  EXPECT_EQ(next(3, 0, {0}, 0)[0], thirds_[6]);
  memory_ = make({{4}, 2, 2, Type::f32, Type::f16});
  float narrow = f32_from_f16(f16_from_f32(thirds_[6]));
  EXPECT_EQ(next(3, 0, {0}, 0)[0], narrow);
  EXPECT_NE(narrow, thirds_[6]);
  EXPECT_FALSE(program_->make_memory({{4}, 2, 2, Type::q8_0, Type::f16}).ok());
  EXPECT_EQ(program_->make_memory({{4}, 2, 2, Type::f32, Type::bf16}).error().message,
            "sequence memory: the reference keeps values in f32 or f16, not bf16");
  EXPECT_EQ(program_->make_memory({{4}, 0, 2, Type::f32, Type::f32}).error().message,
            "sequence memory: pages of 0 tokens");
  EXPECT_EQ(program_->make_memory({{INT32_MAX}, INT32_MAX, 2, Type::f32, Type::f32}).error().message,
            "sequence memory: 2147483647 times 2147483647 numbers is more than the reference keeps");
}

TEST_F(Remembering, TakesNoMemoryOfAnotherProgram) {
  CaseBuilder b("other");
  View y = b.step(Op::shift, {of(b.input(1, 3))}, 1, 3);
  b.last().state = slot(b, 3);
  b.output(y);
  Case other = std::move(b).finish();
  auto backend = make_reference_backend();
  auto loaded = backend->load({{Type::f32, other.weights[0].shape, other.weights[0].bytes, {}}});
  ASSERT_TRUE(loaded.ok());
  auto program = backend->compile(other.plan, *loaded, 4);
  ASSERT_TRUE(program.ok());
  auto run = (*program)->run({}, *memory_);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().message, "the memory was made for another program");
}

}  // namespace
}  // namespace hearth
