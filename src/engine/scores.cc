#include "engine/scores.h"

#include <algorithm>
#include <cmath>

namespace hearth {

double log_sum_exp(std::span<const float> logits) {
  double most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return most + std::log(sum);
}

double kl_divergence(std::span<const float> logits, std::span<const float> reference) {
  double sum = log_sum_exp(logits), reference_sum = log_sum_exp(reference), kl = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    double log_p = reference[i] - reference_sum;
    double p = std::exp(log_p);
    // What the reference excludes costs nothing, whatever the model makes of it.
    if (p > 0) kl += p * (log_p - (logits[i] - sum));
  }
  return kl < 0 ? 0 : kl;  // it is none less but for rounding
}

double Mean::error() const {
  if (count_ < 2) return 0;
  auto n = static_cast<double>(count_);
  return std::sqrt(squares_ / n / (n - 1));
}

}  // namespace hearth
