#include "engine/divergence.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "engine/scores.h"

namespace hearth {

namespace {

// One scored token.
struct Score {
  double cost = 0, reference_cost = 0;  // of the token that came, in nats
  double kl = 0;
  bool same_top = false;
};

Score score(std::span<const float> logits, std::span<const float> reference, size_t token) {
  double sum = log_sum_exp(logits), reference_sum = log_sum_exp(reference);
  Score result{sum - logits[token], reference_sum - reference[token], kl_divergence(logits, reference)};
  result.same_top = std::max_element(logits.begin(), logits.end()) - logits.begin() ==
                    std::max_element(reference.begin(), reference.end()) - reference.begin();
  return result;
}

class Tally {
 public:
  void add(const Score& score) {
    kl_.add(score.kl);
    kls_.push_back(static_cast<float>(score.kl));
    same_.add(score.same_top ? 1 : 0);
    double dp = std::exp(-score.cost) - std::exp(-score.reference_cost);
    dp_.add(dp);
    dp_squares_.add(dp * dp);
    cost_.add(score.cost);
    reference_cost_.add(score.reference_cost);
    ratio_.add(score.cost - score.reference_cost);
  }

  Divergence so_far(int64_t chunks) const {
    Divergence d;
    d.tokens = kl_.count();
    d.chunks = chunks;
    d.kl_mean = kl_.value();
    d.kl_error = kl_.error();
    d.same_top = same_.value();
    d.same_top_error = same_.error();
    d.dp_mean = dp_.value();
    d.dp_mean_error = dp_.error();
    d.dp_rms = std::sqrt(dp_squares_.value());
    d.dp_rms_error = d.dp_rms > 0 ? dp_squares_.error() / (2 * d.dp_rms) : 0;
    d.perplexity = std::exp(cost_.value());
    d.perplexity_error = d.perplexity * cost_.error();
    d.reference_perplexity = std::exp(reference_cost_.value());
    d.reference_perplexity_error = d.reference_perplexity * reference_cost_.error();
    d.perplexity_ratio = std::exp(ratio_.value());
    d.perplexity_ratio_error = d.perplexity_ratio * ratio_.error();
    return d;
  }

  Divergence result(int64_t chunks) {
    Divergence d = so_far(chunks);
    std::sort(kls_.begin(), kls_.end());
    d.kl_median = percentile(0.5);
    d.kl_p90 = percentile(0.9);
    d.kl_p95 = percentile(0.95);
    d.kl_p99 = percentile(0.99);
    d.kl_p99_9 = percentile(0.999);
    d.kl_max = kls_.back();
    return d;
  }

 private:
  // Between two values of the sorted list as far as the fraction lies between their places.
  double percentile(double fraction) const {
    double at = fraction * static_cast<double>(kls_.size() - 1);
    auto below = static_cast<size_t>(at);
    size_t above = std::min(below + 1, kls_.size() - 1);
    double part = at - static_cast<double>(below);
    return (1 - part) * kls_[below] + part * kls_[above];
  }

  Mean kl_, same_, dp_, dp_squares_, cost_, reference_cost_, ratio_;
  std::vector<float> kls_;  // four bytes a token is all that grows with the text
};

}  // namespace

Status check_same_vocabulary(const Model& model, const Tokenizer& tokenizer, const Model& reference,
                             const Tokenizer& reference_tokenizer) {
  auto differ = [&](const std::string& how) {
    return fail("{} and {} have different vocabularies ({}), so their probabilities cannot be compared",
                model.name(), reference.name(), how);
  };
  if (model.vocabulary() != reference.vocabulary()) {
    return differ(
        fmt::format("logits for {} and for {} tokens", *model.vocabulary(), *reference.vocabulary()));
  }
  if (tokenizer.size() != reference_tokenizer.size()) {
    return differ(fmt::format("{} and {} tokens", tokenizer.size(), reference_tokenizer.size()));
  }
  for (size_t i = 0; i < tokenizer.size(); ++i) {
    auto id = static_cast<TokenId>(i);
    if (tokenizer.text(id) == reference_tokenizer.text(id)) continue;
    return differ(fmt::format("token {} is {} in the one, {} in the other", i, quote(tokenizer.text(id)),
                              quote(reference_tokenizer.text(id))));
  }
  return {};
}

Result<Divergence> measure_divergence(Session& session, Session& reference, const Chunks& chunks,
                                      ThreadPool& pool, const DivergenceSink& sink) {
  Tally tally;
  std::vector<Score> scores;
  Session* sessions[] = {&session, &reference};
  int64_t done = 0;
  while (done < chunks.count()) {
    std::span<const TokenId> chunk = chunks[done];
    auto visit = [&](int64_t row, std::span<const OutputRows> logits) -> Status {
      scores.resize(static_cast<size_t>(logits[0].rows));
      pool.run([&](Worker worker) {
        auto [begin, end] = worker.part(logits[0].rows);
        for (int64_t r = begin; r < end; ++r) {
          auto token = static_cast<size_t>(chunk[static_cast<size_t>(row + r + 1)]);
          scores[static_cast<size_t>(r)] = score(logits[0].row(r), logits[1].row(r), token);
        }
      });
      for (const Score& each : scores) {
        bool mine = std::isfinite(each.cost), its = std::isfinite(each.reference_cost);
        if (!mine || !its || !std::isfinite(each.kl)) {
          return fail(
              "{}: chunk {}: the logits are no numbers; the model is broken, or too large for its type",
              (its ? session : reference).model().name(), done + 1);
        }
        tally.add(each);
      }
      return {};
    };
    TRY_STATUS(run_scored(sessions, chunk, visit));
    ++done;
    if (sink && !sink(tally.so_far(done))) break;
  }
  return tally.result(done);
}

}  // namespace hearth
