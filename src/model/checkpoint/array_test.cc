// Steps on arrays, against their definitions element by element.
#include "model/checkpoint/array.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "quant/format.h"
#include "tensor/half.h"

namespace hearth {
namespace {

using Kind = RecipeStep::Kind;

int64_t product(const Dims& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Array counted(const Dims& shape) {
  std::vector<float> numbers(static_cast<size_t>(product(shape)));
  std::iota(numbers.begin(), numbers.end(), 0.0f);
  return Array::of_floats(shape, std::move(numbers));
}

std::vector<float> numbers_of(Array array) {
  EXPECT_TRUE(array.settle().ok());
  std::vector<float> numbers(static_cast<size_t>(array.elements()));
  array.read(0, array.elements(), numbers.data());
  return numbers;
}

std::vector<float> after(const Dims& shape, const std::vector<RecipeStep>& steps) {
  Array array = counted(shape);
  for (const RecipeStep& step : steps) {
    auto status = array.apply(step);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
  return numbers_of(array);
}

std::vector<float> floats(std::initializer_list<float> numbers) { return numbers; }

TEST(Array, MovesRowsAsTheLanguageSays) {
  // Six rows of two: row r holds 2r and 2r + 1.
  auto rows = [](std::initializer_list<int> order) {
    std::vector<float> numbers;
    for (int row : order) {
      numbers.push_back(static_cast<float>(2 * row));
      numbers.push_back(static_cast<float>(2 * row + 1));
    }
    return numbers;
  };
  EXPECT_EQ(after({8, 2}, {{Kind::interleave, {2}}}), rows({0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(after({6, 2}, {{Kind::regroup, {2, 1, 2}}}), rows({0, 3, 1, 2, 4, 5}));
  EXPECT_EQ(after({7, 2}, {{Kind::deal, {1, 3, 2, 1}}}), rows({0, 1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(after({6, 2}, {{Kind::split, {2}}, {Kind::swap, {0, 1}}, {Kind::reshape, {6, 2}}}),
            rows({0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(after({6, 2}, {{Kind::slice, {}, {{1, 3, 2, false}}}}), rows({1, 3, 5}));
}

TEST(Array, TurnsAndCuts) {
  EXPECT_EQ(after({2, 3}, {{Kind::transpose}}), floats({0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(after({2, 3}, {{Kind::transpose}, {Kind::transpose}}), floats({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(after({2, 2, 2}, {{Kind::transpose}, {Kind::slice, {}, {{0, 2, 1, false}, {1, 1, 1, false}}}}),
            floats({1, 3, 5, 7}));
  EXPECT_EQ(after({2, 3}, {{Kind::slice, {}, {{0, 2, 1, false}, {1, 1, 1, true}}}}), floats({1, 4}));
}

TEST(Array, ComputesInTheOrderOfTheText) {
  EXPECT_EQ(after({2, 2}, {{Kind::add, {}, {}, {1}}, {Kind::multiply, {}, {}, {10}}}),
            floats({10, 20, 30, 40}));
  EXPECT_EQ(after({2, 2}, {{Kind::multiply, {}, {}, {10, 100}}, {Kind::subtract, {}, {}, {1}}}),
            floats({-1, 9, 199, 299}));
  auto negative = after({2}, {{Kind::exponential}, {Kind::negate}});
  EXPECT_EQ(negative[0], -1);
  EXPECT_NEAR(negative[1], -std::exp(1.0), 1e-6);
  // A vector goes along the rows as they stand then.
  EXPECT_EQ(after({2, 2}, {{Kind::transpose}, {Kind::multiply, {}, {}, {1, 10}}}), floats({0, 2, 10, 30}));
}

TEST(Array, WhatOnlyMovesKeepsItsBits) {
  std::vector<std::byte> halves(8 * 2 * sizeof(uint16_t));
  for (uint16_t i = 0; i < 16; ++i) {
    uint16_t bits = i == 5 ? 0x7e01 : i;  // a NaN with something to say
    std::memcpy(halves.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
  Array array({8, 2}, Type::f16, halves);
  ASSERT_TRUE(array.apply({Kind::interleave, {1}}).ok());
  const auto* bytes = array.bytes_in(Type::f16);
  ASSERT_NE(bytes, nullptr);
  // Row 2 is now row 4.
  EXPECT_EQ(std::memcmp(bytes->data() + 4 * 4, halves.data() + 2 * 4, 4), 0);
  EXPECT_EQ(array.bytes_in(Type::bf16), nullptr);
  ASSERT_TRUE(array.apply({Kind::add, {}, {}, {1}}).ok());
  EXPECT_EQ(array.bytes_in(Type::f16), nullptr);
}

TEST(Array, APartThatLiesTogetherIsNotCopied) {
  std::vector<float> numbers(12);
  auto bytes = std::as_bytes(std::span(numbers));
  Array array({4, 3}, Type::f32, bytes);
  ASSERT_TRUE(array.apply({Kind::slice, {}, {{1, 2, 1, false}}}).ok());
  EXPECT_EQ(array.bytes_in(Type::f32)->data(), bytes.data() + 3 * sizeof(float));
}

// Two matrices of 4 rows of 32, packed; and what is in them.
struct Packed {
  std::vector<std::byte> bytes = std::vector<std::byte>(8 * 17);
  std::vector<float> numbers = std::vector<float>(8 * 32);
  Packed() {
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::byte>(i % 17 ? 31 * i : 120 + i / 17);
    format_of(Type::mxfp4)->decode(bytes.data(), numbers.data(), 8 * 32);
  }
};

TEST(Array, PackedRowsMoveWhole) {
  Packed packed;
  Array array({2, 4, 32}, Type::mxfp4, packed.bytes);
  ASSERT_TRUE(array.apply({Kind::slice, {}, {{0, 2, 1, false}, {1, 2, 2, false}}}).ok());
  const auto* bytes = array.bytes_in(Type::mxfp4);
  ASSERT_NE(bytes, nullptr);
  ASSERT_EQ(bytes->size(), 4u * 17);
  for (size_t i = 0; i < 4; ++i) {
    size_t row = i / 2 * 4 + 1 + i % 2 * 2;
    EXPECT_EQ(std::memcmp(bytes->data() + i * 17, packed.bytes.data() + row * 17, 17), 0) << i;
  }
}

TEST(Array, PackedBlocksAreDecodedWhereTheyWouldBeCut) {
  Packed packed;
  // Stored [2, 4, 32], given as [2, 32, 4]; the transform turns it back.
  Array kept({2, 32, 4}, Type::mxfp4, packed.bytes, true);
  ASSERT_TRUE(kept.apply({Kind::transpose}).ok());
  EXPECT_NE(kept.bytes_in(Type::mxfp4), nullptr);
  Array turned({2, 32, 4}, Type::mxfp4, packed.bytes, true);
  std::vector<float> found = numbers_of(turned);
  for (size_t m = 0; m < 2; ++m) {
    for (size_t c = 0; c < 32; ++c) {
      for (size_t r = 0; r < 4; ++r)
        ASSERT_EQ(found[(m * 32 + c) * 4 + r], packed.numbers[(m * 4 + r) * 32 + c]);
    }
  }
  Array cut({2, 4, 32}, Type::mxfp4, packed.bytes);
  ASSERT_TRUE(cut.apply({Kind::slice, {}, {{0, 2, 1, false}, {0, 4, 1, false}, {3, 1, 1, false}}}).ok());
  EXPECT_EQ(numbers_of(cut)[5], packed.numbers[5 * 32 + 3]);
}

TEST(Array, KnowsWhatKeepsRows) {
  const Dims shape = {2, 32, 4};
  auto keeps = [&](bool turned, std::vector<RecipeStep> steps) { return keeps_rows(turned, shape, steps); };
  EXPECT_FALSE(keeps(true, {}));
  EXPECT_TRUE(keeps(true, {{Kind::transpose}}));
  EXPECT_TRUE(keeps(true, {{Kind::transpose}, {Kind::slice, {}, {{0, 2, 1, false}, {1, 2, 2, false}}}}));
  EXPECT_FALSE(keeps(true, {{Kind::slice, {}, {{0, 1, 1, false}}}, {Kind::transpose}}));
  EXPECT_FALSE(keeps(true, {{Kind::transpose}, {Kind::multiply, {}, {}, {2}}}));
  EXPECT_FALSE(keeps(false, {{Kind::swap, {0, 2}}}));
  EXPECT_TRUE(keeps(false, {{Kind::swap, {0, 1}}}));
}

TEST(Array, RefusesWhatDoesNotFit) {
  Array array = counted({4, 3});
  EXPECT_FALSE(array.apply({Kind::split, {3}}).ok());
  EXPECT_FALSE(array.apply({Kind::slice, {}, {{3, 2, 1, false}}}).ok());
  EXPECT_FALSE(array.apply({Kind::reshape, {5, 3}}).ok());
  EXPECT_FALSE(array.apply({Kind::multiply, {}, {}, {1, 2, 3}}).ok());
}

}  // namespace
}  // namespace hearth
