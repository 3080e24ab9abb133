#include "sample/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sample/dry.h"
#include "sample/exponential.h"

namespace hearth {

namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;

// How many of the most probable tokens mirostat 1 fits Zipf's law to.
constexpr size_t kMirostatTokens = 100;
// adaptive_p's preference: logits that fall off around the target, over kWidth, by kSharpness.
constexpr double kWidth = 0.3, kSharpness = 10;
// Greater ones change nothing more, and could become infinite.
constexpr double kGreatestPenalty = 1e30;

// How far back a setting looks.
size_t reach_of(int32_t tokens) {
  return tokens < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(tokens);
}

bool names(const SamplingOptions& options, SamplerKind kind) {
  return std::find(options.samplers.begin(), options.samplers.end(), kind) != options.samplers.end();
}

bool has_penalties(const SamplingOptions& options) {
  return names(options, SamplerKind::penalties) && options.repeat_last_n != 0 &&
         (options.repeat_penalty != 1 || options.frequency_penalty != 0 || options.presence_penalty != 0);
}

bool has_dry(const SamplingOptions& options) {
  return names(options, SamplerKind::dry) && options.dry_multiplier != 0 && options.dry_penalty_last_n != 0;
}

}  // namespace

Result<Sampler> Sampler::make(const SamplingOptions& options) {
  TRY_STATUS(check(options));
  return Sampler(options);
}

Sampler::Sampler(const SamplingOptions& options)
    : options_(options), random_(options.seed), surprise_bound_(2 * options.mirostat_tau) {
  auto has = [&](SamplerKind kind) { return names(options, kind); };
  remembers_ = options.mirostat == 0 && (has_penalties(options) || has_dry(options));
  adapts_ = options.mirostat == 0 && has(SamplerKind::adaptive_p) && options.adaptive_target >= 0;
  // Only these may leave out the best token; and what comes after the temperature finds nothing to change.
  bool keeps_best = (!has(SamplerKind::typ_p) || options.typical_p == 1) &&
                    (!has(SamplerKind::xtc) || options.xtc_probability == 0);
  auto last = std::find(options.samplers.rbegin(), options.samplers.rend(), SamplerKind::temperature);
  bool comes_last =
      last != options.samplers.rend() && std::none_of(options.samplers.rbegin(), last, [](SamplerKind kind) {
        return kind == SamplerKind::penalties || kind == SamplerKind::dry;
      });
  is_greedy_ = options.temperature == 0 && options.dynatemp_range == 0 && comes_last &&
               options.mirostat == 0 && keeps_best;
  adaptive_weight_ = 1 / (1 - options.adaptive_decay);
  adaptive_sum_ = options.adaptive_target * adaptive_weight_;
}

void Sampler::begin_with(std::span<const TokenId> prompt) {
  accepted_ = 0;
  past_.clear();
  counts_.clear();
  if (!remembers_) return;
  for (TokenId token : prompt) remember(token);
}

void Sampler::accept(TokenId token) {
  ++accepted_;
  if (remembers_) remember(token);
  if (pending_.id == token) {
    adaptive_sum_ = pending_.probability + options_.adaptive_decay * adaptive_sum_;
    adaptive_weight_ = 1 + options_.adaptive_decay * adaptive_weight_;
  }
  pending_.id = -1;
}

void Sampler::remember(TokenId token) {
  past_.push_back(token);
  size_t reach = reach_of(options_.repeat_last_n);
  if (reach > 0) ++counts_[token];
  if (reach > 0 && past_.size() > reach) {
    auto old = counts_.find(past_[past_.size() - 1 - reach]);
    if (--old->second == 0) counts_.erase(old);
  }
  forget_old();
}

// Once twice as many are kept as anybody looks at: then each token is moved once.
void Sampler::forget_old() {
  size_t reach = std::max(reach_of(options_.repeat_last_n), reach_of(options_.dry_penalty_last_n));
  if (past_.size() / 2 <= reach) return;
  past_.erase(past_.begin(), past_.end() - static_cast<ptrdiff_t>(reach));
}

TokenId Sampler::sample(std::span<const float> logits, TokenMask mask) {
  candidates_.begin(logits, mask);
  apply_biases();
  pending_.id = -1;
  if (options_.mirostat != 0) {
    apply_temperature();
    return choose_by_mirostat(logits.size());
  }
  using Apply = void (Sampler::*)();
  static constexpr Apply kApply[] = {
#define X(name, letter, what) &Sampler::apply_##name,
      HEARTH_SAMPLERS(X)
#undef X
  };
  if (is_greedy_) {
    apply_penalties();
    apply_dry();
    return candidates_.best_one();
  }
  for (SamplerKind kind : options_.samplers) (this->*kApply[static_cast<size_t>(kind)])();
  return adapts_ ? choose_adaptively() : candidates_.draw(random_);
}

void Sampler::apply_biases() {
  bool no_end = options_.ignore_eos || accepted_ < options_.min_tokens;
  if (options_.biases.empty() && !(no_end && !options_.ends.empty())) return;
  std::vector<TokenId> ids;
  std::unordered_map<TokenId, double> sums;
  auto add = [&](TokenId id, double bias) {
    auto [at, is_new] = sums.emplace(id, 0);
    if (is_new) ids.push_back(id);
    at->second += bias;
  };
  for (auto [id, bias] : options_.biases) add(id, bias);
  if (no_end) {
    for (TokenId id : options_.ends) add(id, -std::numeric_limits<double>::infinity());
  }
  candidates_.adjust(ids, [&](TokenId id, double logit) { return logit + sums[id]; });
}

void Sampler::apply_penalties() {
  if (!has_penalties(options_) || counts_.empty()) return;
  std::vector<TokenId> ids;
  for (const auto& [id, count] : counts_) ids.push_back(id);
  candidates_.adjust(ids, [&](TokenId id, double logit) {
    // Dividing a negative logit would make it more probable.
    logit = logit <= 0 ? logit * options_.repeat_penalty : logit / options_.repeat_penalty;
    return logit - counts_[id] * options_.frequency_penalty - options_.presence_penalty;
  });
}

void Sampler::apply_dry() {
  if (!has_dry(options_)) return;
  auto past = std::span<const TokenId>(past_);
  past = past.last(std::min(past.size(), reach_of(options_.dry_penalty_last_n)));
  uint32_t shortest = static_cast<uint32_t>(options_.dry_allowed_length);
  std::vector<TokenId> ids;
  std::unordered_map<TokenId, double> penalties;
  for (auto [id, length] : repetitions(past, options_.dry_breakers, shortest)) {
    double penalty = options_.dry_multiplier;
    for (uint32_t i = shortest; i < length && penalty < kGreatestPenalty; ++i) {
      if (options_.dry_base == 1) break;
      penalty *= options_.dry_base;
    }
    ids.push_back(id);
    penalties[id] = std::min(penalty, kGreatestPenalty);
  }
  if (!ids.empty()) candidates_.adjust(ids, [&](TokenId id, double logit) { return logit - penalties[id]; });
}

void Sampler::apply_top_n_sigma() {
  if (options_.top_n_sigma > 0) candidates_.keep_within_sigma(options_.top_n_sigma);
}

void Sampler::apply_top_k() {
  if (options_.top_k > 0) candidates_.keep_best(options_.top_k);
}

void Sampler::apply_typ_p() { candidates_.keep_typical(options_.typical_p, options_.min_keep); }

void Sampler::apply_top_p() { candidates_.keep_top_p(options_.top_p, options_.min_keep); }

void Sampler::apply_min_p() { candidates_.keep_min_p(options_.min_p, options_.min_keep); }

void Sampler::apply_xtc() {
  if (options_.xtc_probability == 0 || options_.xtc_threshold > 0.5) return;
  if (random_.uniform() >= options_.xtc_probability) return;
  candidates_.leave_out_top(options_.xtc_threshold, options_.min_keep);
}

void Sampler::apply_temperature() {
  double temperature = options_.temperature;
  if (options_.dynatemp_range > 0) {
    double least = std::max(0.0, temperature - options_.dynatemp_range);
    double most = temperature + options_.dynatemp_range;
    double entropy = candidates_.relative_entropy();
    double share = options_.dynatemp_exponent == 0
                       ? 1
                       : sampling_exp(options_.dynatemp_exponent * sampling_log(entropy));
    temperature = least + (most - least) * share;
  }
  candidates_.heat(temperature);
}

// It chooses, after all others: choose_adaptively().
void Sampler::apply_adaptive_p() {}

TokenId Sampler::choose_adaptively() {
  double target = std::clamp(2 * options_.adaptive_target - adaptive_sum_ / adaptive_weight_, 0.0, 1.0);
  pending_ = candidates_.draw(random_, [&](double probability) {
    double distance = std::abs(probability - target) / kWidth;
    return softmax_exp(-kSharpness * distance * distance / (1 + distance));
  });
  return pending_.id;
}

TokenId Sampler::choose_by_mirostat(size_t vocabulary) {
  if (options_.mirostat == 1) {
    // The exponent of Zipf's law that the best tokens follow gives how many have the surprise that is wanted.
    candidates_.best(candidates_.all().size());
    auto p = candidates_.probabilities();
    double products = 0, squares = 0;
    for (size_t i = 0; i + 1 < kMirostatTokens && i + 1 < p.size() && p[i + 1] > 0; ++i) {
      double t = sampling_log(static_cast<double>(i + 2) / static_cast<double>(i + 1));
      products += t * sampling_log(p[i] / p[i + 1]);
      squares += t * t;
    }
    double s = products / squares, epsilon = s - 1;
    double n = sampling_exp(-epsilon * sampling_log(static_cast<double>(vocabulary)));
    double inner = epsilon * sampling_exp(surprise_bound_ * kLn2) / (1 - n);
    double k = sampling_exp(sampling_log(inner) / s);
    // Where the law does not hold k is no number, or more than there are: nothing is left out then.
    if (k < static_cast<double>(p.size())) candidates_.keep_best(static_cast<size_t>(std::max(k, 1.0)));
  } else {
    candidates_.keep_unsurprising(surprise_bound_);
  }
  auto drawn = candidates_.draw(random_, [](double probability) { return probability; });
  double surprise = -sampling_log(drawn.probability) / kLn2;
  surprise_bound_ -= options_.mirostat_eta * (surprise - options_.mirostat_tau);
  return drawn.id;
}

}  // namespace hearth
