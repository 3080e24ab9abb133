// The reference against numbers that did not come from it: small enough to work out by hand, or from another
// implementation of the same definitions. Inputs are quarters between -5/4 and 5/4, so that they are exact.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "ops/conformance_cases.h"
#include "ops/reference.h"

namespace hearth::reference_testing {

using namespace conformance;

// ((7 n + 3 seed) mod 11 - 5) / 4 for n = 0, 1, ..: for seed 1, -1/2 5/4 1/4 -3/4 1 0 -1 3/4 ..
inline std::vector<float> numbers(int64_t count, int64_t seed, float scale = 1) {
  std::vector<float> list;
  for (int64_t n = 0; n < count; ++n)
    list.push_back(scale * static_cast<float>((n * 7 + seed * 3) % 11 - 5) / 4);
  return list;
}

inline std::vector<float> sizes(std::vector<float> list) {
  for (float& number : list) number = std::abs(number);
  return list;
}

inline std::vector<float> minus(std::vector<float> list) {
  for (float& number : list) number = -number;
  return list;
}

inline constexpr int64_t kTokens = 5;

// A value of these heads and width, one row for each of the tokens.
inline View value(CaseBuilder& b, int64_t heads, int64_t width, int64_t seed) {
  return b.values(heads, width, numbers(kTokens * heads * width, seed));
}

// Tokens 0, 1, .. of one sequence in one batch, from a position on; the first output of what `make` builds.
inline Result<std::vector<float>> try_compute(int32_t tokens, const std::function<View(CaseBuilder&)>& make,
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

inline void expect(int32_t tokens, const std::function<View(CaseBuilder&)>& make,
                   const std::vector<double>& expected, int32_t start = 0) {
  auto found = try_compute(tokens, make, start);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR((*found)[i], expected[i], 1e-6 * (1 + std::abs(expected[i]))) << "number " << i;
  }
}

}  // namespace hearth::reference_testing
