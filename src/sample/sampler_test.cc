#include "sample/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "sample/exponential.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// What changes nothing.
SamplingOptions open_options() {
  SamplingOptions options;
  options.top_k = 0;
  options.top_p = 1;
  options.min_p = 0;
  options.temperature = 1;
  options.seed = 1;
  return options;
}

std::vector<float> logits_of(std::initializer_list<double> probabilities) {
  std::vector<float> logits;
  for (double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

std::map<TokenId, int> counts(const SamplingOptions& options, const std::vector<float>& logits, int draws) {
  Sampler sampler = Sampler::make(options).value();
  std::map<TokenId, int> result;
  for (int i = 0; i < draws; ++i) ++result[sampler.sample(logits)];
  return result;
}

std::vector<TokenId> ids(Candidates& candidates) {
  std::vector<TokenId> result;
  for (const auto& candidate : candidates.all()) result.push_back(candidate.id);
  return result;
}

TEST(Random, IsTheSameEverywhere) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742u);
  EXPECT_EQ(random.next(), 6990951692964543102u);
  EXPECT_EQ(random.next(), 12544586762248559009u);
  EXPECT_EQ(Random(0).uniform(), 0x1.33d8be6d96ebep-1);
}

TEST(Exponential, IsTheExponential) {
  EXPECT_EQ(softmax_exp(0), 1.0);
  EXPECT_EQ(softmax_exp(-kInfinity), 0.0);
  EXPECT_EQ(softmax_exp(-1e300), 0.0);
  EXPECT_EQ(softmax_exp(std::nan("")), 0.0);
  for (double x = -0.001; x > -690; x *= 1.01) EXPECT_NEAR(softmax_exp(x) / std::exp(x), 1.0, 1e-14) << x;
}

TEST(Sampler, RangesAreChecked) {
  auto complaint = [](auto change) {
    SamplingOptions options;
    change(options);
    auto sampler = Sampler::make(options);
    return sampler.ok() ? "" : sampler.error().message;
  };
  EXPECT_EQ(complaint([](SamplingOptions&) {}), "");
  EXPECT_EQ(complaint([](SamplingOptions& o) { o.temperature = -1; }),
            "temperature is -1, expected 0 to 100");
  EXPECT_EQ(complaint([](SamplingOptions& o) { o.temperature = 999999; }),
            "temperature is 999999, expected 0 to 100");
  EXPECT_EQ(complaint([](SamplingOptions& o) { o.top_p = 1.5; }), "top_p is 1.5, expected 0 to 1");
  EXPECT_THAT(complaint([](SamplingOptions& o) { o.min_p = kNan; }), HasSubstr("min_p is nan"));
}

TEST(Sampler, GreedyTakesTheGreatestAndOfEqualsTheFirst) {
  SamplingOptions greedy;
  greedy.temperature = 0;
  Sampler sampler = Sampler::make(greedy).value();
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 2}), 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 3, kNan}), 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{-5}), 0);
  std::vector<float> many(1000, -1);
  many[617] = 0;
  EXPECT_EQ(sampler.sample(many), 617);
}

TEST(Sampler, TheSameSeedGivesTheSameTokens) {
  std::vector<float> logits(50);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = std::sin(static_cast<float>(i));
  SamplingOptions options;
  options.seed = 7;
  Sampler one = Sampler::make(options).value(), two = Sampler::make(options).value();
  options.seed = 8;
  Sampler other = Sampler::make(options).value();
  int differ = 0;
  for (int i = 0; i < 200; ++i) {
    TokenId id = one.sample(logits);
    ASSERT_EQ(id, two.sample(logits));
    differ += id != other.sample(logits);
  }
  EXPECT_GT(differ, 100);
}

// With the seed given these counts never change; each is within four standard deviations of what is expected.
TEST(Sampler, TokensComeAsOftenAsTheyAreProbable) {
  constexpr int kDraws = 100000;
  auto expect_share = [&](const std::map<TokenId, int>& found, TokenId id, double share) {
    double deviation = std::sqrt(kDraws * share * (1 - share));
    EXPECT_NEAR(found.count(id) ? found.at(id) : 0, kDraws * share, 4 * deviation) << id;
  };
  auto logits = logits_of({0.5, 0.3, 0.15, 0.05});
  auto plain = counts(open_options(), logits, kDraws);
  for (auto [id, share] : {std::pair(0, 0.5), {1, 0.3}, {2, 0.15}, {3, 0.05}}) expect_share(plain, id, share);

  // At temperature 0.5 probabilities are squared.
  SamplingOptions cold = open_options();
  cold.temperature = 0.5;
  auto squared = counts(cold, logits, kDraws);
  double sum = 0.25 + 0.09 + 0.0225 + 0.0025;
  for (auto [id, square] : {std::pair(0, 0.25), {1, 0.09}, {2, 0.0225}, {3, 0.0025}})
    expect_share(squared, id, square / sum);

  SamplingOptions two = open_options();
  two.top_k = 2;
  auto best = counts(two, logits, kDraws);
  EXPECT_EQ(best.size(), 2u);
  expect_share(best, 0, 0.625);
}

TEST(Sampler, TheTemperatureComesLast) {
  // A hot temperature does not let in what top_p kept out.
  SamplingOptions options = open_options();
  options.top_p = 0.7;
  options.temperature = 100;
  options.seed = 3;
  auto found = counts(options, logits_of({0.5, 0.3, 0.15, 0.05}), 10000);
  EXPECT_EQ(found.size(), 2u);
  EXPECT_NEAR(found[0], 5000, 300);
}

TEST(Sampler, AColdTemperatureIsGreedy) {
  SamplingOptions options = open_options();
  options.temperature = 1e-300;
  EXPECT_EQ(counts(options, {1.0f, 1.0001f, 0.5f}, 100), (std::map<TokenId, int>{{1, 100}}));
}

TEST(Candidates, TheBestOnesInOrderAndOfEqualsTheFirst) {
  Candidates c;
  const float logits[] = {1, 5, 3, 5, kNan, 3, 3};
  c.begin(logits);
  c.keep_best(4);
  EXPECT_THAT(ids(c), ElementsAre(1, 3, 2, 5));
  c.begin(logits);
  c.keep_best(100);
  EXPECT_EQ(c.all().size(), 7u);
}

TEST(Candidates, TopPKeepsTheFewestThatAreEnough) {
  Candidates c;
  auto logits = logits_of({0.05, 0.5, 0.15, 0.3});
  auto kept = [&](double share) {
    c.begin(logits);
    c.keep_top_p(share);
    return ids(c);
  };
  EXPECT_THAT(kept(0), ElementsAre(1));
  EXPECT_THAT(kept(0.49), ElementsAre(1));
  EXPECT_THAT(kept(0.51), ElementsAre(1, 3));
  EXPECT_THAT(kept(0.94), ElementsAre(1, 3, 2));
  EXPECT_THAT(kept(0.96), ElementsAre(1, 3, 2, 0));
  EXPECT_THAT(kept(1), ElementsAre(0, 1, 2, 3));  // nothing done
}

TEST(Candidates, MinPIsAShareOfTheBest) {
  Candidates c;
  auto logits = logits_of({0.05, 0.5, 0.15, 0.3});
  auto kept = [&](double share) {
    c.begin(logits);
    c.keep_min_p(share);
    return ids(c);
  };
  EXPECT_THAT(kept(0.05), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(kept(0.2), ElementsAre(1, 2, 3));
  EXPECT_THAT(kept(0.61), ElementsAre(1));
  EXPECT_THAT(kept(1), ElementsAre(1));
}

TEST(Candidates, TopPOfALargeVocabularyEqualsSortingAllOfIt) {
  std::mt19937 random(5);
  std::vector<float> logits(20000);
  for (float& logit : logits) logit = static_cast<float>(random() % 2000) / 500;
  for (double share : {0.01, 0.3, 0.9, 0.999}) {
    std::vector<Candidates::Candidate> all;
    double sum = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      all.push_back({logits[i], static_cast<TokenId>(i)});
      sum += std::exp(double{logits[i]});
    }
    std::sort(all.begin(), all.end());
    std::vector<TokenId> expected;
    double reached = 0;
    for (size_t i = 0; i < all.size() && reached < share * sum; ++i) {
      expected.push_back(all[i].id);
      reached += std::exp(double{all[i].logit});
    }
    Candidates c;
    c.begin(logits);
    c.keep_top_p(share);
    EXPECT_EQ(ids(c), expected) << share;
  }
}

TEST(Candidates, NumbersThatAreNoneStillLeaveAToken) {
  struct {
    std::vector<float> logits;
    std::vector<TokenId> possible;
  } cases[] = {
      {{kNan, kNan, kNan}, {0, 1, 2}},
      {{-kInfinity, -kInfinity}, {0, 1}},
      {{kNan, 1, -kInfinity}, {1}},
      {{0, kInfinity, 5, kInfinity}, {1, 3}},
      {{kInfinity, kNan, -kInfinity}, {0}},
      {{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(), kNan}, {0}},
      {{kNan}, {0}},
  };
  for (const auto& c : cases) {
    for (uint32_t top_k : {0u, 1u, 2u, 40u}) {
      for (double top_p : {0.0, 0.5, 1.0}) {
        for (double min_p : {0.0, 1.0}) {
          for (double temperature : {0.0, 1e-300, 1.0, 100.0}) {
            SamplingOptions options;
            options.top_k = top_k;
            options.top_p = top_p;
            options.min_p = min_p;
            options.temperature = temperature;
            Sampler sampler = Sampler::make(options).value();
            for (int i = 0; i < 20; ++i)
              EXPECT_THAT(c.possible, testing::Contains(sampler.sample(c.logits)))
                  << testing::PrintToString(c.logits);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace hearth
