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
  std::vector<std::byte> bytes(info(GetParam()).bytes * 1024 + 1);
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

class EachEncoder : public EachFormat {};

TEST_P(EachEncoder, WhatIsEncodedComesBackNearby) {
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  std::vector<float> x(1024);
  for (float& v : x) v = normal(random);
  for (int i = 0; i < 32; ++i) x[i] = 0;
  std::vector<std::byte> bytes(1024 / info(GetParam()).block * info(GetParam()).bytes);
  format().encode[choose_isa().value()](x.data(), nullptr, bytes.data(), 1024);
  std::vector<float> y = decode(bytes, format().decode);
  double error = 0;
  for (size_t i = 0; i < x.size(); ++i) error += std::pow(x[i] - y[i], 2);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(y[i], 0);
  // Uniform rounding in steps of (about 3 / levels) leaves step / sqrt(12); floats far less.
  double bound = GetParam() == Type::q4_0 ? 0.12 : GetParam() == Type::q8_0 ? 0.008 : 0.002;
  EXPECT_LT(std::sqrt(error / 1024), bound);
}

std::vector<Type> types(bool encoded) {
  std::vector<Type> types;
  for (const Format& format : formats()) {
    if (format.encode[Isa::scalar] || !encoded) types.push_back(format.type);
  }
  return types;
}
std::string type_name(const testing::TestParamInfo<Type>& row) { return std::string(info(row.param).name); }
INSTANTIATE_TEST_SUITE_P(Types, EachFormat, testing::ValuesIn(types(false)), type_name);
INSTANTIATE_TEST_SUITE_P(Types, EachEncoder, testing::ValuesIn(types(true)), type_name);

TEST(Format, TypesThatNobodyComputesWithHaveNone) { EXPECT_EQ(format_of(Type::i64), nullptr); }

}  // namespace
}  // namespace hearth
