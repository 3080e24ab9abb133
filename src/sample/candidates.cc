#include "sample/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

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

}  // namespace

TokenId greatest(std::span<const float> logits) {
  float best = greatest_logit(logits);
  auto found = std::find(logits.begin(), logits.end(), best);
  return found == logits.end() ? 0 : static_cast<TokenId>(found - logits.begin());
}

void Candidates::begin(std::span<const float> logits, TokenMask mask) {
  logits_ = logits;
  mask_ = mask;
  gathered_ = false;
  changed_.clear();
  heat_ = 1;
}

void Candidates::gather() {
  if (gathered_) return;
  gathered_ = true;
  all_.clear();
  for (size_t i = 0; i < logits_.size(); ++i) {
    if (is_allowed(mask_, i)) all_.push_back({logits_[i], static_cast<TokenId>(i)});
  }
  clean();
}

// Makes sense of logits that are no numbers: NaN cannot be chosen; beside an infinite one nothing else can; where
// nothing can be chosen, everything can.
void Candidates::clean() {
  best_ = -kInfinity;
  for (const Candidate& candidate : all_) best_ = candidate.logit > best_ ? candidate.logit : best_;
  sorted_ = 0;
  bool odd = std::isinf(best_);
  for (Candidate& candidate : all_) {
    if (best_ == kInfinity) candidate.logit = candidate.logit == kInfinity ? 0 : -kInfinity;
    if (best_ == -kInfinity) candidate.logit = 0;
    if (std::isnan(candidate.logit)) candidate.logit = -kInfinity;
  }
  if (odd) best_ = 0;
}

void Candidates::adjust(std::span<const TokenId> ids, const Change& change) {
  auto changed = [&](TokenId id, float logit) {
    return static_cast<float>(change(id, double{logit} / heat_) * heat_);
  };
  if (!gathered_) {
    if (changed_.empty()) {
      changed_.assign(logits_.begin(), logits_.end());
      logits_ = changed_;
    }
    for (TokenId id : ids) {
      if (id >= 0 && static_cast<size_t>(id) < changed_.size())
        changed_[static_cast<size_t>(id)] = changed(id, changed_[static_cast<size_t>(id)]);
    }
    return;
  }
  std::vector<TokenId> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  for (Candidate& candidate : all_) {
    if (std::binary_search(sorted.begin(), sorted.end(), candidate.id))
      candidate.logit = changed(candidate.id, candidate.logit);
  }
  clean();
}

void Candidates::keep_best(size_t count) {
  count = std::max<size_t>(count, 1);
  if (gathered_) {
    sort_first(count);
    resize(std::min(count, all_.size()));
    return;
  }
  all_.clear();
  size_t at = 0;
  for (; at < logits_.size() && all_.size() < count; ++at) {
    if (is_allowed(mask_, at) && !std::isnan(logits_[at]))
      all_.push_back({logits_[at], static_cast<TokenId>(at)});
  }
  if (all_.size() == count) {
    // A heap of the best so far, its worst on top: almost every logit loses one comparison, and NaN all of them.
    std::make_heap(all_.begin(), all_.end());
    auto offer = [&](size_t i) {
      if (!(logits_[i] > all_.front().logit) || !is_allowed(mask_, i)) return;
      std::pop_heap(all_.begin(), all_.end());
      all_.back() = {logits_[i], static_cast<TokenId>(i)};
      std::push_heap(all_.begin(), all_.end());
    };
    for (; at + kLanes <= logits_.size(); at += kLanes) {
      if (!any_greater(&logits_[at], all_.front().logit)) continue;
      for (size_t lane = 0; lane < kLanes; ++lane) offer(at + lane);
    }
    for (; at < logits_.size(); ++at) offer(at);
    std::sort_heap(all_.begin(), all_.end());
    best_ = all_.front().logit;
    if (!std::isinf(best_)) {
      gathered_ = true;
      sorted_ = all_.size();
      return;
    }
  }
  // Too few numbers, or infinite ones: what then may be chosen takes a look at all.
  gather();
  sort_first(count);
  resize(std::min(count, all_.size()));
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

void Candidates::resize(size_t count) {
  all_.resize(count);
  sorted_ = std::min(sorted_, count);
}

double Candidates::weight(const Candidate& candidate) const {
  return softmax_exp((double{candidate.logit} - best_) / heat_);
}

TokenId Candidates::best_one() {
  if (!gathered_ && mask_.empty()) return greatest(logits_);
  keep_best(1);
  return all_.front().id;
}

std::span<const Candidates::Candidate> Candidates::best(size_t count) {
  gather();
  sort_first(count);
  return std::span(all_).first(std::min(count, all_.size()));
}

std::span<const double> Candidates::probabilities() {
  gather();
  probabilities_.resize(all_.size());
  double sum = 0;
  for (size_t i = 0; i < all_.size(); ++i) sum += probabilities_[i] = weight(all_[i]);
  for (double& probability : probabilities_) probability /= sum;
  return probabilities_;
}

void Candidates::keep_top_p(double share, size_t least) {
  if (share >= 1) return;
  gather();
  double sum = 0;
  for (const Candidate& candidate : all_) sum += weight(candidate);
  double reached = 0;
  for (size_t i = 0; i < all_.size(); ++i) {
    // Few are wanted as a rule: 64 are sorted first, then eight times as many each time.
    if (i == sorted_) sort_first(std::max<size_t>(64, sorted_ * 8));
    reached += weight(all_[i]);
    if (reached < share * sum || i + 1 < least) continue;
    resize(i + 1);
    break;
  }
}

void Candidates::keep_min_p(double share, size_t least) {
  if (share <= 0) return;
  gather();
  size_t fixed = least <= 1 ? 0 : std::min(least, all_.size());  // the best one is kept by its share
  sort_first(fixed);
  auto is_kept = [&](const Candidate& c) { return weight(c) >= share; };
  size_t kept = fixed, kept_sorted = fixed;
  for (size_t i = fixed; i < all_.size(); ++i) {
    if (!is_kept(all_[i])) continue;
    kept_sorted += i < sorted_;
    all_[kept++] = all_[i];
  }
  all_.resize(kept);
  sorted_ = kept_sorted;
}

void Candidates::keep_typical(double share, size_t least) {
  if (share >= 1) return;
  gather();
  sort_first(all_.size());
  auto p = probabilities();
  std::vector<double> surprise(all_.size());
  double entropy = 0;
  for (size_t i = 0; i < all_.size(); ++i) {
    surprise[i] = -sampling_log(p[i]);
    if (p[i] > 0) entropy += p[i] * surprise[i];
  }
  std::vector<size_t> order(all_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::abs(surprise[a] - entropy) < std::abs(surprise[b] - entropy);
  });
  double reached = 0;
  size_t count = 0;
  while (count < order.size() && (reached <= share || count < least)) reached += p[order[count++]];
  order.resize(std::max<size_t>(count, 1));
  std::sort(order.begin(), order.end());  // the best ones first again
  for (size_t i = 0; i < order.size(); ++i) all_[i] = all_[order[i]];
  all_.resize(order.size());
  sorted_ = all_.size();
  best_ = all_.front().logit;
}

void Candidates::keep_within_sigma(double count) {
  gather();
  double sum = 0, squares = 0;
  size_t finite = 0;
  for (const Candidate& candidate : all_) {
    if (candidate.logit == -kInfinity) continue;
    sum += candidate.logit;
    ++finite;
  }
  double mean = sum / static_cast<double>(finite);
  for (const Candidate& candidate : all_) {
    double distance = candidate.logit - mean;
    if (candidate.logit != -kInfinity) squares += distance * distance;
  }
  double least = best_ - count * std::sqrt(squares / static_cast<double>(finite));
  size_t kept_sorted = 0;
  for (size_t i = 0; i < sorted_; ++i) kept_sorted += all_[i].logit >= least;
  std::erase_if(all_, [&](const Candidate& candidate) { return candidate.logit < least; });
  sorted_ = kept_sorted;
}

void Candidates::leave_out_top(double threshold, size_t least) {
  gather();
  sort_first(all_.size());
  auto p = probabilities();
  size_t probable = 0;
  while (probable < all_.size() && p[probable] >= threshold) ++probable;
  if (probable < 2 || all_.size() - (probable - 1) < least) return;
  all_.erase(all_.begin(), all_.begin() + static_cast<ptrdiff_t>(probable - 1));
  sorted_ = all_.size();
  best_ = all_.front().logit;
}

void Candidates::keep_unsurprising(double bits) {
  gather();
  sort_first(all_.size());
  auto p = probabilities();
  // -log2 p <= bits
  double least = sampling_exp(-bits * 0x1.62e42fefa39efp-1);
  size_t count = 1;
  while (count < all_.size() && p[count] >= least) ++count;
  resize(count);
}

void Candidates::heat(double temperature) {
  if (temperature > 0) {
    heat_ = std::clamp(heat_ * temperature, 1e-300, 1e300);  // however often it is applied
  } else {
    keep_best(1);
  }
}

double Candidates::relative_entropy() {
  auto p = probabilities();
  if (p.size() < 2) return 0;
  double entropy = 0;
  for (double each : p) {
    if (each > 0) entropy -= each * sampling_log(each);
  }
  return std::clamp(entropy / sampling_log(static_cast<double>(p.size())), 0.0, 1.0);
}

TokenId Candidates::draw(Random& random) {
  return draw(random, [](double probability) { return probability; }).id;
}

Candidates::Drawn Candidates::draw(Random& random, const std::function<double(double)>& weigh) {
  auto p = probabilities();
  double sum = 0;
  for (double each : p) sum += each > 0 ? weigh(each) : 0;
  double point = random.uniform() * sum;
  Drawn last{all_.front().id, p[0]};
  for (size_t i = 0; i < p.size(); ++i) {
    double weight = p[i] > 0 ? weigh(p[i]) : 0;
    if (weight == 0) continue;
    last = {all_[i].id, p[i]};
    if (point < weight) break;
    point -= weight;
  }
  return last;
}

}  // namespace hearth
