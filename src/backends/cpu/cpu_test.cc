// The processor's kernels against the plain reference, in every set that this machine has.
#include "backends/cpu/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "ops/conformance.h"
#include "quant/format.h"
#include "tensor/half.h"

namespace hearth {
namespace {

using testing::HasSubstr;

struct Setting {
  Isa isa;
  int32_t threads;
};

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (Isa isa : supported_isas()) {
    for (int32_t threads : {1, 2, 3}) all.push_back({isa, threads});
  }
  return all;
}

std::unique_ptr<Backend> backend_of(const Setting& setting) {
  return *make_cpu_backend({setting.threads, setting.isa});
}

class Cpu : public testing::TestWithParam<Setting> {
 protected:
  std::unique_ptr<Backend> backend_ = backend_of(GetParam());
};

// What rounding to f32 leaves of a chain of a few operators, as a share of the largest number.
constexpr double kTolerance = 5e-6;

TEST_P(Cpu, AgreesWithTheReference) {
  for (const conformance::Case& each : conformance::cases()) {
    auto error = conformance::compare(each, *backend_);
    if (!error.ok()) {
      ADD_FAILURE() << each.name << ": " << error.error().message;
    } else {
      EXPECT_LT(*error, kTolerance) << each.name;
    }
  }
}

TEST_P(Cpu, GivesTheSameBitsHoweverASequenceIsRun) {
  for (const conformance::Case& each : conformance::cases()) {
    Status status = conformance::check_invariance(each, *backend_);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

std::vector<float> decode(Type type, std::span<const std::byte> bytes, int64_t elements) {
  std::vector<float> numbers(elements);
  format_of(type)->decode(bytes.data(), numbers.data(), elements);
  return numbers;
}

// Where the 16-bit scales of a block stand; random bits there would be numbers of any size.
std::vector<size_t> scales_of(Type type) {
  switch (type) {
    case Type::q8_0:
    case Type::q4_0: return {0};
    case Type::q4_k: return {0, 2};
    case Type::q6_k: return {208};
    default: return {};
  }
}

// Random blocks, or random numbers encoded where the type holds numbers as they are.
std::vector<std::byte> random_weights(Type type, int64_t elements, uint64_t seed) {
  std::mt19937_64 random(seed);
  const TypeInfo& row = info(type);
  std::vector<std::byte> bytes(*row_bytes(type, elements));
  if (row.block == 1) {
    std::normal_distribution<float> normal;
    std::vector<float> numbers(elements);
    for (float& number : numbers) number = 0.3f * normal(random);
    format_of(type)->encode(numbers.data(), bytes.data(), elements);
    return bytes;
  }
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  for (size_t block = 0; block < bytes.size(); block += row.bytes) {
    for (size_t at : scales_of(type)) {
      // Largest numbers of about 1: 127, 7, 63 * 15 and 127 * 31 times this.
      float most = type == Type::q8_0   ? 8e-3f
                   : type == Type::q4_0 ? 0.13f
                   : type == Type::q4_k ? 1e-3f
                                        : 2.5e-4f;
      uint16_t half = f16_from_f32(most * (0.5f + static_cast<float>(random() % 1000) / 2000));
      std::memcpy(&bytes[block + at], &half, sizeof half);
    }
  }
  return bytes;
}

TEST_P(Cpu, ComputesWithWeightsOfEveryType) {
  for (const Format& format : formats()) {
    for (const conformance::Case& each : conformance::weight_cases(format.type, random_weights)) {
      auto error = conformance::compare(each, *backend_, decode);
      ASSERT_TRUE(error.ok()) << each.name << ": " << error.error().message;
      EXPECT_LT(*error, kTolerance) << each.name;
      Status status = conformance::check_invariance(each, *backend_);
      EXPECT_TRUE(status.ok()) << status.error().message;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, Cpu, testing::ValuesIn(settings()), [](const auto& row) {
  return fmt::format("{}_{}_threads", name(row.param.isa), row.param.threads);
});

}  // namespace
}  // namespace hearth
