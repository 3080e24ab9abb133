// The processor's kernels against the plain reference, in every set that this machine has.
#include "backends/cpu/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "backends/cpu/panels.h"
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

// Sanitizers look for what any number of threads does wrong, and take ten times as long.
#ifdef __has_feature
#  if __has_feature(address_sanitizer)
#    define HEARTH_SANITIZED
#  endif
#endif
#if defined(HEARTH_SANITIZED) || defined(__SANITIZE_ADDRESS__)
constexpr int32_t kThreads[] = {2};
#else
constexpr int32_t kThreads[] = {1, 2, 3};
#endif

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (Isa isa : supported_isas()) {
    for (int32_t threads : kThreads) all.push_back({isa, threads});
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
// And what rounding inputs to bytes leaves: panels_test.cc has the products themselves.
constexpr double kRounded = 0.02;

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

std::vector<std::byte> random_weights(Type type, int64_t elements, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(elements);
  for (float& number : numbers) number = 0.3f * normal(random);
  std::vector<std::byte> bytes(*row_bytes(type, elements));
  format_of(type)->encode[choose_isa().value()](numbers.data(), nullptr, bytes.data(), elements);
  return bytes;
}

// Threads differ in nothing that a type could change, so the most of them stand for all.
class CpuOfTypes : public testing::TestWithParam<Isa> {};

TEST_P(CpuOfTypes, ComputesWithWeightsOfEveryType) {
  auto backend = backend_of({GetParam(), std::end(kThreads)[-1]});
  for (const Format& format : formats()) {
    for (const conformance::Case& each : conformance::weight_cases(format.type, random_weights)) {
      auto error = conformance::compare(each, *backend, decode);
      ASSERT_TRUE(error.ok()) << each.name << ": " << error.error().message;
      const bool as_they_are = cpu::panel_format(GetParam(), format.type).inputs == cpu::InputForm::chunks;
      EXPECT_LT(*error, as_they_are ? kTolerance : kRounded) << each.name;
      if (std::size(kThreads) == 1) continue;  // what is below takes long
      Status status = conformance::check_invariance(each, *backend);
      EXPECT_TRUE(status.ok()) << status.error().message;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, CpuOfTypes, testing::ValuesIn(supported_isas()),
                         [](const auto& row) { return std::string(name(row.param)); });

INSTANTIATE_TEST_SUITE_P(Settings, Cpu, testing::ValuesIn(settings()), [](const auto& row) {
  return fmt::format("{}_{}_threads", name(row.param.isa), row.param.threads);
});

// A plan of one operator on one row of `width` numbers for each token, and what it is run with.
struct Single {
  Plan plan;
  std::vector<WeightData> weights;

  explicit Single(Op op, int64_t in = 4, int64_t out = 4) {
    plan.buffers = {{Rows::tokens, in, 0}, {Rows::tokens, out, in}};
    plan.arena_floats[0] = in + out;
    Step step{};
    step.op = op;
    step.results = {view(1, out)};
    step.layer = 3;
    plan.steps = {step};
    plan.outputs = {{"y", view(1, out)}};
  }

  static View view(int32_t buffer, int64_t width) {
    View v;
    v.buffer = buffer;
    v.width = v.head_stride = v.row_stride = width;
    return v;
  }
  StepArgument input() const { return {ArgumentKind::value, view(0, plan.buffers[0].floats), -1, 0}; }
  static StepArgument tokens() {
    View v;
    v.buffer = kTokensInput;
    v.row_stride = 1;
    return {ArgumentKind::value, v, -1, 0};
  }
  static StepArgument weight() { return {ArgumentKind::weight, {}, 0, 0}; }

  Result<std::unique_ptr<Program>> compile(Backend& backend) const {
    TRY(auto loaded, backend.load(weights));
    return backend.compile(plan, std::move(loaded), 4);
  }
};

TEST(CpuMemory, WhatWeightsTakeIsKnownBeforehand) {
  for (Type type : {Type::iq1_s, Type::q4_k, Type::f16}) {
    SCOPED_TRACE(info(type).name);
    const std::vector<std::byte> bytes(*row_bytes(type, 37 * 512));
    Single single(Op::linear, 512, 37);
    single.weights = {{type, {37, 512}, bytes, {}},
                      {type, {37, 512}, bytes, {}}};  // the second in no product
    single.plan.steps[0].arguments = {Single::weight(), single.input()};
    auto backend = *make_cpu_backend({1, {}});
    auto loaded = *backend->load(single.weights);
    auto program = backend->compile(single.plan, loaded, 4);
    ASSERT_TRUE(program.ok()) << program.error().message;
    EXPECT_EQ(*weight_bytes(single.plan, single.weights), loaded->bytes() + bytes.size());
    EXPECT_EQ(*weight_bytes(single.plan, single.weights, {1, {}, true}), 2 * bytes.size());
    if (type == Type::iq1_s) { EXPECT_GT(loaded->bytes(), bytes.size() * 5 / 4); }
  }
}

std::string error_of(const Single& single) {
  auto backend = *make_cpu_backend({1, {}});
  auto program = single.compile(*backend);
  return program.ok() ? "" : program.error().message;
}

TEST(CpuErrors, AnOperatorWithoutAKernelIsNamed) {
  Single single(Op::alibi);
  single.plan.steps[0].arguments = {single.input()};
  EXPECT_THAT(error_of(single), HasSubstr("cpu: no kernel for alibi in layer 3"));
}

TEST(CpuErrors, AWeightOfATypeThatNothingComputesWithIsNamed) {
  std::vector<std::byte> bytes(32);
  Single single(Op::linear);
  single.weights = {{Type::i64, {1, 4}, bytes, {}}};
  EXPECT_THAT(error_of(single), HasSubstr("i64"));
}

TEST(CpuErrors, AWeightOfTheWrongLengthIsRefused) {
  std::vector<std::byte> bytes(60);
  Single single(Op::linear);
  single.weights = {{Type::f32, {4, 4}, bytes, {}}};
  EXPECT_THAT(error_of(single), HasSubstr("[4, 4] in f32 does not take 60 bytes"));
}

TEST(CpuErrors, ShapesThatDoNotFitAreShown) {
  std::vector<std::byte> bytes(80);
  Single single(Op::linear);
  single.weights = {{Type::f32, {4, 5}, bytes, {}}};
  single.plan.steps[0].arguments = {Single::weight(), single.input()};
  EXPECT_THAT(error_of(single), HasSubstr("a weight of [4, 5], [1, 4] to [1, 4] do not fit together"));
}

TEST(CpuErrors, ATokenOutsideTheTableIsAnErrorAndNotARead) {
  std::vector<std::byte> bytes(3 * 16);
  Single single(Op::rows);
  single.weights = {{Type::f32, {3, 4}, bytes, {}}};
  single.plan.steps[0].arguments = {Single::weight(), Single::tokens()};
  auto backend = *make_cpu_backend({2, {}});
  auto program = single.compile(*backend);
  ASSERT_TRUE(program.ok()) << program.error().message;
  auto memory = (*program)->make_memory({});
  for (int32_t token : {3, -1, INT32_MAX}) {
    std::vector<int32_t> tokens = {0, token}, positions = {0, 1};
    Batch::Run run;
    run.count = 2;
    auto rows = (*program)->run({tokens, positions, {&run, 1}, {}}, **memory);
    ASSERT_FALSE(rows.ok());
    EXPECT_EQ(rows.error().message, fmt::format("cpu: row {} of a table of 3 is asked for", token));
  }
  std::vector<int32_t> tokens = {2, 1}, positions = {0, 1};
  Batch::Run run;
  run.count = 2;
  EXPECT_TRUE((*program)->run({tokens, positions, {&run, 1}, {}}, **memory).ok());
}

TEST(CpuErrors, MemoryOfAnotherProgramIsRefused) {
  Single single(Op::silu);
  single.plan.steps[0].arguments = {single.input()};
  Single other = single;
  State state;
  state.memory = Memory::slot;
  state.slot_floats = 8;
  other.plan.states = {state};
  auto backend = *make_cpu_backend({1, {}});
  auto program = *single.compile(*backend), second = *other.compile(*backend);
  auto memory = *second->make_memory({});
  EXPECT_THAT(program->run({}, *memory).error().message, HasSubstr("made for another program"));
}

TEST(CpuErrors, KeysAreKeptInTypesThatTheKernelsRead) {
  Single single(Op::silu);
  single.plan.steps[0].arguments = {single.input()};
  auto backend = *make_cpu_backend({1, {}});
  auto program = *single.compile(*backend);
  MemoryOptions options;
  options.key_type = Type::q6_k;
  EXPECT_THAT(program->make_memory(options).error().message, HasSubstr("not q6_k"));
}

TEST(CpuErrors, ThreadsAreBounded) {
  EXPECT_FALSE(make_cpu_backend({-1, {}}).ok());
  EXPECT_FALSE(make_cpu_backend({1 << 20, {}}).ok());
}

}  // namespace
}  // namespace hearth
