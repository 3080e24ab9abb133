// Every format: its decoders against the files that another implementation wrote, and against each other.
#include "quant/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "base/file.h"
#include "tensor/half.h"

namespace hearth {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

class EachFormat : public testing::TestWithParam<Type> {
 protected:
  const Format& format() { return *format_of(GetParam()); }
  std::vector<float> decode(std::span<const std::byte> from, DecodeRow row) {
    std::vector<float> to(from.size() / info(GetParam()).bytes * info(GetParam()).block);
    row(from.data(), to.data(), static_cast<int64_t>(to.size()));
    return to;
  }
};

TEST_P(EachFormat, DecodesWhatOthersEncoded) {
  const char* folder = std::getenv("HEARTH_CONFORMANCE");
  if (!folder) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set";
  int files = 0;
  for (const char* kind : {"plain", "weighted"}) {
    std::string path = fmt::format("{}/quants/{}.{}", folder, info(GetParam()).name, kind);
    auto bin = read_file(path + ".bin"), f32 = read_file(path + ".f32");
    if (!bin.ok()) continue;
    ASSERT_TRUE(f32.ok()) << f32.error().message;
    ++files;
    std::vector<float> expected(f32->size() / 4);
    std::memcpy(expected.data(), f32->data(), f32->size());
    EXPECT_EQ(decode(bytes_of(*bin), format().decode), expected);
    for (Isa isa : supported_isas())
      EXPECT_EQ(decode(bytes_of(*bin), format().fast[isa]), expected) << name(isa);
  }
  if (GetParam() != Type::f32) { EXPECT_GT(files, 0) << "no file of this type in " << folder; }
}

// All patterns of bits; compared where they are numbers.
TEST_P(EachFormat, FastDecodersGiveThePlainNumbers) {
  std::mt19937 random(42);
  std::vector<std::byte> bytes(info(GetParam()).bytes * 128 + 1);
  for (int round = 0; round < 20; ++round) {
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    // One byte beside the allocation's alignment: a file promises none.
    std::span<const std::byte> odd(bytes.data() + 1, bytes.size() - 1);
    std::vector<float> plain = decode(odd, format().decode);
    for (Isa isa : supported_isas()) {
      std::vector<float> fast = decode(odd, format().fast[isa]);
      for (size_t i = 0; i < plain.size(); ++i) {
        if (!std::isfinite(plain[i])) continue;
        ASSERT_EQ(fast[i], plain[i]) << name(isa) << " at " << i;
      }
    }
  }
}

TEST_P(EachFormat, RowsMayEndAnywhereABlockEnds) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(info(GetParam()).bytes * 70);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random() & 0x37);
  for (uint32_t blocks = 0; blocks <= 70; blocks += 1 + blocks / 40) {
    int64_t count = int64_t{blocks} * info(GetParam()).block;
    std::vector<float> plain(count + 1, -77.0f), fast(count + 1, -77.0f);
    format().decode(bytes.data(), plain.data(), count);
    for (Isa isa : supported_isas()) {
      format().fast[isa](bytes.data(), fast.data(), count);
      EXPECT_EQ(fast, plain);
      EXPECT_EQ(fast.back(), -77.0f);
    }
  }
}

// ---- Encoders

struct Numbers {
  std::vector<float> x, w;  // w: empty, or the importance of each
};

double root_mean_square(std::span<const float> x, const float* y, const std::vector<float>& w) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double error = static_cast<double>(x[i]) - static_cast<double>(y[i]);
    sum += error * error * (w.empty() ? 1 : w[i]);
  }
  return std::sqrt(sum / static_cast<double>(x.size()));
}

class EachEncoder : public EachFormat {
 protected:
  std::vector<std::byte> encode(const Numbers& row, Isa isa = choose_isa().value()) {
    auto count = static_cast<int64_t>(row.x.size());
    // What lies beyond the row must stay.
    size_t bytes = *row_bytes(GetParam(), row.x.size());
    std::vector<std::byte> to(bytes + 8, std::byte{0xa5});
    format().encode[isa](row.x.data(), row.w.empty() ? nullptr : row.w.data(), to.data(), count);
    for (size_t i = bytes; i < to.size(); ++i) EXPECT_EQ(to[i], std::byte{0xa5});
    to.resize(bytes);
    return to;
  }
  double error_of(const Numbers& row) {
    return root_mean_square(row.x, decode(encode(row), format().decode).data(), row.w);
  }
};

std::vector<float> floats_of(const std::string& path) {
  auto text = read_file(path);
  std::vector<float> floats(text.ok() ? text->size() / sizeof(float) : 0);
  if (text.ok() && !floats.empty()) std::memcpy(floats.data(), text->data(), floats.size() * sizeof(float));
  return floats;
}

// Rows of 1024 numbers whose encoding by another implementation is in the folder, decoded.
TEST_P(EachEncoder, ErrsNoMoreThanOthers) {
  const char* folder = std::getenv("HEARTH_CONFORMANCE");
  if (!folder) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set";
  std::string quants = fmt::format("{}/quants/", folder);
  std::vector<float> input = floats_of(quants + "input.f32"),
                     importance = floats_of(quants + "importance.f32");
  ASSERT_EQ(importance.size(), 1024u);
  ASSERT_EQ(input.size() % 1024, 0u);
  for (bool weighted : {false, true}) {
    const char* kind = weighted ? "weighted" : "plain";
    std::vector<float> others = floats_of(fmt::format("{}{}.{}.f32", quants, info(GetParam()).name, kind));
    if (others.empty()) continue;
    ASSERT_EQ(others.size(), input.size());
    double ratios = 0;
    for (size_t at = 0; at < input.size(); at += 1024) {
      Numbers row{{input.begin() + at, input.begin() + at + 1024},
                  weighted ? importance : std::vector<float>{}};
      double bound = root_mean_square(row.x, &others[at], row.w), error = error_of(row);
      EXPECT_LE(error, 1.02 * bound) << kind << ", row " << at / 1024;
      ratios += error / bound;
    }
    EXPECT_LE(ratios, static_cast<double>(input.size() / 1024)) << kind;
  }
}

// Numbers like those of models, and such as break scales.
std::vector<Numbers> rows() {
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  std::vector<Numbers> rows;
  auto add = [&](auto number) {
    Numbers row{std::vector<float>(1024), {}};
    for (int i = 0; i < 1024; ++i) row.x[i] = number(i);
    rows.push_back(row);
    row.w.resize(1024);
    for (float& w : row.w) w = std::pow(normal(random), 4.0f);
    rows.push_back(row);
    for (int i = 0; i < 1024; ++i) row.w[i] = i / 80 % 2 ? row.w[i] : 0;
    rows.push_back(row);
  };
  add([&](int) { return 0.02f * normal(random); });
  add([&](int) { return 0.01f * std::pow(normal(random), 3.0f); });
  add([&](int i) { return i % 100 < 50 ? 0.0f : normal(random); });
  add([&](int) { return std::fabs(normal(random)); });
  add([&](int) { return 1 + 0.01f * normal(random); });
  add([&](int) { return -3.0f; });
  add([&](int) { return 0.0f; });
  add([&](int i) { return i == 700 ? 10.0f : 1e-3f * normal(random); });
  add([&](int) { return 2e-7f * normal(random); });
  add([&](int) { return 1e-40f * normal(random); });
  add([&](int) { return 2e4f * normal(random); });
  return rows;
}

TEST_P(EachEncoder, EverySetOfInstructionsGivesTheSameBytes) {
  for (const Numbers& row : rows()) {
    std::vector<std::byte> expected = encode(row, Isa::scalar);
    for (Isa isa : supported_isas()) EXPECT_EQ(encode(row, isa), expected) << name(isa);
  }
}

// A scale of 0 would be a code of its own, so no encoder may do worse; but for q1_0, whose mean is as good.
TEST_P(EachEncoder, NoRowErrsMoreThanZerosDo) {
  size_t at = 0;
  for (const Numbers& row : rows()) {
    std::vector<float> zeros(row.x.size());
    double bound = root_mean_square(row.x, zeros.data(), row.w);
    // What scales of 16 bits cannot be small enough for.
    EXPECT_LE(error_of(row), bound * 1.0001 + 1e-6) << "row " << at;
    ++at;
  }
}

TEST_P(EachEncoder, RowsOfZerosStayZeros) {
  Numbers row{std::vector<float>(1024), {}};
  EXPECT_THAT(decode(encode(row), format().decode), testing::Each(0.0f));
}

// What they give does not matter, but they give something, and within the row.
TEST_P(EachEncoder, NumbersThatAreNotFiniteDoNoHarm) {
  std::mt19937 random(3);
  const float kBad[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f};
  for (float bad : kBad) {
    for (bool important : {false, true}) {
      Numbers row{std::vector<float>(1024), std::vector<float>(1024, 1.0f)};
      for (float& x : row.x) x = static_cast<float>(random() % 100) - 50;
      for (int i = 0; i < 1024; i += 37) (important ? row.w : row.x)[i] = bad;
      for (int i = 256; i < 512; ++i) row.x[i] = bad;
      for (Isa isa : supported_isas()) encode(row, isa);
    }
  }
}

std::vector<Type> types() {
  std::vector<Type> types;
  for (const Format& format : formats()) types.push_back(format.type);
  return types;
}
std::string type_name(const testing::TestParamInfo<Type>& row) { return std::string(info(row.param).name); }
INSTANTIATE_TEST_SUITE_P(Types, EachFormat, testing::ValuesIn(types()), type_name);
INSTANTIATE_TEST_SUITE_P(Types, EachEncoder, testing::ValuesIn(types()), type_name);

TEST(Format, TypesThatNobodyComputesWithHaveNone) { EXPECT_EQ(format_of(Type::i64), nullptr); }

}  // namespace
}  // namespace hearth
