// Products of panels against the same sums in double precision, for every format and set.
#include "backends/cpu/panels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "quant/format.h"

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

PanelLines all_lines(const std::vector<InputBlock>& blocks) {
  PanelLines lines{};
  lines.inputs = blocks.data();
  lines.lines = lines.count = kLines;
  for (int32_t i = 0; i < kLines; ++i) lines.at[i] = i;
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
  ThreadPool pool(2);
  std::vector<InputBlock> blocks = round_lines(GetParam().isa, normal_numbers(kLines * kColumns, 2));
  PanelLines lines = all_lines(blocks);
  int formats_with_panels = 0;
  for (const Format& format : formats()) {
    PanelFormat panels = GetParam().format(format.type);
    if (!panels) continue;
    ++formats_with_panels;
    std::vector<float> weights = normal_numbers(kRows * kColumns, 1);
    std::vector<std::byte> bytes(*row_bytes(format.type, weights.size()));
    format.encode[GetParam().isa](weights.data(), nullptr, bytes.data(), kRows * kColumns);
    format.decode(bytes.data(), weights.data(), kRows * kColumns);
    Arena arena;
    const std::byte* packed = *pack_panels(format.type, bytes, 1, kRows, kColumns, panels, pool, arena);
    double error = 0, largest = 0;
    for (int64_t first = 0; first < kRows; first += panels.rows) {
      const std::byte* panel = packed + first / panels.rows * panels.panel_bytes(kColumns);
      std::vector<float> many(static_cast<size_t>(kLines * panels.rows)),
          one(static_cast<size_t>(panels.rows));
      panels.many(panel, kColumns, lines, many.data());
      for (int32_t t = 0; t < kLines; ++t) {
        PanelLines alone = lines;
        alone.count = 1;
        alone.at[0] = t;
        panels.one(panel, kColumns, alone, one.data());
        EXPECT_EQ(0, std::memcmp(one.data(), many.data() + t * panels.rows, one.size() * sizeof(float)))
            << info(format.type).name << ": a line alone gives other bits than among others";
        for (int64_t r = 0; r < panels.rows && first + r < kRows; ++r) {
          double sum = 0;
          for (int64_t c = 0; c < kColumns; ++c) {
            const InputBlock& x = blocks[static_cast<size_t>(c / 32 * kLines + t)];
            sum += double{weights[static_cast<size_t>((first + r) * kColumns + c)]} * x.d * x.q[c % 32];
          }
          error = std::max(error, std::abs(sum - one[static_cast<size_t>(r)]));
          largest = std::max(largest, std::abs(sum));
        }
      }
    }
    EXPECT_LT(error / largest, 2e-6) << info(format.type).name;
  }
  EXPECT_EQ(formats_with_panels, 25);  // all but f32, f16 and bf16
}

// Widths and counts of lines that no vector and no tile divides.
TEST(FloatPanels, AreTheSumsOfTheWeightsAndTheInputsAsTheyAre) {
  constexpr int64_t kOdd = 2 * kInputChunk + 37;
  constexpr int32_t kMany = 35;
  ThreadPool pool(2);
  const std::vector<float> x = normal_numbers(kMany * kOdd, 2);
  std::vector<InputChunk> chunks(static_cast<size_t>(input_bytes(InputForm::chunks, kOdd)) * kMany /
                                 sizeof(InputChunk));
  panel_kernels(Isa::scalar)
      .put[1](Input{x.data(), Rows::tokens, 1, kOdd, kOdd, kOdd, 1}, chunks.data(), kMany, 0, kMany);
  PanelLines all{};
  all.inputs = chunks.data();
  all.lines = all.count = kMany;
  for (int32_t i = 0; i < kMany; ++i) all.at[i] = i;
  // Not one after the other, as lines of an expert are.
  std::swap(all.at[1], all.at[20]);
  for (Isa isa : supported_isas()) {
    for (Type type : {Type::f32, Type::f16, Type::bf16}) {
      SCOPED_TRACE(fmt::format("{} {}", name(isa), info(type).name));
      const Format& format = *format_of(type);
      const PanelFormat panels = panel_format(isa, type);
      ASSERT_TRUE(panels);
      EXPECT_EQ(panels.inputs, InputForm::chunks);
      std::vector<float> weights = normal_numbers(kRows * kOdd, 1);
      std::vector<std::byte> bytes(*row_bytes(type, weights.size()));
      format.encode[isa](weights.data(), nullptr, bytes.data(), kRows * kOdd);
      format.decode(bytes.data(), weights.data(), kRows * kOdd);
      Arena arena;
      const std::byte* packed = *pack_panels(type, bytes, 1, kRows, kOdd, panels, pool, arena);
      double error = 0, largest = 0;
      for (int64_t first = 0; first < kRows; first += panels.rows) {
        const std::byte* panel = packed + first / panels.rows * panels.panel_bytes(kOdd);
        std::vector<float> many(static_cast<size_t>(kMany * panels.rows)),
            one(static_cast<size_t>(panels.rows));
        panels.many(panel, kOdd, all, many.data());
        for (int32_t t = 0; t < kMany; ++t) {
          PanelLines alone = all;
          alone.count = 1;
          alone.at[0] = all.at[t];
          panels.one(panel, kOdd, alone, one.data());
          EXPECT_EQ(0, std::memcmp(one.data(), many.data() + t * panels.rows, one.size() * sizeof(float)))
              << "line " << t << " alone gives other bits than among others";
          for (int64_t r = 0; r < panels.rows && first + r < kRows; ++r) {
            double sum = 0;
            for (int64_t c = 0; c < kOdd; ++c)
              sum += double{weights[static_cast<size_t>((first + r) * kOdd + c)]} *
                     x[static_cast<size_t>(all.at[t] * kOdd + c)];
            error = std::max(error, std::abs(sum - one[static_cast<size_t>(r)]));
            largest = std::max(largest, std::abs(sum));
          }
        }
      }
      EXPECT_LT(error / largest, 1e-6);
    }
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
