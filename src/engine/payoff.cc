#include "engine/payoff.h"

#include <algorithm>

namespace hearth {

namespace {
constexpr double kKept = 0.97;        // of what is known, with each step
constexpr double kSpread = 0.02;      // of the rows' variance: with less, there is no line
constexpr double kDraftWeight = 0.1;  // of the latest time
}  // namespace

void Payoff::observe_step(int64_t rows, double seconds) {
  auto r = static_cast<double>(rows);
  for (double* sum : {&weight_, &rows_, &seconds_, &squares_, &products_}) *sum *= kKept;
  weight_ += 1;
  rows_ += r;
  seconds_ += seconds;
  squares_ += r * r;
  products_ += r * seconds;
}

void Payoff::observe_drafts(int64_t count, double seconds) {
  if (count == 0) return;
  double each = seconds / static_cast<double>(count);
  draft_seconds_ = draft_seconds_ == 0 ? each : draft_seconds_ + kDraftWeight * (each - draft_seconds_);
}

bool Payoff::needs_contrast() const {
  double spread = weight_ * squares_ - rows_ * rows_;
  return weight_ > 8 && spread < kSpread * weight_ * weight_;
}

bool Payoff::pays(double chance, double tokens, int64_t rows) const {
  double spread = weight_ * squares_ - rows_ * rows_;
  if (weight_ < 2 || spread < kSpread * weight_ * weight_) return true;  // to be found out
  double row = std::max(0.0, (weight_ * products_ - rows_ * seconds_) / spread);
  double step = std::max(0.0, (seconds_ - row * rows_) / weight_) + row * static_cast<double>(rows);
  return chance * step > tokens * (row + draft_seconds_);
}

}  // namespace hearth
