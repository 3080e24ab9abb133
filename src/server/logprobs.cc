#include "server/logprobs.h"

#include <algorithm>
#include <cmath>

#include "sample/candidates.h"

namespace hearth {

TokenLogprob logprob_of(std::span<const float> logits, TokenId chosen, size_t best) {
  float greatest_logit = logits[static_cast<size_t>(greatest(logits))];
  double sum = 0;
  for (float logit : logits) {
    if (logit <= greatest_logit) sum += std::exp(static_cast<double>(logit - greatest_logit));
  }
  double whole = greatest_logit + std::log(sum);
  // Finite, since JSON knows no infinity.
  auto logprob = [&](float logit) {
    double value = logit - whole;
    return std::isfinite(value) ? static_cast<float>(std::max(value, -9999.0)) : -9999.0f;
  };
  TokenLogprob out{chosen, logprob(logits[static_cast<size_t>(chosen)]), {}};
  if (best > 0) {
    Candidates candidates;
    candidates.gather_best(logits, best);
    std::vector<Candidates::Candidate> sorted(candidates.all().begin(), candidates.all().end());
    std::sort(sorted.begin(), sorted.end());
    for (const auto& each : sorted) out.best.emplace_back(each.id, logprob(each.logit));
  }
  return out;
}

}  // namespace hearth
