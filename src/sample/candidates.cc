#include "sample/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sample/exponential.h"

namespace hearth {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Logits are looked at so many at a time, in loops that compilers turn into vectors.
constexpr size_t kLanes = 16;

// A NaN loses every comparison.
float greatest_logit(std::span<const float> logits) {
  std::array<float, kLanes> lanes;
  lanes.fill(-kInfinity);
  size_t at = 0;
  for (; at + kLanes <= logits.size(); at += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = logits[at + lane] > lanes[lane] ? logits[at + lane] : lanes[lane];
  }
  float best = -kInfinity;
  for (float lane : lanes) best = std::max(best, lane);
  for (; at < logits.size(); ++at) best = logits[at] > best ? logits[at] : best;
  return best;
}

bool any_greater(const float* logits, float than) {
  int any = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) any |= logits[lane] > than;
  return any != 0;
}

// Makes sense of logits that are no numbers: NaN cannot be chosen; beside an infinite one nothing else can;
// where nothing can be chosen, everything can.
class Cleaner {
 public:
  explicit Cleaner(float best) : best_(best) {}
  float best() const { return std::isinf(best_) ? 0 : best_; }
  float operator()(float logit) const {
    if (best_ == -kInfinity) return 0;
    if (best_ == kInfinity) return logit == kInfinity ? 0 : -kInfinity;
    return std::isnan(logit) ? -kInfinity : logit;
  }

 private:
  float best_;
};

}  // namespace

TokenId greatest(std::span<const float> logits) {
  float best = greatest_logit(logits);
  auto found = std::find(logits.begin(), logits.end(), best);
  return found == logits.end() ? 0 : static_cast<TokenId>(found - logits.begin());
}

void Candidates::gather(std::span<const float> logits) {
  Cleaner clean(greatest_logit(logits));
  best_ = clean.best();
  all_.resize(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) all_[i] = {clean(logits[i]), static_cast<TokenId>(i)};
  sorted_ = 0;
}

void Candidates::gather_best(std::span<const float> logits, size_t count) {
  best_ = greatest_logit(logits);
  if (count >= logits.size() || std::isinf(best_)) {
    gather(logits);
    sort_first(count);
    all_.resize(sorted_);
    return;
  }
  Cleaner clean(best_);
  all_.clear();
  for (size_t i = 0; i < count; ++i) all_.push_back({clean(logits[i]), static_cast<TokenId>(i)});
  // A heap of the best so far, its worst on top: almost every logit loses one comparison, and NaN all of them.
  std::make_heap(all_.begin(), all_.end());
  auto offer = [&](size_t i) {
    if (!(logits[i] > all_.front().logit)) return;
    std::pop_heap(all_.begin(), all_.end());
    all_.back() = {logits[i], static_cast<TokenId>(i)};
    std::push_heap(all_.begin(), all_.end());
  };
  size_t at = count;
  for (; at + kLanes <= logits.size(); at += kLanes) {
    if (!any_greater(&logits[at], all_.front().logit)) continue;
    for (size_t lane = 0; lane < kLanes; ++lane) offer(at + lane);
  }
  for (; at < logits.size(); ++at) offer(at);
  std::sort_heap(all_.begin(), all_.end());
  sorted_ = all_.size();
}

void Candidates::sort_first(size_t count) {
  count = std::min(count, all_.size());
  if (count <= sorted_) return;
  auto begin = all_.begin() + static_cast<ptrdiff_t>(sorted_);
  auto end = all_.begin() + static_cast<ptrdiff_t>(count);
  if (end != all_.end()) std::nth_element(begin, end, all_.end());
  std::sort(begin, end);
  sorted_ = count;
}

void Candidates::keep_top_p(double share) {
  if (share >= 1) return;
  double sum = 0;
  for (const Candidate& candidate : all_) sum += softmax_exp(double{candidate.logit} - best_);
  double reached = 0;
  for (size_t i = 0; i < all_.size(); ++i) {
    // Few are wanted as a rule: 64 are sorted first, then eight times as many each time.
    if (i == sorted_) sort_first(std::max<size_t>(64, sorted_ * 8));
    reached += softmax_exp(double{all_[i].logit} - best_);
    if (reached < share * sum) continue;
    all_.resize(i + 1);
    break;
  }
  sorted_ = std::min(sorted_, all_.size());
}

void Candidates::keep_min_p(double share) {
  if (share <= 0) return;
  auto is_kept = [&](const Candidate& c) { return softmax_exp(double{c.logit} - best_) >= share; };
  size_t kept_sorted = static_cast<size_t>(
      std::count_if(all_.begin(), all_.begin() + static_cast<ptrdiff_t>(sorted_), is_kept));
  std::erase_if(all_, [&](const Candidate& c) { return !is_kept(c); });
  sorted_ = kept_sorted;
}

TokenId Candidates::draw(double temperature, Random& random) {
  weights_.resize(all_.size());
  double sum = 0;
  for (size_t i = 0; i < all_.size(); ++i) {
    weights_[i] = softmax_exp((double{all_[i].logit} - best_) / temperature);
    sum += weights_[i];
  }
  double point = random.uniform() * sum;
  TokenId last = all_.front().id;
  for (size_t i = 0; i < all_.size(); ++i) {
    if (weights_[i] == 0) continue;
    last = all_[i].id;
    if (point < weights_[i]) break;
    point -= weights_[i];
  }
  return last;
}

}  // namespace hearth
