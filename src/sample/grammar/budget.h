// What compiling may cost, counted in steps, not by the clock: the same grammar is accepted or refused everywhere.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace hearth::grammar {

// A step takes some 50 ns and at most 20 bytes, so that so many stay within 250 ms and 64 MB.
inline constexpr uint64_t kCompileSteps = 2'500'000;

class Budget {
 public:
  explicit Budget(uint64_t steps = kCompileSteps) : all_(steps), left_(steps) {}
  // False, from then on, when there were not so many left.
  bool take(uint64_t steps) {
    left_ = steps <= left_ ? left_ - steps : 0;
    return left_ > 0;
  }
  bool spent() const { return left_ == 0; }
  uint64_t left() const { return left_; }
  uint64_t used() const { return all_ - left_; }
  Error error() const {
    return fail("the grammar is too large: compiling it takes more than {} steps", all_);
  }

 private:
  uint64_t all_, left_;
};

}  // namespace hearth::grammar
