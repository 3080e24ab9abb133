#include "ops/reference_testing.h"

namespace hearth {
namespace {

using namespace reference_testing;

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

}  // namespace
}  // namespace hearth
