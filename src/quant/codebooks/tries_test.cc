#include "quant/codebooks/tries.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "quant/codebooks/codebooks.h"
#include "quant/codebooks/magnitudes.h"
#include "quant/codebooks/scales.h"
#include "quant/codebooks/try_points.h"
#include "quant/format.h"
#include "simd/vocabulary.h"
#include "tensor/half.h"

namespace hearth {
namespace {

// What the search may leave out costs nothing: at each try its point is as good as the best of all.
template <class Book>
void check(const Book& book, float shift, bool flip, float level) {
  using Try = void (*)(const Book&, const float*, const float*, float, bool, float, PointTries&);
  static constexpr PerIsa<Try> kTry = HEARTH_PER_ISA(try_points<Book>);
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 20; ++round) {
    float x[Book::kDigits], w[Book::kDigits];
    for (int i = 0; i < Book::kDigits; ++i) {
      x[i] = shift == 0 ? std::fabs(normal(random)) : normal(random);
      w[i] = round % 2 ? 1 : std::exp(normal(random));
    }
    float from = first_try(x, w, Book::kDigits, level);
    for (Isa isa : supported_isas()) {
      PointTries tries;
      kTry[isa](book, x, w, shift, flip, from, tries);
      for (int k = 0; k < kTries; ++k) {
        double t = from * kLadder.t[k], least = INFINITY, found = INFINITY;
        for (int p = 0; p < Book::kPoints; ++p) {
          double a = 0, b = 0;
          for (int i = 0; i < Book::kDigits; ++i) {
            double g = book.values[p][i] + shift;
            a += w[i] * g * g;
            b += w[i] * x[i] * g;
          }
          int wrong = flip ? cheapest_flip(book.values[p], x, w, Book::kDigits) : 0;
          if (flip) b -= 2.0 * w[wrong] * x[wrong] * book.values[p][wrong];
          least = std::min(least, a - 2 * b * t);
          if (p != tries.points[k]) continue;
          found = a - 2 * b * t;
          EXPECT_NEAR(tries.a[k], a, 1e-4 * a) << name(isa);
          EXPECT_NEAR(tries.b[k], b, 1e-4 * a / t) << name(isa);
        }
        EXPECT_NEAR(found, least, 1e-5 * std::fabs(least)) << name(isa) << ", try " << k;
      }
    }
  }
}

TEST(Tries, FindTheBestPointOfAll) {
  check(kIq1Book, 0.125f, false, 0.6f);
  check(kIq1Book, -0.125f, false, 0.6f);
  check(kIq2_xxsBook, 0, false, 17);
  check(kIq2_xxsBook, 0, true, 17);
  check(kIq2_xsBook, 0, true, 17);
  check(kIq2_sBook, 0, false, 17);
  check(kIq3_xxsBook, 0, true, 22);
  check(kIq3_sBook, 0, false, 5.4f);
}

TEST(Tries, TheBetterOfTwoIsTakenTryByTry) {
  PointTries one{}, other{};
  for (int k = 0; k < kTries; ++k) {
    one.points[k] = 1;
    other.points[k] = 2;
    one.a[k] = 3;
    other.a[k] = k < 4 ? 2.0f : 4.0f;
  }
  PointTries both = better(one, other, 1);
  EXPECT_EQ(both.points[3], 2);
  EXPECT_EQ(both.a[3], 2);
  EXPECT_EQ(both.points[4], 1);
  EXPECT_EQ(both.a[4], 3);
}

TEST(Scales, TheBlocksScaleAndTheCodesAreFound) {
  // Group g has one number x = 8 d (2 c + 1), and its points have the level 8 there.
  const uint16_t d = f16_from_f32(0.37f);
  Tries groups[16];
  for (int g = 0; g < 16; ++g) {
    float scale = f32_from_f16(d) * static_cast<float>(2 * g + 1);
    for (int k = 0; k < kTries; ++k) groups[g].a[k] = 64, groups[g].b[k] = 8 * 8 * scale;
  }
  Scales scales = fit_scales(groups, {1, 16}, 0);
  EXPECT_EQ(scales.d, d);
  for (int g = 0; g < 16; ++g) {
    EXPECT_EQ(scales.codes[g], g);
    EXPECT_FLOAT_EQ(scales.t[g], 1 / (f32_from_f16(d) * static_cast<float>(2 * g + 1)));
  }
}

TEST(Scales, ABlockThatNoScaleServesHasNone) {
  Tries groups[8] = {};
  EXPECT_EQ(fit_scales(groups, {1, 8}, 127).d, 0);
  for (Tries& group : groups) std::fill(group.a, group.a + kTries, 1.0f);
  EXPECT_EQ(fit_scales(groups, {1, 8}, 127).d, 0);
}

TEST(BlockInput, IsScaledToOneAndClean) {
  std::vector<float> x(256, 0.0f), w(256, 3.0f);
  BlockInput input;
  EXPECT_FALSE(input.take(x.data(), w.data()));
  x[7] = -48;
  x[8] = NAN;
  w[9] = -1;
  w[10] = INFINITY;
  ASSERT_TRUE(input.take(x.data(), w.data()));
  EXPECT_EQ(input.x[7], -1.5f);
  EXPECT_EQ(input.exponent, 5);
  EXPECT_EQ(input.x[8], 0);
  EXPECT_EQ(input.w[0], 1.5f);
  EXPECT_EQ(input.w[9], 0);
  EXPECT_EQ(input.w[10], 0);
  ASSERT_TRUE(input.take(x.data(), nullptr));
  EXPECT_EQ(input.w[0], 1);
}

// Numbers that a format can write are found again but for what the steps between tries lose.
TEST(Codebooks, WhatAFormatCanWriteComesBackNearby) {
  std::mt19937 random(8);
  for (Type type :
       {Type::iq1_s, Type::iq1_m, Type::iq2_xxs, Type::iq2_xs, Type::iq2_s, Type::iq3_xxs, Type::iq3_s}) {
    const Format& format = *format_of(type);
    double error = 0, square = 0;
    for (int round = 0; round < 50; ++round) {
      std::vector<std::byte> block(info(type).bytes), again(info(type).bytes);
      for (std::byte& b : block) b = static_cast<std::byte>(random());
      if (type == Type::iq1_m) {
        block[55] = std::byte{0x20};
      } else {
        block[1] = std::byte{0x20};
      }
      float x[256], y[256];
      format.decode(block.data(), x, 256);
      format.encode[supported_isas().back()](x, nullptr, again.data(), 256);
      format.decode(again.data(), y, 256);
      for (int i = 0; i < 256; ++i) {
        error += (x[i] - y[i]) * (x[i] - y[i]);
        square += x[i] * x[i];
      }
    }
    EXPECT_LT(std::sqrt(error / square), 0.03) << info(type).name;
  }
}

}  // namespace
}  // namespace hearth
