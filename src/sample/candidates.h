// The tokens that may be chosen next, and what narrows them down. Whatever the logits are, NaN and infinities
// included, at least one candidate is left at the end of each step. Ties go to the lower id everywhere.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sample/random.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

// The id with the greatest logit. NaN is less than everything.
TokenId greatest(std::span<const float> logits);

class Candidates {
 public:
  struct Candidate {
    float logit;
    TokenId id;
    bool operator<(const Candidate& other) const {  // better ones first
      return logit > other.logit || (logit == other.logit && id < other.id);
    }
  };

  // All of them; in one pass. `logits` is not empty.
  void gather(std::span<const float> logits);
  // The `count` best ones; in one pass and count log count.
  void gather_best(std::span<const float> logits, size_t count);

  // The fewest best ones that together have at least `share` of the probability.
  void keep_top_p(double share);
  // Those that have at least `share` of the best one's probability.
  void keep_min_p(double share);

  // One of them at random, after its logit is divided by `temperature`.
  TokenId draw(double temperature, Random& random);

  std::span<const Candidate> all() const { return all_; }

 private:
  // Makes the first `count` the best ones, in order; sorts no more than about that.
  void sort_first(size_t count);

  std::vector<Candidate> all_;
  size_t sorted_ = 0;  // so many are the best ones, in order
  float best_ = 0;     // logit
  std::vector<double> weights_;
};

}  // namespace hearth
