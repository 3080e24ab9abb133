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

double Mean::error() const {
  if (count_ < 2) return 0;
  auto n = static_cast<double>(count_);
  return std::sqrt(squares_ / n / (n - 1));
}

}  // namespace hearth
