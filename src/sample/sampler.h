// Chooses the next token.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "sample/candidates.h"
#include "sample/random.h"

namespace hearth {

// Applied in this order; each is off at the value in brackets.
struct SamplingOptions {
  uint32_t top_k = 40;       // of the most probable tokens so many (0)
  double top_p = 0.95;       // of these, the fewest that make up so much of the probability (1)
  double min_p = 0.05;       // of these, those with at least so much of the best one's probability (0)
  double temperature = 0.8;  // how much less probable ones are chosen; 0: the most probable, always
  uint64_t seed = 0;
};

// What is out of range, by its name.
Status check(const SamplingOptions& options);

// One for each sequence. The same options and logits give the same tokens on every machine.
class Sampler {
 public:
  static Result<Sampler> make(const SamplingOptions& options);

  // `logits` are of all tokens by id, at least one. Nothing in them makes the result less than a valid id.
  TokenId sample(std::span<const float> logits);

 private:
  explicit Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {}

  SamplingOptions options_;
  Random random_;
  Candidates candidates_;
};

}  // namespace hearth
