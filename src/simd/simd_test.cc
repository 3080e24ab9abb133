// The vocabulary and its functions, in every set that this processor has, against plain C++ in double.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

#include "simd/math.h"
#include "tensor/half.h"

namespace hearth {

#define HEARTH_TEST_FUNCTIONS(X) \
  X(exp) X(expm1) X(log) X(tanh) X(sigmoid) X(silu) X(softplus) X(erf) X(gelu) X(gelu_erf) X(gelu_quick)

// What the body below offers for one set.
struct SimdTestEntry {
  using Map = void (*)(const float* x, float* y, int n);
  Map (*function)(const char* name);
  void (*sums)(const float* x, float* one, float* four);
  void (*halves)(const uint16_t* from, float* f16, float* bf16, uint16_t* back, int n);
  void (*to_halves)(const float* x, uint16_t* y, int n);
  int (*everywhere)(const float* x, float* to);
  int (*copy_part)(const float* from, float* to, int n);
  int (*lookup)(const float* table, const int32_t* index, float* to);
  int (*keep)(const float* x, float limit, float* to, int* lanes);
  int (*fours)(const int8_t (*table)[4], const uint16_t* index, float* to);
  int (*eights)(const int8_t (*table)[8], const uint16_t* index, float* to);
  int (*dots)(const uint8_t* a, const int8_t* b, int32_t start, float* seven, float* eight, float* same);
  int (*bytes)(const uint8_t* table, const uint8_t* index, uint8_t* found, int8_t* narrow);
};

}  // namespace hearth

#define HEARTH_BODY "simd/simd_test.inl"
#include "simd/each_isa.inl"

namespace hearth {
namespace {

using testing::HasSubstr;

TEST(Isa, ScalarIsAlwaysThereAndTheLastIsChosen) {
  EXPECT_EQ(supported_isas().front(), Isa::scalar);
  EXPECT_EQ(*choose_isa(""), supported_isas().back());
}

TEST(Isa, NamesChooseThemselves) {
  for (Isa isa : supported_isas()) EXPECT_EQ(*choose_isa(name(isa)), isa);
}

TEST(Isa, AnUnknownNameIsAnErrorThatSaysWhatThereIs) {
  auto chosen = choose_isa("mmx");
  ASSERT_FALSE(chosen.ok());
  EXPECT_THAT(chosen.error().message, HasSubstr("mmx"));
  EXPECT_THAT(chosen.error().message, HasSubstr("scalar"));
}

class EachIsa : public testing::TestWithParam<Isa> {
 protected:
  SimdTestEntry entry() {
    static constexpr PerIsa<SimdTestEntry (*)()> entries = HEARTH_PER_ISA(TestBody::entry);
    return entries[GetParam()]();
  }
};

float ulp(double value) {
  float at = std::fabs(static_cast<float>(value));
  return std::max(std::nextafterf(at, INFINITY) - at, 0x1p-149f);
}

// Over the whole line, denser where the function does something.
std::vector<float> sample_points() {
  std::vector<float> points = {0.0f,      -0.0f,  1.0f,    -1.0f, 0x1p-149f,
                               0x1p-126f, 1e-20f, -1e-20f, 1e30f, -1e30f};
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 40000; ++i)
    points.push_back(normal(random) * (i % 4 == 0 ? 30.0f : i % 4 == 1 ? 0.1f : 2.0f));
  return points;
}

double gelu(double x) { return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double gelu_erf(double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }

struct Function {
  const char* name;
  double (*exact)(double);
  float least, most;  // where it is compared
  double ulps;
  bool argument = false;  // an argument within is rounded: half a unit of x in the result passes too
};
const Function kFunctions[] = {
    {"exp", std::exp, -103, 88.7f, 2},
    {"expm1", std::expm1, -80, 88.7f, 3.5},
    {"log", std::log, 0, INFINITY, 2},
    {"tanh", std::tanh, -INFINITY, INFINITY, 2.5},
    {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, -87, INFINITY, 3},
    {"silu", [](double x) { return x / (1 + std::exp(-x)); }, -87, INFINITY, 3},
    {"softplus", [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, -87,
     INFINITY, 3},
    {"erf", std::erf, -INFINITY, INFINITY, 2.5},
    {"gelu", gelu, -INFINITY, INFINITY, 3, true},
    {"gelu_erf", gelu_erf, -INFINITY, INFINITY, 6},
    {"gelu_quick", [](double x) { return x / (1 + std::exp(-1.702f * x)); }, -50, INFINITY, 3, true},
};

TEST_P(EachIsa, FunctionsAreWithinTheirBounds) {
  std::vector<float> x = sample_points(), y(x.size());
  for (const Function& function : kFunctions) {
    auto* map = entry().function(function.name);
    ASSERT_NE(map, nullptr) << function.name;
    map(x.data(), y.data(), static_cast<int>(x.size()));
    double worst = 0;
    float worst_at = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!(x[i] >= function.least && x[i] <= function.most)) continue;
      double exact = function.exact(x[i]), error = std::fabs(y[i] - exact);
      if (std::isinf(exact) && std::isinf(y[i])) continue;
      if (function.argument && error <= ulp(x[i]) / 2) continue;
      if (!(error / ulp(exact) <= worst)) worst = error / ulp(exact), worst_at = x[i];
    }
    double allowed = function.ulps + (GetParam() == Isa::scalar ? 1 : 0);
    EXPECT_LE(worst, allowed) << function.name << " at " << worst_at;
  }
}

TEST_P(EachIsa, FunctionsAtTheEdges) {
  const float inf = INFINITY, nan = NAN;
  auto at = [&](const char* name, float x) {
    float y;
    entry().function(name)(&x, &y, 1);
    return y;
  };
  EXPECT_EQ(at("exp", -inf), 0.0f);
  EXPECT_EQ(at("exp", inf), inf);
  EXPECT_EQ(at("exp", 0), 1.0f);
  EXPECT_EQ(at("log", 0), -inf);
  EXPECT_EQ(at("log", inf), inf);
  EXPECT_TRUE(std::isnan(at("log", -1)));
  EXPECT_EQ(at("tanh", inf), 1.0f);
  EXPECT_EQ(at("tanh", -inf), -1.0f);
  EXPECT_EQ(at("sigmoid", -inf), 0.0f);
  EXPECT_EQ(at("softplus", 200), 200.0f);
  EXPECT_EQ(at("gelu", -1e4f), 0.0f);
  EXPECT_EQ(at("gelu_erf", 1e4f), 1e4f);
  for (const Function& function : kFunctions) {
    EXPECT_TRUE(std::isnan(at(function.name, nan))) << function.name;
    EXPECT_EQ(at(function.name, 0.0f), static_cast<float>(function.exact(0))) << function.name;
  }
}

TEST_P(EachIsa, AResultDoesNotDependOnTheLane) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const Function& function : kFunctions) {
    float x[64], together[64];
    for (float& v : x) v = std::fabs(normal(random)) * 4;
    entry().function(function.name)(x, together, 64);
    for (int i = 0; i < 64; ++i) {
      float alone;
      entry().function(function.name)(x + i, &alone, 1);
      EXPECT_EQ(alone, together[i]) << function.name;
    }
  }
}

TEST_P(EachIsa, SumsOfFourAreTheSumsOfEach) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 100; ++round) {
    float x[64], one[4], four[4];
    for (float& v : x) v = normal(random) * std::exp(5 * normal(random));
    entry().sums(x, one, four);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(one[i], four[i]);
  }
}

TEST_P(EachIsa, HalvesAreExact) {
  std::vector<uint16_t> halves(65536), back(65536);
  std::vector<float> wide(65536), wide_bf16(65536);
  for (int i = 0; i < 65536; ++i) halves[i] = static_cast<uint16_t>(i);
  entry().halves(halves.data(), wide.data(), wide_bf16.data(), back.data(), 65536);
  for (int i = 0; i < 65536; ++i) {
    float f16 = f32_from_f16(halves[i]), bf16 = f32_from_bf16(halves[i]);
    if (!std::isnan(f16)) {
      EXPECT_EQ(std::bit_cast<uint32_t>(wide[i]), std::bit_cast<uint32_t>(f16)) << i;
      EXPECT_EQ(back[i], halves[i]);
    }
    EXPECT_EQ(std::bit_cast<uint32_t>(wide_bf16[i]), std::bit_cast<uint32_t>(bf16)) << i;
  }
}

TEST_P(EachIsa, RoundingToHalvesIsToNearestEven) {
  std::mt19937 random(11);
  std::vector<float> x(4096);
  std::vector<uint16_t> y(4096);
  for (float& v : x) {
    v = std::bit_cast<float>(static_cast<uint32_t>(random()) % 0x48000000u |
                             (static_cast<uint32_t>(random()) & 0x80000000u));
  }
  entry().to_halves(x.data(), y.data(), 4096);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], f16_from_f32(x[i])) << x[i];
}

// Bytes travel as floats too, and four of them may be minus nothing or no number.
TEST_P(EachIsa, WhatIsSetKeepsItsBits) {
  for (uint32_t bits : {0x80000000u, 0x7f812345u, 0xffffffffu, 0x00000001u}) {
    float x, to[16];
    std::memcpy(&x, &bits, sizeof x);
    int lanes = entry().everywhere(&x, to);
    for (int i = 0; i < lanes; ++i) EXPECT_EQ(0, std::memcmp(to + i, &bits, sizeof bits));
  }
}

TEST_P(EachIsa, PartsOfVectorsTouchNothingElse) {
  for (int n = 0; n < 16; ++n) {
    float from[16], to[17];
    for (int i = 0; i < 16; ++i) from[i] = static_cast<float>(i + 1), to[i] = -1;
    to[16] = -1;
    int copied = entry().copy_part(from, to, n);
    for (int i = 0; i < 17; ++i) EXPECT_EQ(to[i], i < copied ? from[i] : -1.0f);
  }
}

TEST_P(EachIsa, LookupTakesTheLowFourBits) {
  float table[16], out[16];
  int32_t index[16];
  for (int i = 0; i < 16; ++i) table[i] = static_cast<float>(i * i), index[i] = (i * 7 + 3) % 16 + 32 * i;
  int lanes = entry().lookup(table, index, out);
  for (int i = 0; i < lanes; ++i) EXPECT_EQ(out[i], table[index[i] & 15]);
}

TEST_P(EachIsa, KeptLanesLieSideBySide) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    float x[16], kept[16];
    for (float& v : x) v = static_cast<float>(random() % 100);
    float limit = static_cast<float>(round % 110);
    int lanes, n = entry().keep(x, limit, kept, &lanes), expected = 0;
    for (int i = 0; i < lanes; ++i) {
      if (x[i] < limit) { ASSERT_EQ(kept[expected++], x[i]); }
    }
    ASSERT_EQ(n, expected);
  }
}

TEST_P(EachIsa, RowsOfATableLieSideBySide) {
  int8_t fours[300][4], eights[300][8];
  for (int i = 0; i < 300; ++i) {
    for (int j = 0; j < 4; ++j) fours[i][j] = static_cast<int8_t>(7 * i + 31 * j);
    for (int j = 0; j < 8; ++j) eights[i][j] = static_cast<int8_t>(5 * i - 17 * j);
  }
  const uint16_t index[4] = {299, 0, 17, 256};
  float out[16];
  int lanes = entry().fours(fours, index, out);
  for (int i = 0; i < lanes; ++i) EXPECT_EQ(out[i], fours[index[i / 4]][i % 4]);
  lanes = entry().eights(eights, index, out);
  for (int i = 0; i < lanes; ++i) EXPECT_EQ(out[i], eights[index[i / 8]][i % 8]);
}

TEST_P(EachIsa, DotProductsOfBytesAreExactAtTheirEdges) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    uint8_t a[64];
    int8_t b[64];
    for (int i = 0; i < 64; ++i) {
      a[i] = static_cast<uint8_t>(round % 3 == 0 ? 255 : random());
      b[i] = static_cast<int8_t>(round % 2 == 0 ? (round % 4 == 0 ? 127 : -127) : random() % 255 - 127);
    }
    float seven[16], eight[16], same[16];
    uint8_t low[64];
    for (int i = 0; i < 64; ++i) low[i] = a[i] & 127;
    int lanes = entry().dots(low, b, -1000, seven, eight, same);
    for (int i = 0; i < lanes; ++i) {
      int sum = -1000;
      for (int j = 4 * i; j < 4 * i + 4; ++j) sum += low[j] * b[j];
      ASSERT_EQ(seven[i], sum);
      ASSERT_EQ(eight[i], sum);
    }
    entry().dots(a, b, 7, seven, eight, same);
    for (int i = 0; i < lanes; ++i) {
      int sum = 7;
      for (int j = 4 * i; j < 4 * i + 4; ++j) sum += a[j] * b[j];
      ASSERT_EQ(eight[i], sum);
      sum = 7;
      for (int j = 0; j < 4; ++j) sum += a[4 * i + j] * b[j];
      ASSERT_EQ(same[i], sum);
    }
  }
}

TEST_P(EachIsa, BytesAreLookedUpAndMadeNarrow) {
  uint8_t table[16], index[64], found[64];
  int8_t narrow[16];
  for (int i = 0; i < 16; ++i) table[i] = static_cast<uint8_t>(255 - 13 * i);
  for (int i = 0; i < 64; ++i) index[i] = static_cast<uint8_t>(i * 7 % 16);
  int lanes = entry().bytes(table, index, found, narrow);
  for (int i = 0; i < 4 * lanes; ++i) EXPECT_EQ(found[i], table[index[i]]);
  for (int i = 0; i < lanes; ++i) EXPECT_EQ(narrow[i], index[i] - 8);
}

INSTANTIATE_TEST_SUITE_P(Sets, EachIsa, testing::ValuesIn(supported_isas().begin(), supported_isas().end()),
                         [](const auto& info) { return std::string(name(info.param)); });

}  // namespace
}  // namespace hearth
