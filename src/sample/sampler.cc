#include "sample/sampler.h"

namespace hearth {

Status check(const SamplingOptions& options) {
  struct {
    const char* name;
    double value, least, most;
  } ranges[] = {{"temperature", options.temperature, 0, 100},
                {"top_p", options.top_p, 0, 1},
                {"min_p", options.min_p, 0, 1}};
  for (const auto& range : ranges) {
    if (!(range.value >= range.least && range.value <= range.most))  // so that NaN is out of it
      return fail("{} is {}, expected {} to {}", range.name, range.value, range.least, range.most);
  }
  return {};
}

Result<Sampler> Sampler::make(const SamplingOptions& options) {
  TRY_STATUS(check(options));
  return Sampler(options);
}

TokenId Sampler::sample(std::span<const float> logits) {
  if (options_.temperature == 0) return greatest(logits);
  if (options_.top_k > 0) {
    candidates_.gather_best(logits, options_.top_k);
  } else {
    candidates_.gather(logits);
  }
  candidates_.keep_top_p(options_.top_p);
  candidates_.keep_min_p(options_.min_p);
  return candidates_.draw(options_.temperature, random_);
}

}  // namespace hearth
