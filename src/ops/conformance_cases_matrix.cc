// Linear maps of every form, in f32 and in any other type; experts and their choice; rotary positions.
#include <cmath>

#include "ops/conformance_cases.h"

namespace hearth::conformance {

namespace {

// How a case gets a weight of so many numbers.
using MakeWeight = std::function<WeightId(CaseBuilder& b, std::vector<int64_t> shape, int64_t bias)>;

// The maps, on `in` numbers a row.
void add_maps(std::vector<Case>& all, const std::string& suffix, int64_t in, const MakeWeight& weight) {
  for (int64_t bias : {0, 37}) {
    CaseBuilder b(fmt::format("linear{}{}", bias ? " with bias" : "", suffix));
    WeightId w = weight(b, {37, in}, bias);
    b.output(b.step(Op::linear, {of_weight(w), of(b.spread_input(1, in))}, 1, 37));
    View x = b.wanted(b.input(1, in));
    b.output(b.step(Op::linear, {of_weight(w), of(x)}, 1, 37, Rows::wanted));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("linear of many outputs" + suffix);
    b.output(b.step(Op::linear, {of_weight(weight(b, {517, in}, 0)), of(b.input(1, in))}, 1, 517));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("linear of heads" + suffix);
    b.output(b.step(Op::linear, {of_weight(weight(b, {21, in}, 21)), of(b.spread_input(3, in))}, 3, 21));
    all.push_back(std::move(b).finish());
  }
  for (int64_t heads : {5, 1}) {
    CaseBuilder b(fmt::format("linears on {}{}", heads > 1 ? "heads" : "a vector", suffix));
    View x = b.spread_input(heads, in);
    b.output(b.step(Op::linears, {of_weight(weight(b, {5, 19, in}, 0)), of(x)}, 5, 19));
    b.output(b.step(Op::linears, {of_weight(weight(b, {5, 19, in}, 5 * 19)), of(x)}, 5, 19));
    all.push_back(std::move(b).finish());
  }
  for (int64_t heads : {1, 3}) {
    for (int64_t bias : {0, 7 * 19}) {
      CaseBuilder b(fmt::format("experts on {}{}{}", heads > 1 ? "an input each" : "one input",
                                bias ? " with bias" : "", suffix));
      View e = b.indices(3, 7), x = b.spread_input(heads, in);
      b.output(b.step(Op::experts, {of_weight(weight(b, {7, 19, in}, bias)), of(e), of(x)}, 3, 19));
      all.push_back(std::move(b).finish());
    }
  }
}

void add_pick(std::vector<Case>& all, std::string_view what, int64_t n, int64_t k, bool bias, int64_t groups,
              int64_t used) {
  CaseBuilder b(fmt::format("pick {}", what));
  View p = b.spread_input(1, n, {0, 1});
  StepArgument extra = bias ? of_weight(b.weight({n})) : none();
  View e = b.step(Op::pick,
                  {of(p), of_number(static_cast<double>(k)), extra, of_number(static_cast<double>(groups)),
                   of_number(static_cast<double>(used))},
                  1, k);
  View w = b.result(1, k);
  b.last().results.push_back(w);
  b.output(w);
  b.output(b.step(Op::number, {of(e)}, 1, k));
  all.push_back(std::move(b).finish());
}

}  // namespace

void add_matrix_cases(std::vector<Case>& all) {
  MakeWeight f32 = [](CaseBuilder& b, std::vector<int64_t> shape, int64_t bias) {
    return b.weight(std::move(shape), bias);
  };
  add_maps(all, "", 69, f32);
  add_maps(all, " of one number", 1, f32);
  add_maps(all, " of 259", 259, f32);
  // So many rows that a thread takes some at once, of one matrix and the next.
  {
    CaseBuilder b("linears of many outputs");
    b.output(
        b.step(Op::linears, {of_weight(b.weight({24, 75, 7}, 24 * 75)), of(b.spread_input(24, 7))}, 24, 75));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("experts of many outputs");
    View e = b.indices(13, 17), x = b.spread_input(1, 7);
    b.output(b.step(Op::experts, {of_weight(b.weight({17, 150, 7}, 17 * 150)), of(e), of(x)}, 13, 150));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("mix to one");
    b.output(b.step(Op::mix, {of(b.spread_input(1, 5)), of(b.spread_input(5, 37))}, 1, 37));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("mix to several");
    b.output(b.step(Op::mix, {of(b.spread_input(3, 5)), of(b.spread_input(5, 37))}, 3, 37));
    all.push_back(std::move(b).finish());
  }
  add_pick(all, "one", 9, 1, false, 1, 1);
  add_pick(all, "some", 37, 5, false, 1, 1);
  add_pick(all, "all", 9, 9, false, 1, 1);
  add_pick(all, "with a bias", 37, 5, true, 1, 1);
  add_pick(all, "in groups", 35, 6, false, 7, 3);
  add_pick(all, "in groups with a bias", 35, 6, true, 7, 3);
  add_pick(all, "in groups of one", 5, 2, true, 5, 3);
}

std::vector<Case> weight_cases(Type type, const RandomBytes& random) {
  std::vector<Case> all;
  std::string suffix = fmt::format(" in {}", info(type).name);
  auto of_type = [&](CaseBuilder& b, std::vector<int64_t> shape, int64_t bias) {
    int64_t count = 1;
    for (int64_t size : shape) count *= size;
    std::vector<float> biases(bias);
    for (float& number : biases) number = static_cast<float>(b.random().between(-1, 1));
    return b.weight(
        OwnedWeight{type, std::move(shape), random(type, count, b.random().next()), std::move(biases)});
  };
  int64_t block = info(type).block;
  add_maps(all, suffix, block == 1 ? 69 : block, of_type);
  add_maps(all, (block == 1 ? " of 259" : " of three blocks") + suffix, block == 1 ? 259 : 3 * block,
           of_type);
  CaseBuilder b("rows of a table" + suffix);
  int64_t width = 2 * block;
  b.output(b.step(Op::rows, {of_weight(of_type(b, {kVocabulary, width}, 0)), of(CaseBuilder::tokens())}, 1,
                  width));
  all.push_back(std::move(b).finish());
  return all;
}

Rotation rotation(int64_t dim, double theta) {
  Rotation rotation;
  rotation.dim = dim;
  for (int64_t i = 0; i < dim / 2; ++i) {
    rotation.frequencies.push_back(std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(dim)));
  }
  return rotation;
}

void add_position_cases(std::vector<Case>& all) {
  auto make = [&](std::string_view what, Rotation rule, auto where) {
    CaseBuilder b(fmt::format("rope {}", what));
    auto shared = std::make_shared<const Rotation>(std::move(rule));
    for (Rows rows : {Rows::tokens, Rows::wanted}) {
      View x = b.spread_input(3, 22), turns = where(b);
      if (rows == Rows::wanted) {
        x = b.wanted(x);
        turns = b.wanted(turns);
      }
      View y = b.step(Op::rope, {of(x), of(turns)}, 3, 22, rows);
      b.last().rotation = shared;
      b.output(y);
    }
    all.push_back(std::move(b).finish());
  };
  auto positions = [](CaseBuilder&) { return CaseBuilder::positions(); };
  Rotation whole = rotation(22), part = rotation(14);
  make("in halves", whole, positions);
  make("in halves of a part", part, positions);
  whole.adjacent = part.adjacent = true;
  make("of neighbours", whole, positions);
  make("of neighbours in a part", part, positions);
  part.magnitude = 1.3F;
  make("with a magnitude", part, positions);
  part.long_frequencies = rotation(14, 500).frequencies;
  part.original = 16;
  make("with other frequencies for long sequences", part, positions);
  Rotation axes = rotation(22, 50);
  axes.axis = {0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
  make("by three positions", axes, [](CaseBuilder& b) { return b.indices(3, 50); });
  axes.axis = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0};
  make("by three positions, woven", axes, [](CaseBuilder& b) { return b.indices(3, 50); });
  Rotation angles;
  angles.dim = 18;
  angles.angles = true;
  make("by angles", angles, [](CaseBuilder& b) { return b.spread_input(1, 9, {-3, 3}); });
  angles.adjacent = true;
  make("of neighbours by angles", angles, [](CaseBuilder& b) { return b.spread_input(1, 9, {-3, 3}); });
}

}  // namespace hearth::conformance
