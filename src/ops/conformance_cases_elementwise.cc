// Sizes differ and are odd throughout, so that no vector's width divides them and no two can be exchanged.
#include "ops/conformance_cases.h"

namespace hearth::conformance {

namespace {

struct Unary {
  Op op;
  Range range;
};
constexpr Unary kUnary[] = {
    {Op::sigmoid, {-30, 30}},  {Op::tanh, {-12, 12}}, {Op::exp, {-20, 4}},     {Op::log, {1e-3, 50}},
    {Op::sqrt, {0, 50}},       {Op::floor, {-9, 9}},  {Op::relu, {-1, 1}},     {Op::silu, {-30, 9}},
    {Op::softplus, {-30, 30}}, {Op::gelu, {-9, 9}},   {Op::gelu_erf, {-9, 9}}, {Op::gelu_quick, {-9, 9}},
};

struct Binary {
  Op op;
  std::string name;
  Range left, right;
};
const Binary kBinary[] = {
    {Op::add, "add", {-1, 1}, {-1, 1}},  {Op::sub, "sub", {-1, 1}, {-1, 1}},
    {Op::mul, "mul", {-1, 1}, {-1, 1}},  {Op::div, "div", {-1, 1}, {0.3, 2}},
    {Op::pow, "pow", {0.1, 2}, {-2, 3}}, {Op::floor_div, "floor_div", {-9, 9}, {0.5, 3}},
    {Op::mod, "mod", {-9, 9}, {0.5, 3}},
};

constexpr int64_t kHeads = 3, kWidth = 37;

View stretch(const View& view) { return stretched(view, kHeads, kWidth); }

void add_binary(std::vector<Case>& all, const Binary& row) {
  auto make = [&](std::string_view what, auto sides) {
    CaseBuilder b(fmt::format("{} {}", row.name, what));
    std::pair<StepArgument, StepArgument> arguments = sides(b);
    b.output(b.step(row.op, {arguments.first, arguments.second}, kHeads, kWidth));
    all.push_back(std::move(b).finish());
  };
  using Sides = std::pair<StepArgument, StepArgument>;
  auto values = [&](int64_t heads, int64_t width, int64_t other_heads, int64_t other_width) {
    return [=, &row](CaseBuilder& b) {
      return Sides(of(stretch(b.spread_input(heads, width, row.left))),
                   of(stretch(b.input(other_heads, other_width, row.right))));
    };
  };
  make("values of one shape", values(kHeads, kWidth, kHeads, kWidth));
  make("a vector and heads", values(1, kWidth, kHeads, kWidth));
  make("heads and a vector", values(kHeads, kWidth, 1, kWidth));
  make("heads and a number for each", values(kHeads, kWidth, kHeads, 1));
  make("heads and a number for each token", values(kHeads, kWidth, 1, 1));
  make("a column and a row", values(kHeads, 1, 1, kWidth));
  for (const std::vector<int64_t>& shape : {std::vector{kWidth}, {kHeads, kWidth}, {kHeads, int64_t{1}}}) {
    std::string name = fmt::format("weight of [{}]", fmt::join(shape, ", "));
    make("heads and a " + name, [&](CaseBuilder& b) {
      return Sides(of(b.spread_input(kHeads, kWidth, row.left)), of_weight(b.weight(shape, 0, row.right)));
    });
    make("a " + name + " and heads", [&](CaseBuilder& b) {
      return Sides(of_weight(b.weight(shape, 0, row.left)), of(b.spread_input(kHeads, kWidth, row.right)));
    });
  }
  make("a vector and a weight with heads", [&](CaseBuilder& b) {
    return Sides(of(stretch(b.input(1, kWidth, row.left))),
                 of_weight(b.weight({kHeads, kWidth}, 0, row.right)));
  });
  make("heads and a number",
       [&](CaseBuilder& b) { return Sides(of(b.spread_input(kHeads, kWidth, row.left)), of_number(1.7)); });
  make("a number and heads",
       [&](CaseBuilder& b) { return Sides(of_number(1.7), of(b.spread_input(kHeads, kWidth, row.right))); });
}

}  // namespace

void add_elementwise_cases(std::vector<Case>& all) {
  for (const Unary& row : kUnary) {
    CaseBuilder b{std::string(row_of(row.op).name)};
    b.output(b.step(row.op, {of(b.input(1, 131, row.range))}, 1, 131));
    b.output(b.step(row.op, {of(b.spread_input(kHeads, kWidth, row.range))}, kHeads, kWidth));
    View x = b.wanted(b.input(1, kWidth, row.range));
    b.output(b.step(row.op, {of(x)}, 1, kWidth, Rows::wanted));
    all.push_back(std::move(b).finish());
  }
  for (const Binary& row : kBinary) add_binary(all, row);
  {
    CaseBuilder b("squares of negative numbers");
    b.output(b.step(Op::pow, {of(b.input(1, kWidth)), of_number(2)}, 1, kWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("results over their arguments");
    View x = b.input(1, kWidth), y = b.input(1, kWidth);
    b.step(Op::add, {of(x), of(y)}, 1, kWidth);
    b.last().results = {x};
    b.step(Op::mul, {of(y), of(x)}, 1, kWidth);
    b.last().results = {x};
    b.step(Op::silu, {of(x)}, 1, kWidth);
    b.last().results = {x};
    b.output(x);
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("clamp");
    b.output(b.step(Op::clamp, {of(b.spread_input(kHeads, kWidth)), of_number(-0.4), of_number(0.7)}, kHeads,
                    kWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("softcap");
    b.output(
        b.step(Op::softcap, {of(b.spread_input(kHeads, kWidth, {-9, 9})), of_number(3)}, kHeads, kWidth));
    b.output(b.step(Op::softcap, {of(b.input(1, kWidth)), of_number(0)}, 1, kWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("lerp between values");
    View x = b.input(1, kWidth), y = b.input(1, kWidth);
    b.output(b.step(Op::lerp, {of(x), of(y), of_number(0.3)}, 1, kWidth));
    b.output(b.step(Op::lerp, {of(x), of(y), of(b.input(1, kWidth))}, 1, kWidth));
    b.output(b.step(Op::lerp, {of(x), of(y), of_weight(b.weight({kWidth}))}, 1, kWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("lerp with heads");
    View x = stretch(b.input(1, kWidth)), y = stretch(b.input(1, kWidth));
    b.output(b.step(Op::lerp, {of(x), of(y), of_weight(b.weight({kHeads, kWidth}))}, kHeads, kWidth));
    b.output(b.step(Op::lerp, {of(x), of(y), of(b.input(kHeads, kWidth))}, kHeads, kWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("swiglu_oai");
    View g = b.spread_input(kHeads, kWidth, {-10, 10}), u = b.input(kHeads, kWidth, {-10, 10});
    b.output(b.step(Op::swiglu_oai, {of(g), of(u)}, kHeads, kWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("xielu");
    View x = b.input(1, 131, {-4, 4});
    b.output(
        b.step(Op::xielu, {of(x), of_number(0.4), of_number(-0.6), of_number(0.5), of_number(-0.1)}, 1, 131));
    all.push_back(std::move(b).finish());
  }
}

}  // namespace hearth::conformance
