#include "ops/reference_testing.h"

namespace hearth {
namespace {

using namespace reference_testing;

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

}  // namespace
}  // namespace hearth
