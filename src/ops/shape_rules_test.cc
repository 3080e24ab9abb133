// Each operator's shapes, as numbers and as names, and what it says to those it does not take.
#include "ops/shape_rules.h"

#include <gtest/gtest.h>

#include "ops/graph.h"

namespace hearth {
namespace {

using Dims = std::vector<Dim>;

const Dim H = Dim::symbol("heads"), D = Dim::symbol("head_dim"), F = Dim::symbol("ffn"),
          N = Dim::symbol("experts");

ShapeArgument value(Dims dims) { return {ShapeArgument::value, {{tokens_rows()}, std::move(dims)}, {}}; }
ShapeArgument weight(Dims dims) { return {ShapeArgument::weight, {{}, std::move(dims)}, {}}; }
ShapeArgument number(Dim size) { return {ShapeArgument::number, {}, std::move(size)}; }
ShapeArgument real() { return {ShapeArgument::number, {}, {}}; }  // a number that is no size
const ShapeArgument none;

// "[2, 3] [4]", or what is wrong. Results must be led by tokens.
std::string shapes(Op op, std::vector<ShapeArgument> arguments) {
  auto results = row_of(op).rule(arguments);
  if (!results.ok()) return results.error().message;
  std::string text;
  for (const Shape& shape : *results) {
    text += (text.empty() ? "" : " ") + shape.to_string();
    if (shape.lead != Dims{tokens_rows()}) text += " of no token";
  }
  return text;
}

TEST(ShapeRules, EveryOperatorOfALanguagesNameHasOneOrIsNoStep) {
  for (const Operator& row : operators()) {
    bool resolved = row.op == Op::reshape || row.op == Op::columns || row.op == Op::select ||
                    row.op == Op::alibi || row.op == Op::relative || row.op == Op::remember ||
                    row.op == Op::count || row.op == Op::round_up || row.op == Op::rope_factors;
    EXPECT_EQ(row.rule == nullptr, resolved) << row.name;
  }
}

TEST(ShapeRules, Indexer) {
  EXPECT_EQ(shapes(Op::indexer, {value({4, 9}), value({9}), value({4}), number(5)}), "[5]");
  EXPECT_EQ(shapes(Op::indexer, {value({4, 9}), value({8}), value({4}), number(5)}),
            "a key of indexer has 9 values, as the queries have; here it is [8]");
  EXPECT_EQ(shapes(Op::indexer, {value({4, 9}), value({9}), value({3}), number(5)}),
            "indexer takes a weight for each of 4 heads; here it is [3]");
  EXPECT_EQ(shapes(Op::indexer, {value({4, 9}), value({9}), value({4}), number(0)}), "indexer keeps 0 keys");
}

TEST(ShapeRules, Linear) {
  EXPECT_EQ(shapes(Op::linear, {weight({7, 5}), value({5})}), "[7]");
  EXPECT_EQ(shapes(Op::linear, {weight({7, 5}), value({3, 5})}), "[3, 7]");
  EXPECT_EQ(shapes(Op::linear, {weight({F, H * D}), value({D * H})}), "[ffn]");
  EXPECT_EQ(shapes(Op::linear, {weight({7, 5}), value({4})}),
            "a map of [7, 5] takes 5 values; here it is [4]");
  EXPECT_EQ(shapes(Op::linear, {weight({F, H * D}), value({H})}),
            "a map of [ffn, head_dim*heads] takes head_dim*heads values; here it is [heads]");
  EXPECT_EQ(shapes(Op::linear, {weight({7, 5}), value({})}), "a map of [7, 5] takes 5 values; here it is []");
  EXPECT_EQ(shapes(Op::linear, {weight({7}), value({7})}),
            "a linear map is [outputs, inputs]; here it is [7]");
}

TEST(ShapeRules, Linears) {
  EXPECT_EQ(shapes(Op::linears, {weight({3, 7, 5}), value({3, 5})}), "[3, 7]");
  EXPECT_EQ(shapes(Op::linears, {weight({3, 7, 5}), value({1, 5})}), "[3, 7]");
  EXPECT_EQ(shapes(Op::linears, {weight({H, 7, D}), value({H, D})}), "[heads, 7]");
  EXPECT_EQ(shapes(Op::linears, {weight({3, 7, 5}), value({2, 5})}),
            "a map of [3, 7, 5] takes [3, 5]; here it is [2, 5]");
  EXPECT_EQ(shapes(Op::linears, {weight({3, 7, 5}), value({3, 7})}),
            "a map of [3, 7, 5] takes [3, 5]; here it is [3, 7]");
  EXPECT_EQ(shapes(Op::linears, {weight({7, 5}), value({5})}),
            "a linear map for each head is [heads, outputs, inputs]; here it is [7, 5]");
}

TEST(ShapeRules, Experts) {
  EXPECT_EQ(shapes(Op::experts, {weight({9, 7, 5}), value({2}), value({5})}), "[2, 7]");
  EXPECT_EQ(shapes(Op::experts, {weight({9, 7, 5}), value({2}), value({2, 5})}), "[2, 7]");
  EXPECT_EQ(shapes(Op::experts, {weight({N, F, D}), value({2}), value({D})}), "[2, ffn]");
  EXPECT_EQ(shapes(Op::experts, {weight({9, 7, 5}), value({2}), value({3, 5})}),
            "2 experts of [9, 7, 5] take [5], or as many heads; here it is [3, 5]");
  EXPECT_EQ(shapes(Op::experts, {weight({9, 7, 5}), value({2}), value({4})}),
            "2 experts of [9, 7, 5] take [5], or as many heads; here it is [4]");
  EXPECT_EQ(shapes(Op::experts, {weight({9, 7, 5}), value({2, 2}), value({5})}),
            "experts are chosen by a list for each token; here it is [2, 2]");
  EXPECT_EQ(shapes(Op::experts, {weight({7, 5}), value({2}), value({5})}),
            "experts are [experts, outputs, inputs]; here it is [7, 5]");
}

TEST(ShapeRules, RowsAndEntries) {
  EXPECT_EQ(shapes(Op::rows, {weight({9, 5}), value({})}), "[5]");
  EXPECT_EQ(shapes(Op::rows, {weight({9, H * D}), value({})}), "[head_dim*heads]");
  EXPECT_EQ(shapes(Op::rows, {weight({9}), value({})}), "rows are taken from a matrix; here it is [9]");
  EXPECT_EQ(shapes(Op::rows, {weight({9, 5}), value({3})}),
            "rows are taken by one id for each token; here it is [3]");
  EXPECT_EQ(shapes(Op::entries, {weight({9}), value({3})}), "[3]");
  EXPECT_EQ(shapes(Op::entries, {weight({9, 5}), value({3})}),
            "entries are taken from a vector; here it is [9, 5]");
}

TEST(ShapeRules, ArithmeticOfValues) {
  for (Op op : {Op::add, Op::sub, Op::mul, Op::div, Op::pow, Op::floor_div, Op::mod}) {
    EXPECT_EQ(shapes(op, {value({3, 5}), value({3, 5})}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({5}), value({3, 5})}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({3, 5}), value({})}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({3, 1}), value({5})}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({3, 5}), real()}), "[3, 5]");
    EXPECT_EQ(shapes(op, {real(), value({3, 5})}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({H, D}), value({H, 1})}), "[heads, head_dim]");
    EXPECT_EQ(shapes(op, {value({5}), value({4})}), "[5] does not meet [4]");
    EXPECT_EQ(shapes(op, {value({H, D}), value({H, F})}), "[heads, head_dim] does not meet [heads, ffn]");
    EXPECT_EQ(shapes(op, {value({3, 5}), value({3})}),
              "[3, 5] does not meet [3]; split makes a number for each head of a vector");
  }
}

TEST(ShapeRules, ArithmeticWithWeights) {
  EXPECT_EQ(shapes(Op::mul, {value({3, 5}), weight({5})}), "[3, 5]");
  EXPECT_EQ(shapes(Op::mul, {weight({3, 5}), value({3, 5})}), "[3, 5]");
  EXPECT_EQ(shapes(Op::mul, {value({3, 5}), weight({3, 1})}), "[3, 5]");
  EXPECT_EQ(shapes(Op::add, {value({H, D}), weight({D})}), "[heads, head_dim]");
  EXPECT_EQ(shapes(Op::add, {value({3, 5}), weight({3})}),
            "[3, 5] does not meet [3]; split makes a number for each head of a vector");
}

TEST(ShapeRules, ValuesThatMeetHaveTheSameRows) {
  ShapeArgument pooled{ShapeArgument::value, {{sequence_rows()}, {5}}, {}};
  std::string refusal = "a value with rows for tokens does not meet one with rows for sequences";
  EXPECT_EQ(shapes(Op::add, {value({5}), pooled}), refusal);
  EXPECT_EQ(shapes(Op::lerp, {value({5}), pooled, real()}), refusal);
  EXPECT_EQ(shapes(Op::cat, {value({5}), pooled}), refusal);
  EXPECT_EQ(shapes(Op::stack, {value({5}), pooled}), refusal);
}

TEST(ShapeRules, ElementByElement) {
  for (Op op : {Op::sigmoid, Op::tanh, Op::exp, Op::log, Op::sqrt, Op::floor, Op::relu, Op::silu,
                Op::softplus, Op::gelu, Op::gelu_erf, Op::gelu_quick, Op::softmax, Op::renorm, Op::number,
                Op::index, Op::shift, Op::media}) {
    EXPECT_EQ(shapes(op, {value({3, 5})}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({H, D})}), "[heads, head_dim]");
    EXPECT_EQ(shapes(op, {none}), "a tensor is expected in place 1");
  }
  EXPECT_EQ(shapes(Op::clamp, {value({3, 5}), real(), real()}), "[3, 5]");
  EXPECT_EQ(shapes(Op::clamp, {value({3, 5}), real(), value({5})}),
            "a number is expected in place 3; here it is [5]");
  EXPECT_EQ(shapes(Op::clamp, {real(), value({5}), real()}), "a tensor is expected in place 1");
  EXPECT_EQ(shapes(Op::softcap, {value({5}), real()}), "[5]");
  EXPECT_EQ(shapes(Op::softcap, {value({5}), weight({5})}),
            "a number is expected in place 2; here it is [5]");
  EXPECT_EQ(shapes(Op::xielu, {value({5}), real(), real(), real(), real()}), "[5]");
  EXPECT_EQ(shapes(Op::l2, {value({5}), real()}), "[5]");
  EXPECT_EQ(shapes(Op::rope, {value({3, 6}), value({})}), "[3, 6]");
  EXPECT_EQ(shapes(Op::deepen, {value({5}), number(1)}), "[5]");
}

TEST(ShapeRules, Broadcast) {
  EXPECT_EQ(shapes(Op::lerp, {value({5}), value({5}), real()}), "[5]");
  EXPECT_EQ(shapes(Op::lerp, {value({5}), value({5}), weight({3, 5})}), "[3, 5]");
  EXPECT_EQ(shapes(Op::lerp, {real(), value({3, 5}), value({5})}), "[3, 5]");
  EXPECT_EQ(shapes(Op::lerp, {value({5}), value({4}), real()}), "[5] does not meet [4]");
  EXPECT_EQ(shapes(Op::swiglu_oai, {value({H, F}), value({H, F})}), "[heads, ffn]");
}

TEST(ShapeRules, HeadsOfAValue) {
  EXPECT_EQ(shapes(Op::heads, {value({4, 5}), number(1), number(3)}), "[2, 5]");
  EXPECT_EQ(shapes(Op::heads, {value({H, D}), number(1), number(H)}), "[heads - 1, head_dim]");
  EXPECT_EQ(shapes(Op::heads, {value({4, 5}), number(2), number(5)}),
            "heads 2 to 5 are asked for; here are 4");
  EXPECT_EQ(shapes(Op::heads, {value({4, 5}), number(2), number(2)}),
            "heads 2 to 2 are asked for; here are 4");
  EXPECT_EQ(shapes(Op::heads, {value({4, 5}), number(-1), number(2)}),
            "heads -1 to 2 are asked for; here are 4");
  EXPECT_EQ(shapes(Op::heads, {value({5}), number(0), number(1)}),
            "only a value with heads has parts by head; here it is [5]");
  EXPECT_EQ(shapes(Op::heads, {value({4, 5}), real(), number(1)}), "the first head must be a whole number");
}

TEST(ShapeRules, SplitAndMerge) {
  EXPECT_EQ(shapes(Op::split, {value({12}), number(3)}), "[3, 4]");
  EXPECT_EQ(shapes(Op::split, {value({H * D}), number(H)}), "[heads, head_dim]");
  EXPECT_EQ(shapes(Op::split, {value({12}), number(5)}), "12 does not divide into 5 heads");
  EXPECT_EQ(shapes(Op::split, {value({12}), number(0)}), "12 does not divide into 0 heads");
  EXPECT_EQ(shapes(Op::split, {value({H}), number(0)}), "heads does not divide into 0 heads");
  EXPECT_EQ(shapes(Op::split, {value({12}), number(-3)}), "12 does not divide into -3 heads");
  EXPECT_EQ(shapes(Op::split, {value({12}), real()}), "the number of heads must be a whole number");
  EXPECT_EQ(shapes(Op::split, {value({3, 4}), number(2)}), "split takes a vector; here it is [3, 4]");
  EXPECT_EQ(shapes(Op::merge, {value({3, 4})}), "[12]");
  EXPECT_EQ(shapes(Op::merge, {value({H, D})}), "[head_dim*heads]");
  EXPECT_EQ(shapes(Op::merge, {value({4})}), "[4]");
}

TEST(ShapeRules, Cut) {
  EXPECT_EQ(shapes(Op::cut, {value({12}), number(5), number(7)}), "[5] [7]");
  EXPECT_EQ(shapes(Op::cut, {value({H, D + F}), number(D), number(F)}), "[heads, head_dim] [heads, ffn]");
  EXPECT_EQ(shapes(Op::cut, {value({12}), number(5), number(6)}),
            "the sizes of cut add up to 11; the value has 12");
  EXPECT_EQ(shapes(Op::cut, {value({D + F}), number(D), number(D)}),
            "the sizes of cut add up to 2*head_dim; the value has ffn + head_dim");
  EXPECT_EQ(shapes(Op::cut, {value({12}), number(13), number(-1)}), "a size of cut is -1");
  EXPECT_EQ(shapes(Op::cut, {value({12}), number(12), real()}), "a size of cut must be a whole number");
  EXPECT_EQ(shapes(Op::cut, {value({}), number(1)}), "cut takes a vector; here it is []");
}

TEST(ShapeRules, CatAndStack) {
  EXPECT_EQ(shapes(Op::cat, {value({3}), value({5})}), "[8]");
  EXPECT_EQ(shapes(Op::cat, {value({H, 3}), none, value({H, D})}), "[heads, head_dim + 3]");
  EXPECT_EQ(shapes(Op::cat, {value({5}), value({1, 3})}), "[1, 8]");
  EXPECT_EQ(shapes(Op::cat, {value({1, 3}), value({5})}), "[1, 8]");
  EXPECT_EQ(shapes(Op::cat, {value({3}), weight({5})}), "[8]");  // led by tokens, wherever the value stands
  EXPECT_EQ(shapes(Op::cat, {weight({5}), value({3})}), "[8]");
  EXPECT_EQ(shapes(Op::cat, {value({2, 3}), value({4, 3})}), "[4, 3] cannot be joined to [2, 3]");
  EXPECT_EQ(shapes(Op::cat, {value({2, 3}), value({3})}), "[3] cannot be joined to [2, 3]");
  EXPECT_EQ(shapes(Op::cat, {value({3}), value({})}), "cat takes vectors; here it is []");
  EXPECT_EQ(shapes(Op::cat, {none, none}), "cat of nothing");
  EXPECT_EQ(shapes(Op::stack, {value({2, 5}), value({5}), value({3, 5})}), "[6, 5]");
  EXPECT_EQ(shapes(Op::stack, {value({H, D}), none, value({D})}), "[heads + 1, head_dim]");
  EXPECT_EQ(shapes(Op::stack, {value({5}), weight({5})}), "[2, 5]");
  EXPECT_EQ(shapes(Op::stack, {value({2, 5}), value({4})}), "[4] cannot be stacked on [2, 5]");
  EXPECT_EQ(shapes(Op::stack, {value({}), value({})}), "stack takes vectors; here it is []");
  EXPECT_EQ(shapes(Op::stack, {none}), "stack of nothing");
}

TEST(ShapeRules, Tile) {
  EXPECT_EQ(shapes(Op::tile, {value({3, 5}), number(4)}), "[12, 5]");
  EXPECT_EQ(shapes(Op::tile, {value({5}), number(4)}), "[4, 5]");
  EXPECT_EQ(shapes(Op::tile, {value({H, D}), number(N / H)}), "[experts, head_dim]");
  EXPECT_EQ(shapes(Op::tile, {value({3, 5}), number(0)}), "0 copies cannot be made");
  EXPECT_EQ(shapes(Op::tile, {value({3, 5}), real()}), "the number of copies must be a whole number");
  EXPECT_EQ(shapes(Op::tile, {value({}), number(2)}), "tile takes a value with heads; here it is []");
}

TEST(ShapeRules, Norms) {
  for (Op op : {Op::rms, Op::layernorm}) {
    EXPECT_EQ(shapes(op, {value({5}), weight({5}), real()}), "[5]");
    EXPECT_EQ(shapes(op, {value({3, 5}), weight({5}), real()}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({3, 5}), weight({3, 5}), real()}), "[3, 5]");
    EXPECT_EQ(shapes(op, {value({H, D}), none, real()}), "[heads, head_dim]");
    EXPECT_EQ(shapes(op, {value({5}), weight({4}), real()}), "a norm of [4] does not fit [5]");
    EXPECT_EQ(shapes(op, {value({5}), weight({3, 5}), real()}), "a norm of [3, 5] does not fit [5]");
    EXPECT_EQ(shapes(op, {value({H, D}), weight({H * D}), real()}),
              "a norm of [head_dim*heads] does not fit [heads, head_dim]");
    EXPECT_EQ(shapes(op, {value({5}), none, weight({5})}), "a number is expected in place 3; here it is [5]");
  }
}

TEST(ShapeRules, Sums) {
  for (Op op : {Op::sum, Op::mean}) {
    EXPECT_EQ(shapes(op, {value({3, 5})}), "[3, 1]");
    EXPECT_EQ(shapes(op, {value({D})}), "[1]");
    EXPECT_EQ(shapes(op, {real()}), "a tensor is expected in place 1");
  }
  EXPECT_EQ(shapes(Op::total, {value({3, 5})}), "[5]");
  EXPECT_EQ(shapes(Op::total, {value({H, D})}), "[head_dim]");
  EXPECT_EQ(shapes(Op::total, {value({5})}), "total takes a value with heads; here it is [5]");
}

TEST(ShapeRules, Mix) {
  EXPECT_EQ(shapes(Op::mix, {value({3}), value({3, 5})}), "[5]");
  EXPECT_EQ(shapes(Op::mix, {value({2, 3}), value({3, 5})}), "[2, 5]");
  EXPECT_EQ(shapes(Op::mix, {value({H}), value({H, D})}), "[head_dim]");
  EXPECT_EQ(shapes(Op::mix, {value({4}), value({3, 5})}), "[4] weights cannot mix [3, 5]");
  EXPECT_EQ(shapes(Op::mix, {value({}), value({3, 5})}), "[] weights cannot mix [3, 5]");
  EXPECT_EQ(shapes(Op::mix, {value({3}), value({3})}), "mix takes a value with heads; here it is [3]");
}

TEST(ShapeRules, Pick) {
  auto pick = [](Dims p, ShapeArgument k, ShapeArgument bias = none, Dim groups = 1, Dim used = 1) {
    return shapes(Op::pick,
                  {value(std::move(p)), std::move(k), std::move(bias), number(groups), number(used)});
  };
  EXPECT_EQ(pick({12}, number(3)), "[3] [3]");
  EXPECT_EQ(pick({N}, number(3)), "[3] [3]");
  EXPECT_EQ(pick({12}, number(6), weight({12}), 4, 2), "[6] [6]");
  EXPECT_EQ(pick({12}, number(13)), "13 of 12 cannot be picked");
  EXPECT_EQ(pick({12}, number(0)), "0 of 12 cannot be picked");
  EXPECT_EQ(pick({12}, number(7), none, 4, 2), "7 of 6 cannot be picked");
  EXPECT_EQ(pick({12}, number(3), none, 5, 2), "12 do not divide into 5 groups");
  EXPECT_EQ(pick({12}, number(3), none, 0, 1), "12 do not divide into 0 groups");
  EXPECT_EQ(pick({12}, number(3), none, 4, 5), "5 of 4 groups cannot be used");
  EXPECT_EQ(pick({12}, number(3), none, 4, 0), "0 of 4 groups cannot be used");
  EXPECT_EQ(pick({12}, number(3), weight({11})),
            "the bias of a pick must be [12], as what is picked from; here it is [11]");
  EXPECT_EQ(pick({12}, real()), "the number to pick must be a whole number");
  EXPECT_EQ(pick({3, 4}, number(3)), "pick takes a vector; here it is [3, 4]");
}

TEST(ShapeRules, Attend) {
  auto attend = [](Dims q, Dims k, Dims v, ShapeArgument sinks = none, ShapeArgument together = none) {
    std::vector<ShapeArgument> arguments(kAttendGroups + 1);
    arguments[kAttendQ] = value(std::move(q));
    arguments[kAttendK] = value(std::move(k));
    arguments[kAttendV] = value(std::move(v));
    arguments[kAttendSinks] = std::move(sinks);
    arguments[kAttendTogether] = std::move(together);
    return shapes(Op::attend, std::move(arguments));
  };
  EXPECT_EQ(attend({6, 5}, {2, 5}, {3, 7}), "[42]");
  EXPECT_EQ(attend({H, D}, {1, D}, {1, D}), "[head_dim*heads]");
  EXPECT_EQ(attend({6, 5}, {2, 5}, {2, 5}, weight({6}), value({})), "[30]");
  EXPECT_EQ(attend({6, 5}, {2, 4}, {2, 5}),
            "keys must have 5 values, as the queries have; here it is [2, 4]");
  EXPECT_EQ(attend({6, 5}, {4, 5}, {2, 5}), "6 heads of queries cannot share 4 of keys");
  EXPECT_EQ(attend({6, 5}, {2, 5}, {4, 5}), "6 heads of queries cannot share 4 of values");
  EXPECT_EQ(attend({30}, {2, 5}, {2, 5}), "attend takes queries with heads; here it is [30]");
  EXPECT_EQ(attend({6, 5}, {2, 5}, {10}), "attend takes values with heads; here it is [10]");
  EXPECT_EQ(attend({6, 5}, {2, 5}, {2, 5}, weight({2})),
            "sinks are a number for each of 6 heads; here it is [2]");
  EXPECT_EQ(attend({6, 5}, {2, 5}, {2, 5}, none, value({6})),
            "tokens are grouped by a number for each; here it is [6]");
}

TEST(ShapeRules, Convolution) {
  EXPECT_EQ(shapes(Op::conv1d, {value({5}), weight({5, 4}), real()}), "[5]");
  EXPECT_EQ(shapes(Op::conv1d, {value({F}), weight({F, 4}), real()}), "[ffn]");
  EXPECT_EQ(shapes(Op::conv1d, {value({4}), weight({5, 4}), real()}),
            "conv1d of [5, 4] takes 5 channels; here it is [4]");
  EXPECT_EQ(shapes(Op::conv1d, {value({5}), weight({5}), real()}),
            "conv1d takes a kernel for each channel; here it is [5]");
}

TEST(ShapeRules, Scan) {
  auto scan = [](Dims u, Dims dt, Dims a, Dims b, Dims c) {
    return shapes(Op::scan, {value(std::move(u)), value(std::move(dt)), weight(std::move(a)),
                             value(std::move(b)), value(std::move(c))});
  };
  EXPECT_EQ(scan({6, 5}, {6}, {6, 7}, {2, 7}, {2, 7}), "[6, 5]");
  EXPECT_EQ(scan({H, D}, {H}, {H, 1}, {1, F}, {1, F}), "[heads, head_dim]");
  EXPECT_EQ(scan({5}, {6}, {6, 7}, {2, 7}, {2, 7}), "scan takes a value with heads; here it is [5]");
  EXPECT_EQ(scan({6, 5}, {5}, {6, 7}, {2, 7}, {2, 7}), "scan takes one dt for each head; here it is [5]");
  EXPECT_EQ(scan({6, 5}, {6}, {6, 3}, {2, 7}, {2, 7}),
            "A of scan is [heads, state] or [heads, 1]; here it is [6, 3]");
  EXPECT_EQ(scan({6, 5}, {6}, {6, 7}, {4, 7}, {4, 7}),
            "B of scan is [groups, state], for 6 heads; here it is [4, 7]");
  EXPECT_EQ(scan({6, 5}, {6}, {6, 7}, {2, 7}, {2, 8}), "C of scan is as B, [2, 7]; here it is [2, 8]");
}

TEST(ShapeRules, Delta) {
  auto delta = [](Dims q, Dims k, Dims v, Dims decay, Dims beta) {
    return shapes(Op::delta, {value(std::move(q)), value(std::move(k)), value(std::move(v)),
                              value(std::move(decay)), value(std::move(beta)), none});
  };
  EXPECT_EQ(delta({2, 5}, {2, 5}, {6, 7}, {6, 1}, {6, 1}), "[6, 7]");
  EXPECT_EQ(delta({H, D}, {H, D}, {H, F}, {H, D}, {H, 1}), "[heads, ffn]");
  EXPECT_EQ(delta({2, 5}, {2, 4}, {6, 7}, {6, 1}, {6, 1}),
            "queries and keys of delta have one shape; here it is [2, 5]");
  EXPECT_EQ(delta({2, 5}, {2, 5}, {6, 7}, {6, 7}, {6, 1}),
            "decay of delta is [heads, 1] or [heads, keys]; here it is [6, 7]");
  EXPECT_EQ(delta({2, 5}, {2, 5}, {6, 7}, {6}, {6, 1}),
            "decay of delta is [heads, 1] or [heads, keys]; here it is [6]");
  EXPECT_EQ(delta({2, 5}, {2, 5}, {6, 7}, {6, 1}, {6, 5}), "beta of delta is [heads, 1]; here it is [6, 5]");
  EXPECT_EQ(delta({2, 5}, {2, 5}, {42}, {6, 1}, {6, 1}), "delta takes values with heads; here it is [42]");
}

TEST(ShapeRules, Wkv) {
  auto r = value({3, 5}), v = value({3, 7}), other = value({3, 4});
  EXPECT_EQ(shapes(Op::wkv6, {r, r, v, r, weight({3, 5})}), "[3, 7]");
  EXPECT_EQ(shapes(Op::wkv6, {r, r, v, r, weight({15})}), "wkv6 takes U as r is, [3, 5]; here it is [15]");
  EXPECT_EQ(shapes(Op::wkv6, {r, other, v, r, weight({3, 5})}),
            "wkv6 takes k as r is, [3, 5]; here it is [3, 4]");
  EXPECT_EQ(shapes(Op::wkv6, {r, r, value({2, 7}), r, weight({3, 5})}),
            "wkv6 takes v with 3 heads, as r has; here it is [2, 7]");
  EXPECT_EQ(shapes(Op::wkv7, {r, r, r, v, r, r}), "[3, 7]");
  EXPECT_EQ(shapes(Op::wkv7, {r, r, r, v, r, other}), "wkv7 takes b as r is, [3, 5]; here it is [3, 4]");
  EXPECT_EQ(shapes(Op::wkv7, {value({5}), r, r, v, r, r}), "wkv7 takes r with heads; here it is [5]");
  EXPECT_EQ(shapes(Op::wkv7, {r, r, r, value({7}), r, r}),
            "wkv7 takes v with 3 heads, as r has; here it is [7]");
}

TEST(ShapeRules, PoolGivesOneRowForEachSequence) {
  std::vector<ShapeArgument> arguments = {value({5}), real()};
  auto pooled = row_of(Op::pool).rule(arguments);
  ASSERT_TRUE(pooled.ok());
  EXPECT_EQ((*pooled)[0], (Shape{{sequence_rows()}, {5}}));
}

}  // namespace
}  // namespace hearth
