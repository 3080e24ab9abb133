#include "sample/logprobs.h"

#include "sample/candidates.h"
#include "sample/exponential.h"

namespace hearth {

Logprobs logprobs_of(std::span<const float> logits, TokenId chosen, size_t count) {
  Candidates candidates;
  candidates.begin(logits);
  std::vector<Candidates::Candidate> best;
  for (const auto& candidate : candidates.best(std::max<size_t>(count, 1))) best.push_back(candidate);
  double sum = 0;
  float chosen_logit = 0;
  for (const auto& candidate : candidates.all()) {
    sum += softmax_exp(double{candidate.logit} - best[0].logit);
    if (candidate.id == chosen) chosen_logit = candidate.logit;
  }
  double log_sum = best[0].logit + sampling_log(sum);
  Logprobs result{{chosen, chosen_logit - log_sum}, {}};
  best.resize(std::min(count, best.size()));
  for (const auto& candidate : best) result.best.push_back({candidate.id, candidate.logit - log_sum});
  return result;
}

}  // namespace hearth
