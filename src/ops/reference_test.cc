#include "ops/reference_testing.h"
#include "tensor/half.h"

namespace hearth {
namespace {

using namespace reference_testing;

std::string refusal(const std::function<View(CaseBuilder&)>& make) {
  auto found = try_compute(2, make);
  return found.ok() ? "" : found.error().message;
}

TEST(Reference, RefusesShapesThatDoNotFit) {
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::linear, {of_weight(b.weight({3, 4})), of(b.input(1, 5))}, 1, 3);
            }),
            "step: a weight of [3, 4], [1, 5] to [1, 3] do not fit together");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::linear, {of_weight(b.weight({3, 4}, 4)), of(b.input(1, 4))}, 1, 3);
            }),
            "step: a weight of [3, 4] with a bias of 4, [1, 4] to [1, 3] do not fit together");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::add, {of(b.input(2, 5)), of_number(1)}, 1, 5);
            }),
            "step: [2, 5], 1 to [1, 5] do not fit together");
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::shift, {of(b.input(1, 5))}, 1, 5); }),
            "shift: [1, 5] to [1, 5] remembering nothing do not fit together");
}

TEST(Reference, RefusesArgumentsOfAnotherKind) {
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::silu, {of_number(1)}, 1, 5); }),
            "silu: argument 1 is not of the kind it takes");
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::softcap, {of(b.input(1, 5))}, 1, 5); }),
            "softcap: argument 2 is not of the kind it takes");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::sum, {of(b.input(1, 5)), of_number(1)}, 1, 1);
            }),
            "sum: 2 arguments are too many");
  EXPECT_EQ(refusal([](CaseBuilder& b) {
              return b.step(Op::pick, {of(b.input(1, 5)), of_number(1)}, 1, 1);
            }),
            "pick: 1 results instead of 2");
  EXPECT_EQ(refusal([](CaseBuilder& b) { return b.step(Op::alibi, {of_number(8)}, 1, 1); }),
            "alibi: the reference has no such operator");
}

TEST(Reference, RefusesWeightsItCannotRead) {
  auto backend = make_reference_backend();
  std::vector<std::byte> bytes(24);
  auto refusal = [&](WeightData data) {
    std::vector<WeightData> weights;
    weights.push_back(std::move(data));
    auto loaded = backend->load(std::move(weights));
    return loaded.ok() ? "" : loaded.error().message;
  };
  EXPECT_EQ(refusal({Type::f32, {2, 3}, bytes, {}}), "");
  EXPECT_EQ(refusal({Type::f16, {4, 3}, bytes, {}}), "weight 0: the reference takes f32, not f16");
  EXPECT_EQ(refusal({Type::f32, {2, 4}, bytes, {}}), "weight 0: 24 bytes for [2, 4] in f32");
  EXPECT_EQ(refusal({Type::f32, {INT64_MAX, 3}, bytes, {}}),
            fmt::format("weight 0: a shape of [{}, 3] is out of bounds", INT64_MAX));
  EXPECT_EQ(refusal({Type::f32, {2, -3}, bytes, {}}), "weight 0: a shape of [2, -3] is out of bounds");
}

// A program that remembers keys, values and the token before.
class Remembering : public testing::Test {
 protected:
  void SetUp() override {
    CaseBuilder b("remembering");
    View x = b.values(1, 2, thirds_);
    Attention a;
    a.q = a.k = a.v = x;
    View attended = attend(b, a, keys_values(b, x, x));
    View before = b.step(Op::shift, {of(x)}, 1, 2);
    b.last().state = slot(b, 2);
    b.output(attended);
    b.output(before);
    case_ = std::move(b).finish();
    auto backend = make_reference_backend();
    auto loaded = backend->load({{Type::f32, {8, 2}, case_.weights[0].bytes, {}}});
    ASSERT_TRUE(loaded.ok());
    auto program = backend->compile(case_.plan, *loaded, 4);
    ASSERT_TRUE(program.ok());
    program_ = *std::move(program);
    memory_ = make({{4}, 2, 2, Type::f32, Type::f32});
  }

  std::unique_ptr<SequenceMemory> make(const MemoryOptions& options) {
    auto memory = program_->make_memory(options);
    return memory.ok() ? *std::move(memory) : nullptr;
  }

  // One token; both outputs behind each other.
  std::vector<float> next(int32_t token, int32_t past, std::vector<int32_t> pages, int32_t slot) {
    std::vector<int32_t> tokens = {token}, positions = {past}, wanted = {0};
    std::vector<std::vector<int32_t>> tables = {std::move(pages)};
    Batch::Run run{0, 1, past, tables, slot, false};
    auto outputs = program_->run({tokens, positions, {&run, 1}, wanted}, *memory_);
    if (!outputs.ok()) return {};
    std::vector<float> found((*outputs)[0].numbers.begin(), (*outputs)[0].numbers.end());
    found.insert(found.end(), (*outputs)[1].numbers.begin(), (*outputs)[1].numbers.end());
    return found;
  }

  const std::vector<float> thirds_ = numbers(16, 1, 1 / 3.0F);  // which no narrower type holds
  Case case_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<SequenceMemory> memory_;
};

TEST_F(Remembering, TwoSequencesGoOnFromOneBeginning) {
  for (int32_t place = 0; place < 2; ++place) next(3, place, {0}, 0);
  auto whole = next(5, 2, {0, 1}, 0);
  memory_->clear_slot(0);
  for (int32_t place = 0; place < 2; ++place) next(3, place, {0}, 0);
  memory_->copy_slot(0, 1);
  next(7, 2, {0, 1}, 0);  // one goes on elsewhere
  EXPECT_EQ(next(5, 2, {0, 3}, 1), whole);
  memory_->clear_slot(1);
  auto first = next(3, 0, {3}, 1);
  ASSERT_EQ(first.size(), 4u);
  EXPECT_EQ(first[2], 0);
  EXPECT_EQ(first[3], 0);
}

TEST_F(Remembering, KeysAndValuesAreRoundedToTheirTypes) {
  EXPECT_EQ(next(3, 0, {0}, 0)[0], thirds_[6]);
  memory_ = make({{4}, 2, 2, Type::f32, Type::f16});
  float narrow = f32_from_f16(f16_from_f32(thirds_[6]));
  EXPECT_EQ(next(3, 0, {0}, 0)[0], narrow);
  EXPECT_NE(narrow, thirds_[6]);
  EXPECT_FALSE(program_->make_memory({{4}, 2, 2, Type::q8_0, Type::f16}).ok());
  EXPECT_EQ(program_->make_memory({{4}, 2, 2, Type::f32, Type::bf16}).error().message,
            "sequence memory: the reference keeps values in f32 or f16, not bf16");
  EXPECT_EQ(program_->make_memory({{4}, 0, 2, Type::f32, Type::f32}).error().message,
            "sequence memory: pages of 0 tokens");
  EXPECT_EQ(program_->make_memory({{INT32_MAX}, INT32_MAX, 2, Type::f32, Type::f32}).error().message,
            "sequence memory: 2147483647 times 2147483647 numbers is more than the reference keeps");
}

TEST_F(Remembering, TakesNoMemoryOfAnotherProgram) {
  CaseBuilder b("other");
  View y = b.step(Op::shift, {of(b.input(1, 3))}, 1, 3);
  b.last().state = slot(b, 3);
  b.output(y);
  Case other = std::move(b).finish();
  auto backend = make_reference_backend();
  auto loaded = backend->load({{Type::f32, other.weights[0].shape, other.weights[0].bytes, {}}});
  ASSERT_TRUE(loaded.ok());
  auto program = backend->compile(other.plan, *loaded, 4);
  ASSERT_TRUE(program.ok());
  auto run = (*program)->run({}, *memory_);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().message, "the memory was made for another program");
}

}  // namespace
}  // namespace hearth
