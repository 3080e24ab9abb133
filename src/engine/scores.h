// What logits say of a token that came: computed in double, each row for itself.
#pragma once

#include <cstdint>
#include <span>

namespace hearth {

// The logarithm of the sum of the exponentials: a logit less this is the logarithm of its probability.
double log_sum_exp(std::span<const float> logits);

// How many nats a token costs more, on average, if it is foretold by `logits` and `reference` is right.
double kl_divergence(std::span<const float> logits, std::span<const float> reference);

// Numbers that come one after the other: their mean, and how far it may be from that of all texts of the kind.
class Mean {
 public:
  void add(double number) {
    ++count_;
    double step = number - mean_;
    mean_ += step / static_cast<double>(count_);
    squares_ += step * (number - mean_);
  }
  int64_t count() const { return count_; }
  double value() const { return mean_; }
  double error() const;  // one standard error; 0 of fewer than two numbers

 private:
  int64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

}  // namespace hearth
