// Makes the plans and weights of conformance cases, and of the operators' own tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/conformance.h"

namespace hearth::conformance {

inline constexpr int64_t kVocabulary = 61;

// The same sequence of numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  double between(double low, double high);

 private:
  uint64_t state_;
};

StepArgument of(const View& view);
StepArgument of_weight(WeightId weight);
StepArgument of_number(double number);
inline StepArgument none() { return {}; }

struct Range {
  double low = -1, high = 1;
};

class CaseBuilder {
 public:
  explicit CaseBuilder(std::string name);

  // A value for each token, random numbers by the token's id: the row of a table.
  View input(int64_t heads, int64_t width, Range range = {});
  // The same, lying apart as the parts of wider rows and heads do.
  View spread_input(int64_t heads, int64_t width, Range range = {});
  // A value that is these numbers: [heads, width] for token 0, then for token 1, and so on.
  View values(int64_t heads, int64_t width, const std::vector<float>& numbers);
  // For each token, `count` different indices below `below`.
  View indices(int64_t count, int64_t below);
  static View tokens();
  static View positions();

  // A bias, if wanted, has so many numbers.
  WeightId weight(std::vector<int64_t> shape, int64_t bias = 0, Range range = {});
  WeightId weight(OwnedWeight weight);
  WeightId weight_of(std::vector<int64_t> shape, const std::vector<float>& numbers,
                     std::vector<float> bias = {});

  View result(int64_t heads, int64_t width, Rows rows = Rows::tokens);
  // A step with one new result. `last()` is the step, for what else it may have.
  View step(Op op, std::vector<StepArgument> arguments, int64_t heads, int64_t width,
            Rows rows = Rows::tokens);
  Step& last() { return case_.plan.steps.back(); }
  int32_t state(State state);
  State& state_of(int32_t state) { return case_.plan.states[static_cast<size_t>(state)]; }
  void remember(const View& k, const View& v, int32_t state);
  View wanted(const View& view);  // its wanted rows

  // The rows of `view` that are wanted become an output; those of sequences all do.
  void output(View view);
  MemoryOptions& memory() { return case_.memory; }  // but for its pages
  Random& random() { return random_; }
  Case finish(bool whole = false) &&;

 private:
  Case case_;
  Random random_;
};

// The same view with 1s repeated, as a planner hands values that are stretched to a step.
View stretched(View view, int64_t heads, int64_t width);

}  // namespace hearth::conformance
