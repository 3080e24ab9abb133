// Each sampler against its definition written down plainly, on a thousand random distributions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "sample/dry.h"
#include "sample/exponential.h"
#include "sample/logprobs.h"
#include "sample/sampler.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr int kDistributions = 1000;

// The best first.
struct Plain {
  std::vector<double> logits;
  std::vector<TokenId> ids;

  explicit Plain(const std::vector<float>& given) {
    for (size_t i = 0; i < given.size(); ++i) ids.push_back(static_cast<TokenId>(i));
    std::stable_sort(ids.begin(), ids.end(), [&](TokenId a, TokenId b) {
      return given[static_cast<size_t>(a)] > given[static_cast<size_t>(b)];
    });
    for (TokenId id : ids) logits.push_back(given[static_cast<size_t>(id)]);
  }
  std::vector<double> probabilities() const {
    std::vector<double> p;
    double sum = 0;
    for (double logit : logits) sum += std::exp(logit - logits[0]);
    for (double logit : logits) p.push_back(std::exp(logit - logits[0]) / sum);
    return p;
  }
  void keep(const std::function<bool(size_t)>& is_kept) {
    size_t kept = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!is_kept(i)) continue;
      logits[kept] = logits[i];
      ids[kept++] = ids[i];
    }
    logits.resize(kept);
    ids.resize(kept);
  }
  std::set<TokenId> set() const { return {ids.begin(), ids.end()}; }
};

std::vector<float> random_logits(std::mt19937& random) {
  std::vector<float> logits(2 + random() % 300);
  std::normal_distribution<float> normal(0, 0.5f + static_cast<float>(random() % 40) / 10);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

std::set<TokenId> kept_ids(Candidates& candidates) {
  std::set<TokenId> ids;
  for (const auto& candidate : candidates.all()) ids.insert(candidate.id);
  return ids;
}

// `ours` and `plain` on random distributions, with a number from 0 to 1.
void compare(const std::function<void(Candidates&, double)>& ours,
             const std::function<void(Plain&, double)>& plain) {
  std::mt19937 random(1);
  for (int i = 0; i < kDistributions; ++i) {
    auto logits = random_logits(random);
    double number = std::uniform_real_distribution<double>(0, 1)(random);
    Candidates candidates;
    candidates.begin(logits);
    ours(candidates, number);
    Plain expected(logits);
    plain(expected, number);
    ASSERT_EQ(kept_ids(candidates), expected.set()) << i;
    // What is kept keeps its proportions.
    Plain all(logits);
    auto p = candidates.probabilities();
    double sum = 0;
    for (const auto& candidate : candidates.all()) sum += std::exp(double{candidate.logit});
    for (size_t k = 0; k < p.size(); ++k)
      ASSERT_NEAR(p[k], std::exp(double{candidates.all()[k].logit}) / sum, 1e-12);
  }
}

TEST(PlainSamplers, TopK) {
  auto count = [](double number) { return 1 + static_cast<size_t>(number * 50); };
  compare([&](Candidates& c, double number) { c.keep_best(count(number)); },
          [&](Plain& plain, double number) { plain.keep([&](size_t i) { return i < count(number); }); });
  compare(
      [&](Candidates& c, double number) {
        c.all();
        c.keep_best(count(number));
      },
      [&](Plain& plain, double number) { plain.keep([&](size_t i) { return i < count(number); }); });
}

TEST(PlainSamplers, TopP) {
  for (size_t least : {0u, 5u}) {
    compare([&](Candidates& c, double number) { c.keep_top_p(number, least); },
            [&](Plain& plain, double number) {
              auto p = plain.probabilities();
              double before = 0;
              std::vector<bool> kept;
              for (size_t i = 0; i < p.size(); before += p[i++]) kept.push_back(before < number || i < least);
              plain.keep([&](size_t i) { return kept[i]; });
            });
  }
}

TEST(PlainSamplers, MinP) {
  for (size_t least : {0u, 1u, 7u}) {
    compare([&](Candidates& c, double number) { c.keep_min_p(number, least); },
            [&](Plain& plain, double number) {
              auto p = plain.probabilities();
              plain.keep([&](size_t i) { return p[i] >= number * p[0] || i < least; });
            });
  }
}

TEST(PlainSamplers, Typical) {
  for (size_t least : {0u, 6u}) {
    compare([&](Candidates& c, double number) { c.keep_typical(number, least); },
            [&](Plain& plain, double number) {
              auto p = plain.probabilities();
              double entropy = 0;
              for (double each : p) entropy -= each * std::log(each);
              std::vector<size_t> order(p.size());
              for (size_t i = 0; i < p.size(); ++i) order[i] = i;
              std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
                return std::abs(-std::log(p[a]) - entropy) < std::abs(-std::log(p[b]) - entropy);
              });
              std::set<size_t> kept;
              double sum = 0;
              for (size_t i : order) {
                kept.insert(i);
                sum += p[i];
                if (sum > number && kept.size() >= least) break;
              }
              plain.keep([&](size_t i) { return kept.contains(i); });
            });
  }
}

TEST(PlainSamplers, TopNSigma) {
  compare([](Candidates& c, double number) { c.keep_within_sigma(number * 3); },
          [](Plain& plain, double number) {
            double mean = 0, variance = 0;
            for (double logit : plain.logits) mean += logit / static_cast<double>(plain.logits.size());
            for (double logit : plain.logits)
              variance += (logit - mean) * (logit - mean) / static_cast<double>(plain.logits.size());
            double least = plain.logits[0] - number * 3 * std::sqrt(variance);
            plain.keep([&](size_t i) { return plain.logits[i] >= least; });
          });
}

TEST(PlainSamplers, Xtc) {
  for (size_t least : {0u, 4u}) {
    compare([&](Candidates& c, double number) { c.leave_out_top(number / 4, least); },
            [&](Plain& plain, double number) {
              auto p = plain.probabilities();
              size_t probable = 0;
              for (double each : p) probable += each >= number / 4;
              if (probable < 2 || p.size() - probable + 1 < least) return;
              plain.keep([&](size_t i) { return i >= probable - 1; });
            });
  }
}

TEST(PlainSamplers, Surprise) {
  compare([](Candidates& c, double number) { c.keep_unsurprising(number * 10); },
          [](Plain& plain, double number) {
            auto p = plain.probabilities();
            plain.keep([&](size_t i) { return i == 0 || -std::log2(p[i]) <= number * 10; });
          });
}

TEST(PlainSamplers, TemperatureWithRange) {
  std::mt19937 random(2);
  for (int i = 0; i < kDistributions; ++i) {
    auto logits = random_logits(random);
    Candidates candidates;
    candidates.begin(logits);
    Plain plain(logits);
    auto p = plain.probabilities();
    double entropy = 0;
    for (double each : p) entropy -= each * std::log(each);
    ASSERT_NEAR(candidates.relative_entropy(), entropy / std::log(static_cast<double>(p.size())), 1e-12);
    double temperature = 0.1 + static_cast<double>(random() % 30) / 10;
    candidates.heat(temperature);
    for (double& logit : plain.logits) logit /= temperature;
    auto hot = plain.probabilities();
    std::map<TokenId, double> by_id;
    for (size_t k = 0; k < hot.size(); ++k) by_id[plain.ids[k]] = hot[k];
    auto ours = candidates.probabilities();
    for (size_t k = 0; k < ours.size(); ++k) ASSERT_NEAR(ours[k], by_id[candidates.all()[k].id], 1e-12);
  }
  // Uniform: the entropy is all that it can be, the temperature at its highest.
  SamplingOptions options;
  options.samplers = {SamplerKind::temperature};
  options.temperature = 1;
  options.dynatemp_range = 0.5;
  Sampler sampler = Sampler::make(options).value();
  std::map<TokenId, int> counts;
  for (int i = 0; i < 4000; ++i) ++counts[sampler.sample(std::vector<float>{1, 1})];
  EXPECT_NEAR(counts[0], 2000, 150);
}

// The logits that a sampler with these options ends up with, read off its choice: the greatest wins.
TEST(PlainSamplers, Penalties) {
  std::mt19937 random(3);
  for (int i = 0; i < kDistributions; ++i) {
    auto logits = random_logits(random);
    SamplingOptions options;
    options.temperature = 0;
    options.repeat_last_n = static_cast<int32_t>(random() % 40) - 1;
    options.repeat_penalty = 0.5 + static_cast<double>(random() % 20) / 10;
    options.frequency_penalty = static_cast<double>(random() % 10) / 5 - 0.5;
    options.presence_penalty = static_cast<double>(random() % 10) / 5 - 0.5;
    if (i % 2) options.samplers = {SamplerKind::top_k, SamplerKind::penalties, SamplerKind::temperature};
    options.top_k = 1000;
    Sampler sampler = Sampler::make(options).value();
    std::vector<TokenId> past(random() % 200);
    for (TokenId& token : past) token = static_cast<TokenId>(random() % logits.size());
    size_t half = past.size() / 2;
    sampler.begin_with(std::span(past).first(half));
    for (size_t k = half; k < past.size(); ++k) sampler.accept(past[k]);

    size_t window = options.repeat_last_n < 0 ? past.size() : static_cast<size_t>(options.repeat_last_n);
    std::vector<double> expected(logits.begin(), logits.end());
    for (size_t id = 0; id < expected.size(); ++id) {
      auto from = past.end() - static_cast<ptrdiff_t>(std::min(window, past.size()));
      auto count = std::count(from, past.end(), static_cast<TokenId>(id));
      if (count == 0) continue;
      expected[id] =
          expected[id] <= 0 ? expected[id] * options.repeat_penalty : expected[id] / options.repeat_penalty;
      expected[id] -= static_cast<double>(count) * options.frequency_penalty + options.presence_penalty;
    }
    auto best = std::max_element(expected.begin(), expected.end()) - expected.begin();
    ASSERT_EQ(sampler.sample(logits), best) << i;
  }
}

TEST(PlainSamplers, DryFindsRepetitions) {
  std::mt19937 random(4);
  for (int i = 0; i < 3000; ++i) {
    std::vector<TokenId> tokens(random() % 60);
    uint32_t kinds = 1 + random() % 5;
    for (TokenId& token : tokens) token = static_cast<TokenId>(random() % kinds);
    std::vector<std::vector<TokenId>> breakers;
    for (uint32_t k = random() % 3; k > 0; --k) {
      breakers.emplace_back();
      for (uint32_t length = 1 + random() % 2; length > 0; --length)
        breakers.back().push_back(static_cast<TokenId>(random() % 6));
    }
    uint32_t shortest = 1 + random() % 4;
    // How far back is the nearest breaker: of those that begin at one token, the longest.
    size_t limit = tokens.size();
    for (size_t begin = tokens.size(); begin-- > 0 && limit == tokens.size();) {
      size_t longest = 0;
      for (const auto& breaker : breakers) {
        if (begin + breaker.size() <= tokens.size() &&
            std::equal(breaker.begin(), breaker.end(), tokens.begin() + static_cast<ptrdiff_t>(begin)))
          longest = std::max(longest, breaker.size());
      }
      if (longest > 0) limit = tokens.size() - begin - longest;
    }
    std::map<TokenId, uint32_t> expected;
    for (size_t at = 1; at < tokens.size(); ++at) {  // tokens[at] followed a stretch that ends before it
      size_t length = 0;
      while (length < at && tokens[at - 1 - length] == tokens[tokens.size() - 1 - length]) ++length;
      length = std::min(length, limit);
      bool breaks = std::any_of(breakers.begin(), breakers.end(), [&](const auto& breaker) {
        return breaker.size() == 1 && breaker[0] == tokens[at];
      });
      if (length >= shortest && !breaks)
        expected[tokens[at]] = std::max(expected[tokens[at]], static_cast<uint32_t>(length));
    }
    auto found = repetitions(tokens, breakers, shortest);
    ASSERT_EQ((std::map<TokenId, uint32_t>(found.begin(), found.end())), expected) << i;
  }
  EXPECT_THAT(repetitions(std::vector<TokenId>{1, 2, 3, 3, 2, 3, 9, 1, 2, 3}, {}, 1),
              ElementsAre(Pair(2, 1), Pair(3, 3), Pair(9, 2)));
}

TEST(PlainSamplers, DryHoldsLongRepetitionsAgainstATokenMore) {
  SamplingOptions options;
  options.temperature = 0;
  options.dry_multiplier = 1;
  options.dry_base = 2;
  Sampler sampler = Sampler::make(options).value();
  sampler.begin_with(std::vector<TokenId>{0, 1, 2, 3, 4, 0, 1, 2, 3});  // 4 would make it five: 1 * 2^(4 - 2)
  EXPECT_EQ(sampler.sample(std::vector<float>{0, 0, 0, 0, 4.5f, 0}), 4);
  EXPECT_EQ(sampler.sample(std::vector<float>{0, 0, 0, 0, 3.5f, 0}), 0);
  options.dry_breakers = {{2}};
  Sampler broken = Sampler::make(options).value();
  broken.begin_with(std::vector<TokenId>{0, 1, 2, 3, 4, 0, 1, 2, 3});
  EXPECT_EQ(broken.sample(std::vector<float>{0, 0, 0, 0, 3.5f, 0}), 4);
}

TEST(PlainSamplers, Mirostat) {
  // The bound on surprise follows each choice as the papers have it.
  std::mt19937 random(5);
  for (uint32_t version : {1u, 2u}) {
    SamplingOptions options;
    options.mirostat = version;
    options.temperature = 1;
    options.mirostat_tau = 3;
    options.mirostat_eta = 0.2;
    Sampler sampler = Sampler::make(options).value();
    Random same(options.seed);
    double mu = 6;
    double surprises = 0;
    for (int i = 0; i < kDistributions; ++i) {
      auto logits = random_logits(random);
      Plain plain(logits);
      auto p = plain.probabilities();
      if (version == 2) {
        plain.keep([&](size_t k) { return k == 0 || -std::log2(p[k]) <= mu; });
      } else {
        double products = 0, squares = 0;
        for (size_t k = 0; k + 1 < std::min<size_t>(p.size(), 100); ++k) {
          double t = std::log(static_cast<double>(k + 2) / static_cast<double>(k + 1));
          products += t * std::log(p[k] / p[k + 1]);
          squares += t * t;
        }
        double s = products / squares, epsilon = s - 1;
        double count = std::pow(
            epsilon * std::pow(2, mu) / (1 - std::pow(static_cast<double>(logits.size()), -epsilon)), 1 / s);
        plain.keep([&](size_t k) { return k == 0 || !(count < static_cast<double>(k + 1)); });
      }
      p = plain.probabilities();
      double point = same.uniform();
      size_t chosen = 0;
      while (chosen + 1 < p.size() && point >= p[chosen]) point -= p[chosen++];
      ASSERT_EQ(sampler.sample(logits), plain.ids[chosen]) << version << " " << i;
      mu -= options.mirostat_eta * (-std::log2(p[chosen]) - options.mirostat_tau);
      surprises -= std::log2(p[chosen]);
    }
    EXPECT_NEAR(surprises / kDistributions, 3, 0.3) << version;
  }
}

TEST(PlainSamplers, AdaptiveP) {
  std::mt19937 random(6);
  SamplingOptions options;
  options.samplers = {SamplerKind::min_p, SamplerKind::adaptive_p};
  options.adaptive_target = 0.4;
  options.adaptive_decay = 0.8;
  Sampler sampler = Sampler::make(options).value();
  Random same(options.seed);
  double sum = 0.4 / 0.2, weight = 1 / 0.2;
  for (int i = 0; i < kDistributions; ++i) {
    auto logits = random_logits(random);
    Candidates kept;
    kept.begin(logits);
    kept.keep_min_p(0.05);
    auto p = kept.probabilities();
    double target = std::clamp(2 * 0.4 - sum / weight, 0.0, 1.0), total = 0;
    std::vector<double> weights;
    for (double each : p) {
      double distance = std::abs(each - target) / 0.3;
      weights.push_back(std::exp(5 - 10 * distance * distance / (1 + distance)));
      total += weights.back();
    }
    double point = same.uniform() * total;
    size_t chosen = 0;
    while (chosen + 1 < weights.size() && point >= weights[chosen]) point -= weights[chosen++];
    TokenId token = sampler.sample(logits);
    ASSERT_EQ(token, kept.all()[chosen].id) << i;
    if (i % 3 == 2) {  // something else came: nothing is learned from it
      sampler.accept(token + 1);
      continue;
    }
    sampler.accept(token);
    sum = p[chosen] + 0.8 * sum;
    weight = 1 + 0.8 * weight;
  }
}

TEST(PlainSamplers, TheOrderIsTheRequests) {
  EXPECT_THAT(parse_samplers("top_k;temperature,min_p").value(),
              ElementsAre(SamplerKind::top_k, SamplerKind::temperature, SamplerKind::min_p));
  EXPECT_THAT(parse_samplers("ktm").value(),
              ElementsAre(SamplerKind::top_k, SamplerKind::temperature, SamplerKind::min_p));
  EXPECT_THAT(parse_samplers("dry").value(), ElementsAre(SamplerKind::dry));
  EXPECT_THAT(parse_samplers("").value(), ElementsAre());
  EXPECT_EQ(parse_samplers("edskypmxt").value(), default_samplers());
  EXPECT_THAT(parse_samplers("top_k;best").error().message,
              HasSubstr("no sampler \"best\"; known are penalties (e)"));
  EXPECT_THAT(parse_samplers("kz").error().message, HasSubstr("no sampler \"z\""));

  // Hot first, a share of the best one's probability lets more in than cold first.
  std::vector<float> logits = {2, 1, 0, -1};
  auto choices = [&](const char* order) {
    SamplingOptions options;
    options.samplers = parse_samplers(order).value();
    options.temperature = 10;
    options.min_p = 0.5;
    Sampler sampler = Sampler::make(options).value();
    std::set<TokenId> found;
    for (int i = 0; i < 500; ++i) found.insert(sampler.sample(logits));
    return found;
  };
  EXPECT_THAT(choices("mt"), ElementsAre(0));
  EXPECT_THAT(choices("tm"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(choices("k"), ElementsAre(0, 1, 2, 3));
}

TEST(PlainSamplers, OnlyWhatTheMaskAllows) {
  std::mt19937 random(7);
  for (int i = 0; i < kDistributions; ++i) {
    auto logits = random_logits(random);
    if (i % 10 == 0) std::fill(logits.begin(), logits.end(), std::nanf(""));
    if (i % 10 == 1) logits[random() % logits.size()] = std::numeric_limits<float>::infinity();
    std::vector<uint64_t> mask((logits.size() + 63) / 64, 0);
    std::vector<float> masked(logits.size(), -std::numeric_limits<float>::infinity());
    for (size_t k = 0; k < logits.size(); ++k) {
      if (random() % 5 != 0 && k > 0) continue;
      mask[k / 64] |= uint64_t{1} << (k % 64);
      masked[k] = logits[k];
    }
    SamplingOptions options;
    options.temperature = i % 2 ? 0 : 1;
    options.top_k = i % 3 ? 5 : 0;
    options.seed = static_cast<uint64_t>(i);
    options.repeat_penalty = i % 7 ? 1 : 1.5;
    Sampler sampler = Sampler::make(options).value(), other = Sampler::make(options).value();
    sampler.begin_with(std::vector<TokenId>{0, 1});
    other.begin_with(std::vector<TokenId>{0, 1});
    TokenId token = sampler.sample(logits, mask);
    ASSERT_TRUE(is_allowed(mask, static_cast<size_t>(token))) << i;
    if (i % 10 > 1) { ASSERT_EQ(token, other.sample(masked)) << i; }
  }
}

TEST(PlainSamplers, BiasesAndEnds) {
  SamplingOptions options;
  options.temperature = 0;
  options.biases = {{0, 2.0f}, {1, -std::numeric_limits<float>::infinity()}, {0, 1.0f}, {500, 3.0f}};
  std::vector<float> logits = {0, 9, 2, 4};
  EXPECT_EQ(Sampler::make(options).value().sample(logits), 3);
  logits[3] = 2.5f;
  EXPECT_EQ(Sampler::make(options).value().sample(logits), 0);
  options.ends = {0};
  options.min_tokens = 1;
  Sampler sampler = Sampler::make(options).value();
  EXPECT_EQ(sampler.sample(logits), 3);
  sampler.accept(3);
  EXPECT_EQ(sampler.sample(logits), 0);
  options.ignore_eos = true;
  Sampler endless = Sampler::make(options).value();
  endless.accept(3);
  EXPECT_EQ(endless.sample(logits), 3);
  // Where only an end is allowed it comes all the same.
  const uint64_t only_end[] = {1};
  EXPECT_EQ(endless.sample(logits, only_end), 0);
  options.biases = {{0, std::nanf("")}};
  EXPECT_THAT(Sampler::make(options).error().message, HasSubstr("the bias of token 0 is not a number"));
}

TEST(PlainSamplers, EveryParameterIsChecked){
#define X(sampler, type, name, fallback, least, most, key, what)                    \
  {                                                                                 \
    SamplingOptions options;                                                        \
    EXPECT_TRUE(check(options).ok());                                               \
    if (double{most} < 4e9) {                                                       \
      options.name = static_cast<type>(double{most} + 1);                           \
      EXPECT_THAT(check(options).error().message, HasSubstr(#name " is")) << #name; \
    }                                                                               \
    if (std::is_signed_v<type>) {                                                   \
      options.name = static_cast<type>(double{least} - 1);                          \
      EXPECT_THAT(check(options).error().message, HasSubstr(#name " is")) << #name; \
    }                                                                               \
  }
    HEARTH_SAMPLING_PARAMETERS(X)
#undef X
}

// Every chain leaves a valid token, whatever the numbers are.
TEST(PlainSamplers, AnyOptionsAndLogitsGiveAToken) {
  std::mt19937 random(8);
  const float odd[] = {std::nanf(""),
                       std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity(),
                       std::numeric_limits<float>::max(),
                       std::numeric_limits<float>::lowest(),
                       0,
                       1e-40f};
  for (int i = 0; i < 5000; ++i) {
    SamplingOptions options;
    auto share = [&] { return static_cast<double>(random() % 5) / 4; };
    options.samplers.clear();
    for (uint32_t k = random() % 12; k > 0; --k)
      options.samplers.push_back(static_cast<SamplerKind>(random() % 10));
    options.top_k = random() % 4;
    options.top_p = share();
    options.min_p = share();
    options.typical_p = share();
    options.top_n_sigma = share() * 2 - 1;
    options.xtc_probability = share();
    options.xtc_threshold = share() / 2;
    options.temperature = random() % 3 ? share() * 100 : 1e-300;
    options.dynatemp_range = share();
    options.dynatemp_exponent = share() * 2;
    options.repeat_penalty = random() % 2 ? 0.01 : 100;
    options.frequency_penalty = share() * 200 - 100;
    options.dry_multiplier = share() * 100;
    options.dry_base = 1 + share() * 99;
    options.repeat_last_n = static_cast<int32_t>(random() % 5) - 1;
    options.dry_penalty_last_n = static_cast<int32_t>(random() % 30) - 1;
    options.mirostat = random() % 3;
    options.adaptive_target = share() * 2 - 1;
    options.min_keep = random() % 4;
    options.seed = random();
    Sampler sampler = Sampler::make(options).value();
    std::vector<float> logits(1 + random() % 6);
    for (int step = 0; step < 40; ++step) {
      for (float& logit : logits)
        logit = random() % 3 ? static_cast<float>(random() % 100) / 10 - 5 : odd[random() % 7];
      TokenId token = sampler.sample(logits);
      ASSERT_TRUE(token >= 0 && static_cast<size_t>(token) < logits.size());
      sampler.accept(token);
    }
  }
}

TEST(Logprobs, AreOfTheWholeDistribution) {
  std::mt19937 random(9);
  for (int i = 0; i < 100; ++i) {
    auto logits = random_logits(random);
    Plain plain(logits);
    auto p = plain.probabilities();
    TokenId chosen = static_cast<TokenId>(random() % logits.size());
    auto found = logprobs_of(logits, chosen, 5);
    ASSERT_EQ(found.best.size(), std::min<size_t>(5, logits.size()));
    for (size_t k = 0; k < found.best.size(); ++k) {
      ASSERT_EQ(found.best[k].id, plain.ids[k]);
      ASSERT_NEAR(found.best[k].logprob, std::log(p[k]), 1e-12);
    }
    size_t place =
        static_cast<size_t>(std::find(plain.ids.begin(), plain.ids.end(), chosen) - plain.ids.begin());
    ASSERT_EQ(found.chosen.id, chosen);
    ASSERT_NEAR(found.chosen.logprob, std::log(p[place]), 1e-12);
  }
  EXPECT_TRUE(logprobs_of(std::vector<float>{1, 2}, 0, 0).best.empty());
}

TEST(Logarithm, IsTheLogarithm) {
  EXPECT_EQ(sampling_log(1), 0);
  EXPECT_EQ(sampling_log(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sampling_log(-1), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sampling_log(std::nan("")), -std::numeric_limits<double>::infinity());
  for (double x = 1e-300; x < 1e300; x *= 1.37)
    EXPECT_NEAR(sampling_log(x), std::log(x), 1e-14 * (1 + std::abs(std::log(x)))) << x;
  for (double x = -600; x < 600; x += 0.7) EXPECT_NEAR(sampling_exp(x) / std::exp(x), 1, 1e-13) << x;
}

}  // namespace
}  // namespace hearth
