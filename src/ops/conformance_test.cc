// The harness tested on the reference itself: its cases are sound, the reference does not depend on how a
// sequence is run, and a backend that gets something wrong is noticed.
#include "ops/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "ops/conformance_builder.h"
#include "ops/reference.h"
#include "tensor/half.h"

namespace hearth::conformance {
namespace {

TEST(Conformance, TheReferenceAgreesWithItself) {
  auto backend = make_reference_backend();
  for (const Case& each : cases()) {
    auto error = compare(each, *backend);
    ASSERT_TRUE(error.ok()) << error.error().message;
    EXPECT_EQ(*error, 0) << each.name;
  }
}

TEST(Conformance, TheReferenceGivesTheSameBitsHoweverASequenceIsRun) {
  auto backend = make_reference_backend();
  for (const Case& each : cases()) {
    auto status = check_invariance(each, *backend);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

TEST(Conformance, CasesHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Case& each : cases()) EXPECT_TRUE(names.insert(each.name).second) << each.name;
}

TEST(Conformance, EveryOperatorOfAPlanHasACase) {
  std::set<Op> met;
  for (const Case& each : cases()) {
    for (const Step& step : each.plan.steps) met.insert(step.op);
  }
  // What the language resolves before there is a plan, and what has no place in one yet.
  const std::set<Op> never = {Op::cut,    Op::alibi, Op::relative, Op::media,
                              Op::deepen, Op::count, Op::round_up, Op::rope_factors};
  for (const Operator& row : operators()) {
    EXPECT_NE(met.contains(row.op), never.contains(row.op))
        << "operator " << static_cast<int>(row.op) << row.name;
  }
}

// The reference, running another plan or other weights than it is given.
class Careless final : public Backend {
 public:
  using Change = std::function<void(Plan& plan, std::vector<WeightData>& weights)>;
  explicit Careless(Change change) : change_(std::move(change)) {}

  std::string name() const override { return "careless"; }
  Result<std::shared_ptr<DeviceWeights>> load(std::vector<WeightData> weights) override {
    Plan none;
    change_(none, weights);
    return reference_->load(std::move(weights));
  }
  Result<std::unique_ptr<Program>> compile(Plan plan, std::shared_ptr<DeviceWeights> weights,
                                           int32_t most_rows) override {
    std::vector<WeightData> none;
    change_(plan, none);
    return reference_->compile(std::move(plan), std::move(weights), most_rows);
  }

 private:
  std::unique_ptr<Backend> reference_ = make_reference_backend();
  Change change_;
};

void expect_noticed(const Case& tested, const std::string& what, const Careless::Change& change) {
  Careless backend(change);
  auto error = compare(tested, backend);
  EXPECT_TRUE(!error.ok() || *error > 1e-3) << tested.name << ": " << what << " makes no difference";
}

void expect_noticed(const Case& tested, const std::string& what, size_t step,
                    const std::function<void(Step& step)>& change) {
  expect_noticed(tested, fmt::format("step {}: {}", step, what), [&](Plan& plan, auto&) {
    if (!plan.steps.empty()) change(plan.steps[step]);
  });
}

// Of an operator's numbers only these are conditions, for which 1 and 2 are the same.
bool condition(Op op, size_t argument) {
  return (op == Op::attend && argument == kAttendCausal) || (op == Op::conv1d && argument == 2);
}

bool optional(Op op, size_t argument) {
  switch (op) {
    case Op::rms:
    case Op::layernorm: return argument == 1;
    case Op::pick: return argument == 2;
    case Op::delta: return argument == 5;
    case Op::attend: return argument > kAttendV;
    default: return false;
  }
}

TEST(Conformance, EveryArgumentMakesADifference) {
  // Borders, where some numbers do not matter: a token that sees itself or one other alone, or all that there are;
  // runs of a single expert, two words for the first token.
  const std::set<std::string> borders = {"attend in a window of 1", "attend to 1 chosen keys",
                                         "attend to 64 chosen keys", "pick in groups of one", "pool 4"};
  for (const Case& each : cases()) {
    if (borders.contains(each.name)) continue;
    for (size_t s = 0; s < each.plan.steps.size(); ++s) {
      const Step& step = each.plan.steps[s];
      for (size_t i = 0; i < step.arguments.size(); ++i) {
        const StepArgument& argument = step.arguments[i];
        if (condition(step.op, i)) continue;
        if (argument.kind != ArgumentKind::number) {
          if (argument.kind == ArgumentKind::absent || !optional(step.op, i)) continue;
          expect_noticed(each, fmt::format("no argument {}", i), s,
                         [&](Step& step) { step.arguments[i] = {}; });
          continue;
        }
        for (double by : {1, -2}) {
          double changed = argument.number + by;
          // Neither a negative window nor an epsilon below zero means anything.
          if (changed < 0 && step.op != Op::clamp && step.op != Op::xielu) continue;
          expect_noticed(each, fmt::format("argument {} is {}", i, changed), s,
                         [&](Step& step) { step.arguments[i].number = changed; });
        }
      }
    }
  }
}

TEST(Conformance, EveryPartOfARotationMakesADifference) {
  for (const Case& each : cases()) {
    for (size_t s = 0; s < each.plan.steps.size(); ++s) {
      if (!each.plan.steps[s].rotation) continue;
      const Rotation& rule = *each.plan.steps[s].rotation;
      auto noticed = [&](const std::string& what, auto change) {
        expect_noticed(each, what, s, [&](Step& step) {
          Rotation changed = *step.rotation;
          change(changed);
          step.rotation = std::make_shared<const Rotation>(std::move(changed));
        });
      };
      noticed("the other pairs", [](Rotation& r) { r.adjacent = !r.adjacent; });
      noticed("no magnitude", [&](Rotation& r) { r.magnitude = rule.magnitude == 1 ? 2 : 1; });
      if (!rule.long_frequencies.empty()) {
        noticed("no other frequencies", [](Rotation& r) { r.long_frequencies.clear(); });
        noticed("other frequencies alone", [](Rotation& r) { r.frequencies = r.long_frequencies; });
      }
      for (size_t i = 0; i < rule.frequencies.size(); ++i) {
        noticed(fmt::format("another frequency {}", i), [&](Rotation& r) { r.frequencies[i] = 0.7; });
      }
      for (size_t i = 0; i < rule.axis.size(); ++i) {
        noticed(fmt::format("another axis {}", i), [&](Rotation& r) { r.axis[i] = (r.axis[i] + 1) % 3; });
      }
    }
  }
}

TEST(Conformance, EveryBiasOfAScoreMakesADifference) {
  for (const Case& each : cases()) {
    for (size_t s = 0; s < each.plan.steps.size(); ++s) {
      if (!each.plan.steps[s].bias) continue;
      expect_noticed(each, "no bias", s, [](Step& step) { step.bias = std::nullopt; });
      if (each.plan.steps[s].bias->kind == ScoreBias::alibi) {
        expect_noticed(each, "steeper", s, [](Step& step) { step.bias->steep *= 1.2; });
      } else {
        expect_noticed(each, "other reach", s, [](Step& step) { step.bias->reach *= 1.5; });
        expect_noticed(each, "the other direction", s,
                       [](Step& step) { step.bias->both = !step.bias->both; });
      }
    }
  }
}

TEST(Conformance, EveryWeightAndItsBiasMakeADifference) {
  for (const Case& each : cases()) {
    // Inputs that a case replaced by others are in no step's way.
    std::set<WeightId> used;
    for (const Step& step : each.plan.steps) {
      if (step.op == Op::rows) continue;
      for (const StepArgument& argument : step.arguments) used.insert(argument.weight);
    }
    for (WeightId w : used) {
      if (w < 0) continue;
      std::vector<float> zeros;
      expect_noticed(each, fmt::format("no weight {}", w), [&](Plan&, std::vector<WeightData>& weights) {
        if (weights.empty()) return;
        zeros.assign(weights[w].bytes.size() / sizeof(float), 0);
        weights[w].bytes = std::as_bytes(std::span(zeros));
      });
      if (each.weights[w].bias.empty()) continue;
      expect_noticed(each, fmt::format("no bias of weight {}", w),
                     [&](Plan&, std::vector<WeightData>& weights) {
                       if (!weights.empty()) weights[w].bias = {};
                     });
    }
  }
}

TEST(Conformance, AResultThatDependsOnTheBatchIsNoticed) {
  // Recurrences without their states forget at every batch.
  class Forgetful final : public Backend {
   public:
    std::string name() const override { return "forgetful"; }
    Result<std::shared_ptr<DeviceWeights>> load(std::vector<WeightData> weights) override {
      return reference_->load(std::move(weights));
    }
    Result<std::unique_ptr<Program>> compile(Plan plan, std::shared_ptr<DeviceWeights> weights,
                                             int32_t most_rows) override {
      TRY(auto inner, reference_->compile(std::move(plan), std::move(weights), most_rows));
      return std::unique_ptr<Program>(new Cleared(std::move(inner)));
    }

   private:
    struct Cleared final : Program {
      explicit Cleared(std::unique_ptr<Program> inner) : inner(std::move(inner)) {}
      int32_t most_rows() const override { return inner->most_rows(); }
      uint64_t bytes() const override { return inner->bytes(); }
      Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) override {
        return inner->make_memory(options);
      }
      Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory& memory) override {
        for (const Batch::Run& run : batch.runs) memory.clear_slot(run.slot);
        return inner->run(batch, memory);
      }
      std::unique_ptr<Program> inner;
    };
    std::unique_ptr<Backend> reference_ = make_reference_backend();
  };
  Forgetful backend;
  for (const Case& each : cases()) {
    bool slots = std::any_of(each.plan.states.begin(), each.plan.states.end(),
                             [](const State& state) { return state.memory == Memory::slot; });
    auto status = check_invariance(each, backend);
    EXPECT_NE(status.ok(), slots) << each.name;
  }
}

TEST(Conformance, NoNumberIsNoticed) {
  CaseBuilder b("no number");
  b.output(b.step(Op::log, {of(b.input(1, 3))}, 1, 3));
  auto backend = make_reference_backend();
  auto error = compare(std::move(b).finish(), *backend);
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.error().message, "no number: the reference gives no number");
}

TEST(Conformance, TypesAreDecodedForTheReferenceAlone) {
  // A backend for f16 made of the reference and a decoder.
  auto random = [](Type, int64_t elements, uint64_t seed) {
    Random numbers(seed);
    std::vector<std::byte> bytes(elements * 2);
    for (int64_t i = 0; i < elements; ++i) {
      auto half = static_cast<uint16_t>(0x3000 + (numbers.next() & 0x87ff));  // some sizes, either sign
      std::memcpy(bytes.data() + 2 * i, &half, 2);
    }
    return bytes;
  };
  auto decode = [](Type, std::span<const std::byte> bytes, int64_t elements) {
    std::vector<float> numbers(elements);
    for (int64_t i = 0; i < elements; ++i) {
      uint16_t half;
      std::memcpy(&half, bytes.data() + 2 * i, 2);
      numbers[i] = f32_from_f16(half);
    }
    return numbers;
  };
  std::vector<std::vector<float>> kept;
  Careless decoding([&](Plan&, std::vector<WeightData>& weights) {
    for (WeightData& weight : weights) {
      if (weight.type == Type::f32) continue;
      kept.push_back(decode(weight.type, weight.bytes, static_cast<int64_t>(weight.bytes.size() / 2)));
      weight.type = Type::f32;
      weight.bytes = std::as_bytes(std::span(kept.back()));
    }
  });
  for (const Case& each : weight_cases(Type::f16, random)) {
    auto error = compare(each, decoding, decode);
    ASSERT_TRUE(error.ok()) << error.error().message;
    EXPECT_EQ(*error, 0) << each.name;
  }
}

}  // namespace
}  // namespace hearth::conformance
