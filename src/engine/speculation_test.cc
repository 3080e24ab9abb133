// Guesses: what makes them, whether they pay, and that nothing that is written depends on them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/core.h"
#include "engine/fake_program.h"
#include "engine/model_drafter.h"
#include "engine/payoff.h"
#include "sample/sampler.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<TokenId> looked_up(std::vector<TokenId> tokens, std::vector<TokenId> other = {}) {
  auto found = LookupDrafter::look_up(tokens, other);
  return {found.begin(), found.end()};
}

TEST(LookUp, GivesWhatFollowedTheLongestSameEnd) {
  EXPECT_THAT(looked_up({1, 2, 3, 4, 5, 1, 2, 3}), ElementsAre(4, 5, 1, 2, 3));
  EXPECT_THAT(looked_up({9, 1, 2, 3, 4, 8, 1, 2, 3, 5, 9, 1, 2, 3}),
              ElementsAre(4, 8, 1, 2, 3, 5, 9, 1, 2, 3));
  EXPECT_THAT(looked_up({1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3}), ElementsAre(5, 1, 2, 3));  // the later one
  EXPECT_THAT(looked_up({7, 7, 7, 7}), ElementsAre(7));
}

TEST(LookUp, TwoTokensAreAnAccident) {
  EXPECT_THAT(looked_up({1, 2, 9, 1, 2}), IsEmpty());
  EXPECT_THAT(looked_up({}), IsEmpty());
  EXPECT_THAT(looked_up({1, 2}), IsEmpty());
}

TEST(LookUp, APredictionIsLookedThroughToo) {
  EXPECT_THAT(looked_up({5, 6, 7}, {4, 5, 6, 7, 8, 9}), ElementsAre(8, 9));
  EXPECT_THAT(looked_up({5, 6, 7, 1, 5, 6, 7}, {1, 5, 6, 7, 8}), ElementsAre(8));  // four are the same there
  EXPECT_THAT(looked_up({5, 6, 7}, {5, 6, 7}), IsEmpty());
}

TEST(Payoff, IsWhatWasMeasured) {
  Payoff cheap, dear;
  for (int i = 0; i < 50; ++i) {
    int64_t rows = 1 + i % 4;
    cheap.observe_step(rows, 0.100 + 0.001 * static_cast<double>(rows));
    dear.observe_step(rows, 0.010 + 0.100 * static_cast<double>(rows));
  }
  EXPECT_TRUE(cheap.pays(0.05, 1, 1));
  EXPECT_FALSE(cheap.pays(0.005, 1, 1));
  EXPECT_FALSE(dear.pays(0.8, 1, 1));
  // What a draft model takes for a guess counts as well.
  cheap.observe_drafts(4, 0.4);
  EXPECT_FALSE(cheap.pays(0.5, 1, 1));
}

TEST(Payoff, AsksForContrastWhereAllStepsAreAlike) {
  Payoff payoff;
  EXPECT_FALSE(payoff.needs_contrast());
  for (int i = 0; i < 20; ++i) payoff.observe_step(5, 0.1);
  EXPECT_TRUE(payoff.needs_contrast());
  EXPECT_TRUE(payoff.pays(0.01, 1, 1));
  for (int i = 0; i < 3; ++i) payoff.observe_step(1, 0.1);
  EXPECT_FALSE(payoff.needs_contrast());
}

constexpr TokenId kWords = 8;

// The logits behind a token depend on it alone, so that what comes how often is known.
class Bigrams final : public Program {
 public:
  Bigrams(uint64_t seed, double noise) {
    Random same(1), other(seed);
    for (auto& row : logits) {
      for (float& logit : row)
        logit = static_cast<float>(3 * same.uniform() + noise * (other.uniform() - 0.5));
    }
  }
  int32_t most_rows() const override { return 64; }
  uint64_t bytes() const override { return 0; }
  Result<std::unique_ptr<SequenceMemory>> make_memory(const MemoryOptions& options) override {
    return std::unique_ptr<SequenceMemory>(new FakeMemory(FakeShape{{{0}}, false}, options));
  }
  Result<std::vector<OutputRows>> run(const Batch& batch, SequenceMemory&) override {
    now += std::chrono::microseconds(1000 + static_cast<int64_t>(batch.tokens.size()));
    numbers_.clear();
    for (int32_t row : batch.wanted) {
      const auto& from = logits[static_cast<size_t>(batch.tokens[static_cast<size_t>(row)])];
      numbers_.insert(numbers_.end(), from.begin(), from.end());
    }
    return std::vector<OutputRows>{{numbers_, static_cast<int64_t>(batch.wanted.size()), kWords}};
  }

  std::array<std::array<float, kWords>, kWords> logits;
  Clock::time_point now{std::chrono::seconds(1)};

 private:
  std::vector<float> numbers_;
};

struct Written final : Listener {
  explicit Written(const SamplingOptions& options) : sampler(*Sampler::make(options)) {}
  Sampler sampler;
  std::vector<TokenId> tokens;
  Usage usage;

  Result<TokenId> choose(std::span<const float> logits) override {
    TokenId token = sampler.sample(logits);
    sampler.accept(token);
    return token;
  }
  Chooser fork() const override {
    return [copy = sampler](std::span<const float> logits) mutable -> Result<TokenId> {
      TokenId token = copy.sample(logits);
      copy.accept(token);
      return token;
    };
  }
  bool on_token(TokenId token) override {
    tokens.push_back(token);
    return true;
  }
  void on_finish(Finish, const Usage& used, const Error*) override { usage = used; }
};

// `noise`: how far the guessing model is from the one that it guesses for; below 0: nothing is guessed.
std::vector<std::shared_ptr<Written>> write(double noise, const SamplingOptions& sampling, int64_t each,
                                            uint64_t answers) {
  Bigrams target(2, 0), draft(3, std::max(noise, 0.0));
  const Plan plan = fake_plan(FakeShape{{{0}}, false});
  MemoryOptions memory{{1000}, 16, 0, Type::f16, Type::f16};
  CoreOptions options;
  options.context = 2000;
  options.vocabulary = kWords;
  options.now = [&] { return target.now; };
  auto core = *Core::create(target, plan, memory, options);
  if (noise >= 0) core->set_drafter(*ModelDrafter::create(draft, plan, memory, {4, options.context}));
  std::vector<std::shared_ptr<Written>> all;
  for (uint64_t i = 0; i < answers; ++i) {
    SamplingOptions seeded = sampling;
    seeded.seed = sampling.seed + i;
    all.push_back(std::make_shared<Written>(seeded));
    Request request;
    request.prompt = {static_cast<TokenId>(i % kWords)};
    request.most = each;
    request.listener = all.back();
    core->add(i + 1, std::move(request));
  }
  while (core->step()) {}
  return all;
}

SamplingOptions plain_sampling() {
  SamplingOptions options;
  options.temperature = 1;
  options.top_k = 0;
  options.top_p = 1;
  options.min_p = 0;
  options.seed = 11;
  return options;
}

// 100,000 tokens that were written with guesses, held against the probabilities that the model gives them.
TEST(Speculation, KeepsTheDistribution) {
  auto all = write(2.5, plain_sampling(), 1000, 100);
  std::array<std::array<double, kWords>, kWords> counts{};
  int64_t drafted = 0, accepted = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    TokenId before = static_cast<TokenId>(i) % kWords;
    for (TokenId token : all[i]->tokens) {
      ++counts[static_cast<size_t>(before)][static_cast<size_t>(token)];
      before = token;
    }
    drafted += all[i]->usage.drafted;
    accepted += all[i]->usage.accepted;
  }
  EXPECT_GT(drafted, 50'000);
  EXPECT_GT(accepted, 20'000);
  EXPECT_LT(accepted, drafted * 9 / 10);
  Bigrams target(2, 0);
  for (size_t before = 0; before < kWords; ++before) {
    double sum = 0, n = 0, chi = 0;
    for (size_t next = 0; next < kWords; ++next) {
      sum += std::exp(target.logits[before][next]);
      n += counts[before][next];
    }
    for (size_t next = 0; next < kWords; ++next) {
      double expected = n * std::exp(target.logits[before][next]) / sum;
      chi += (counts[before][next] - expected) * (counts[before][next] - expected) / expected;
    }
    EXPECT_LT(chi, 24.3) << before;  // seven degrees of freedom: one in a thousand is greater
  }
}

// With the same seed not only the distribution is the same, but every token, with whatever sampler.
TEST(Speculation, ChangesNoToken) {
  std::vector<SamplingOptions> ways(6, plain_sampling());
  ways[1].temperature = 0;
  ways[2].repeat_penalty = 1.5;
  ways[2].presence_penalty = 0.5;
  ways[3].mirostat = 2;
  ways[4].xtc_probability = 0.5;
  ways[4].dry_multiplier = 1;
  ways[5].samplers.push_back(SamplerKind::adaptive_p);
  ways[5].adaptive_target = 0.3;
  for (size_t way = 0; way < ways.size(); ++way) {
    auto with = write(1.5, ways[way], 300, 10), without = write(-1, ways[way], 300, 10);
    int64_t accepted = 0;
    for (size_t i = 0; i < with.size(); ++i) {
      EXPECT_EQ(with[i]->tokens, without[i]->tokens) << way;
      accepted += with[i]->usage.accepted;
    }
    EXPECT_GT(accepted, 100) << way;
  }
}

// It guesses with the sequence's own sampler and random numbers, so a model that is right about the probabilities is
// right about the tokens.
TEST(Speculation, AModelThatKnowsIsAlwaysRight) {
  for (const auto& written : write(0, plain_sampling(), 500, 4)) {
    EXPECT_GT(written->usage.drafted, 300);
    EXPECT_EQ(written->usage.accepted, written->usage.drafted);
  }
}

TEST(Speculation, ADraftModelWhoseStateCannotBeTakenBackIsRefused) {
  FakeProgram program(FakeShape{{{0}}, true}, 16);
  auto made =
      ModelDrafter::create(program, fake_plan(FakeShape{{{0}}, true}), {{8}, 8, 4, Type::f16, Type::f16}, {});
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, testing::HasSubstr("recurrent states"));
}

}  // namespace
}  // namespace hearth
