// The tokens that may be chosen next, and what narrows them down. Whatever the logits are, NaN and infinities
// included, at least one candidate is left at the end of each step. Ties go to the lower id everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sample/random.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

// The id with the greatest logit. NaN is less than everything.
TokenId greatest(std::span<const float> logits);

// A bit for each token, 1 where it may be chosen; none: all may.
using TokenMask = std::span<const uint64_t>;
inline bool is_allowed(TokenMask mask, size_t id) {
  return mask.empty() || (mask[id / 64] >> (id % 64) & 1) != 0;
}

class Candidates {
 public:
  struct Candidate {
    float logit;
    TokenId id;
    bool operator<(const Candidate& other) const {  // better ones first
      return logit > other.logit || (logit == other.logit && id < other.id);
    }
  };

  // All of them, of which the mask allows at least one. Both must stay as they are until the token is chosen.
  // Nothing is copied before it has to be: keeping the best few first is what makes a large vocabulary cheap.
  void begin(std::span<const float> logits, TokenMask mask = {});

  // Changes the logits of some tokens, each once; ids that there are not are passed over.
  using Change = std::function<double(TokenId id, double logit)>;
  void adjust(std::span<const TokenId> ids, const Change& change);

  // The `count` best ones (0: one).
  void keep_best(size_t count);
  // The fewest best ones that together have at least `share` of the probability; these and the following keep no
  // fewer than `least`, where there are so many.
  void keep_top_p(double share, size_t least = 1);
  // Those that have at least `share` of the best one's probability.
  void keep_min_p(double share, size_t least = 1);
  // The fewest that together have more than `share`, taken by how near their surprise is to the expected one.
  void keep_typical(double share, size_t least = 1);
  // Those whose logits are within `count` standard deviations of the best one's.
  void keep_within_sigma(double count);
  // Of those that have at least `threshold` of the probability only the last, if that leaves `least`.
  void leave_out_top(double threshold, size_t least = 1);
  // Those whose surprise is at most so many bits; the best one in any case.
  void keep_unsurprising(double bits);

  // Logits are divided by it; 0 keeps the best one only.
  void heat(double temperature);
  // Of the distribution, as a share of the most that it could be with so many candidates; 0 for one.
  double relative_entropy();

  // One of them at random, by probability.
  TokenId draw(Random& random);
  // One at random by weights that a function makes of the probabilities; also gives the one's own probability.
  struct Drawn {
    TokenId id;
    double probability;
  };
  Drawn draw(Random& random, const std::function<double(double probability)>& weigh);

  std::span<const Candidate> all() {
    gather();
    return all_;
  }
  // The best of all.
  TokenId best_one();
  // The best `count`, or as many as there are, in order.
  std::span<const Candidate> best(size_t count);
  // Of all(), in that order.
  std::span<const double> probabilities();

 private:
  void gather();
  // Makes the first `count` the best ones, in order; sorts no more than about that.
  void sort_first(size_t count);
  void clean();
  // Relative to the best one's.
  double weight(const Candidate& candidate) const;
  void resize(size_t count);

  std::span<const float> logits_;  // until they are gathered
  TokenMask mask_;
  bool gathered_ = false;
  std::vector<float> changed_;  // logits, where some are not as they were given
  std::vector<Candidate> all_;
  size_t sorted_ = 0;  // so many are the best ones, in order
  float best_ = 0;     // logit
  double heat_ = 1;    // logits are to be divided by it
  std::vector<double> probabilities_;
};

}  // namespace hearth
