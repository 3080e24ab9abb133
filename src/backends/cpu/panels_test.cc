// Products of panels against the same sums in double precision, for every format and set.
#include "backends/cpu/panels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "quant/format.h"
#include "tensor/half.h"

namespace hearth::cpu {
namespace {

constexpr int64_t kRows = 37, kColumns = 768;
constexpr int32_t kLines = 5;

std::vector<float> normal_numbers(int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float& number : numbers) number = normal(random);
  return numbers;
}

// Rows of a format as they lie in a file, and the numbers they stand for. Encoders search, so there are only a few,
// which come again and again, in each vector at another place.
struct EncodedRows {
  std::vector<std::byte> bytes;
  std::vector<float> numbers;

  EncodedRows(const Format& format, int64_t columns) : numbers(static_cast<size_t>(kRows * columns)) {
    constexpr int64_t kDifferent = 3;
    const size_t row = *row_bytes(format.type, columns);
    const std::vector<float> weights = normal_numbers(kDifferent * columns, 1);
    std::vector<std::byte> different(kDifferent * row);
    for (int64_t r = 0; r < kDifferent; ++r)
      format.encode[supported_isas().back()](weights.data() + r * columns, nullptr,
                                             different.data() + r * row, columns);
    for (int64_t r = 0; r < kRows; ++r) {
      const std::byte* from = different.data() + r % kDifferent * row;
      bytes.insert(bytes.end(), from, from + row);
    }
    format.decode(bytes.data(), numbers.data(), kRows * columns);
  }
};

// The largest error of the products of a format's rows with lines, as a share of the largest output, where
// number(t, c) is what line t has in column c. And a line has to give the same bits alone and among any number of others.
template <class Number>
double largest_error(const Format& format, const PanelFormat& panels, int64_t columns,
                     const PanelLines& lines, const Number& number) {
  ThreadPool pool(2);
  const EncodedRows rows(format, columns);
  Arena arena;
  const std::byte* packed = *pack_panels(format.type, rows.bytes, 1, kRows, columns, panels, pool, arena);
  double error = 0, largest = 0;
  for (int64_t first = 0; first < kRows; first += panels.rows) {
    const std::byte* panel = packed + first / panels.rows * panels.panel_bytes(columns);
    std::vector<float> many(static_cast<size_t>(lines.count * panels.rows)),
        one(static_cast<size_t>(panels.rows));
    panels.many(panel, columns, lines, many.data());
    for (PanelLines fewer = lines; --fewer.count > 0;) {
      std::vector<float> some(static_cast<size_t>(fewer.count * panels.rows));
      panels.many(panel, columns, fewer, some.data());
      EXPECT_EQ(0, std::memcmp(some.data(), many.data(), some.size() * sizeof(float)))
          << fewer.count << " lines give other bits than " << lines.count;
    }
    for (int32_t t = 0; t < lines.count; ++t) {
      PanelLines alone = lines;
      alone.count = 1;
      alone.at[0] = lines.at[t];
      panels.one(panel, columns, alone, one.data());
      EXPECT_EQ(0, std::memcmp(one.data(), many.data() + t * panels.rows, one.size() * sizeof(float)))
          << "line " << t << " alone gives other bits than among others";
      for (int64_t r = 0; r < panels.rows && first + r < kRows; ++r) {
        const float* row = rows.numbers.data() + (first + r) * columns;
        double sum = 0;
        for (int64_t c = 0; c < columns; ++c) sum += row[c] * number(lines.at[t], c);
        error = std::max(error, std::abs(sum - one[static_cast<size_t>(r)]));
        largest = std::max(largest, std::abs(sum));
      }
    }
  }
  return error / largest;
}

PanelLines all_lines(const void* inputs, int32_t count) {
  PanelLines lines{};
  lines.inputs = inputs;
  lines.lines = lines.count = count;
  for (int32_t i = 0; i < count; ++i) lines.at[i] = i;
  std::swap(lines.at[1], lines.at[count - 1]);  // not one after the other, as lines of an expert are
  return lines;
}

std::vector<InputBlock> round_lines(Isa isa, const std::vector<float>& x) {
  std::vector<InputBlock> blocks(kLines * kColumns / 32);
  Input input{x.data(), Rows::tokens, 1, kColumns, kColumns, kColumns, 1};
  panel_kernels(isa).put[0](input, blocks.data(), kLines, 0, 2);
  panel_kernels(isa).put[0](input, blocks.data(), kLines, 2, kLines);
  return blocks;
}

class Panels : public testing::TestWithParam<PanelSet> {};

TEST_P(Panels, AreTheSumsOfTheWeightsAndTheRoundedInputs) {
  std::vector<InputBlock> blocks = round_lines(GetParam().isa, normal_numbers(kLines * kColumns, 2));
  int formats_with_panels = 0;
  for (const Format& format : formats()) {
    PanelFormat panels = GetParam().format(format.type);
    if (!panels) continue;
    ++formats_with_panels;
    SCOPED_TRACE(info(format.type).name);
    auto number = [&](int64_t t, int64_t c) {
      const InputBlock& x = blocks[static_cast<size_t>(c / 32 * kLines + t)];
      return double{x.d} * x.q[c % 32];
    };
    EXPECT_LT(largest_error(format, panels, kColumns, all_lines(blocks.data(), kLines), number), 2e-6);
  }
  EXPECT_EQ(formats_with_panels, 25);  // all but f32, f16 and bf16
}

// Widths and counts of lines that no vector and no tile divides.
TEST(FloatPanels, AreTheSumsOfTheWeightsAndTheInputsAsTheyAreOrInBf16) {
  constexpr int64_t kOdd = 2 * kInputChunk + 37;
  constexpr int32_t kMany = 35;
  const std::vector<float> x = normal_numbers(kMany * kOdd, 2);
  for (const PanelSet& set : float_panel_sets()) {
    for (Type type : {Type::f32, Type::f16, Type::bf16}) {
      SCOPED_TRACE(fmt::format("{} {}", set.name, info(type).name));
      const PanelFormat panels = set.format(type);
      ASSERT_TRUE(panels || set.name != name(set.isa)) << "an instruction set has all three";
      if (!panels) continue;
      const bool pairs = panels.inputs == InputForm::pairs;
      EXPECT_TRUE(panels.inputs == InputForm::chunks || (pairs && type == Type::bf16));
      std::vector<std::byte> inputs(static_cast<size_t>(input_bytes(panels.inputs, kOdd)) * kMany,
                                    std::byte{0xff});
      panel_kernels(set.isa).put[static_cast<size_t>(panels.inputs)](
          Input{x.data(), Rows::tokens, 1, kOdd, kOdd, kOdd, 1}, inputs.data(), kMany, 0, kMany);
      auto number = [&](int64_t t, int64_t c) -> double {
        const float as_it_is = x[static_cast<size_t>(t * kOdd + c)];
        return pairs ? f32_from_bf16(bf16_from_f32(as_it_is)) : as_it_is;
      };
      EXPECT_LT(largest_error(*format_of(type), panels, kOdd, all_lines(inputs.data(), kMany), number), 1e-6);
    }
  }
  for (Isa isa : supported_isas()) {
    for (Type type : {Type::f32, Type::f16, Type::bf16}) EXPECT_TRUE(panel_format(isa, type)) << name(isa);
  }
}

TEST_P(Panels, InputsAreRoundedToTheNearestByte) {
  std::vector<float> x = normal_numbers(kLines * kColumns, 3);
  std::vector<InputBlock> blocks = round_lines(GetParam().isa, x);
  for (int32_t t = 0; t < kLines; ++t) {
    for (int64_t c = 0; c < kColumns; ++c) {
      const InputBlock& block = blocks[static_cast<size_t>(c / 32 * kLines + t)];
      EXPECT_NEAR(block.d * block.q[c % 32], x[static_cast<size_t>(t * kColumns + c)], block.d * 0.5001);
      EXPECT_GE(block.q[c % 32], -127);
    }
  }
}

TEST_P(Panels, WhatIsNotFiniteStaysSo) {
  for (float wrong : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> x = normal_numbers(kLines * kColumns, 4);
    x[40] = wrong;
    std::vector<InputBlock> blocks = round_lines(GetParam().isa, x);
    EXPECT_FALSE(std::isfinite(blocks[kLines].d));
    EXPECT_TRUE(std::isfinite(blocks[0].d));
  }
}

TEST_P(Panels, ZerosAndTheSmallestNumbersAreNothing) {
  std::vector<float> x(kLines * kColumns, 1e-40f);
  std::vector<InputBlock> blocks = round_lines(GetParam().isa, x);
  EXPECT_EQ(blocks[0].d, 0.0f);
  EXPECT_EQ(blocks[0].less_all, 0);
}

INSTANTIATE_TEST_SUITE_P(Sets, Panels, testing::ValuesIn(panel_sets().begin(), panel_sets().end()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace hearth::cpu
