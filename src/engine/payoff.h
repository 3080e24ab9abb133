// Whether it pays to compute guesses along: what a row more costs is measured, and what it brings is known from how
// often guesses were right.
#pragma once

#include <cstdint>

namespace hearth {

class Payoff {
 public:
  // A step in which nobody read a prompt took so long.
  void observe_step(int64_t rows, double seconds);
  // So many guesses took so long to make.
  void observe_drafts(int64_t count, double seconds);

  // Whether tokens come faster with a row more that is right so often than from `rows` rows that bring `tokens`.
  bool pays(double chance, double tokens, int64_t rows) const;
  // All steps have been of one size for so long that what a row costs is not known any more.
  bool needs_contrast() const;

 private:
  // Sums over steps, the latest of which count most: a line through them gives the cost of a step and of a row.
  double weight_ = 0, rows_ = 0, seconds_ = 0, squares_ = 0, products_ = 0;
  double draft_seconds_ = 0;
};

}  // namespace hearth
