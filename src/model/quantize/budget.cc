#include "model/quantize/budget.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"

namespace hearth {

namespace {

// The corners of the lower convex hull of an item's options, cheapest first: each next byte buys less than
// the one before it.
std::vector<size_t> hull_of(const std::vector<Option>& options) {
  std::vector<size_t> order(options.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Option &x = options[a], &y = options[b];
    return x.cost != y.cost ? x.cost < y.cost : x.error != y.error ? x.error < y.error : a < b;
  });
  auto cost = [&](size_t i) { return static_cast<double>(options[i].cost); };
  std::vector<size_t> hull;
  for (size_t next : order) {
    if (!hull.empty() && options[next].error >= options[hull.back()].error) continue;
    while (hull.size() >= 2) {
      size_t b = hull.back(), a = hull[hull.size() - 2];
      double buys_b = (options[a].error - options[b].error) / (cost(b) - cost(a));
      double buys_next = (options[a].error - options[next].error) / (cost(next) - cost(a));
      if (buys_b > buys_next) break;
      hull.pop_back();
    }
    hull.push_back(next);
  }
  return hull;
}

struct Step {
  double buys;  // error taken away by a byte
  size_t item, rank;
};

class Chooser {
 public:
  Chooser(std::span<const std::vector<Option>> items, uint64_t limit) : items_(items), left_(limit) {}

  bool choose() {
    std::vector<std::vector<size_t>> hulls;
    std::vector<Step> steps;
    for (const auto& options : items_) {
      hulls.push_back(hull_of(options));
      const auto& hull = hulls.back();
      chosen_.push_back(hull.front());
      if (options[hull.front()].cost > left_) return false;
      left_ -= options[hull.front()].cost;
      for (size_t rank = 1; rank < hull.size(); ++rank) {
        const Option &from = options[hull[rank - 1]], &to = options[hull[rank]];
        double buys = (from.error - to.error) / static_cast<double>(to.cost - from.cost);
        steps.push_back({buys, hulls.size() - 1, rank});
      }
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step& a, const Step& b) { return a.buys > b.buys; });
    for (const Step& step : steps) {
      const auto& hull = hulls[step.item];
      if (chosen_[step.item] == hull[step.rank - 1] && fits(step.item, hull[step.rank], 0)) {
        change(step.item, hull[step.rank]);
      }
    }
    // Each round makes the error smaller; the bound is against endless small gains.
    for (int round = 0; round < 200 && improve(); ++round) {}
    return true;
  }

  std::vector<size_t> chosen() && { return std::move(chosen_); }

 private:
  const Option& now(size_t item) const { return items_[item][chosen_[item]]; }
  bool fits(size_t item, size_t option, uint64_t freed) const {
    return items_[item][option].cost <= left_ + freed + now(item).cost;
  }
  void change(size_t item, size_t option) {
    left_ += now(item).cost;
    left_ -= items_[item][option].cost;
    chosen_[item] = option;
  }

  // A change of one item to an option with less error.
  struct Change {
    size_t item = 0, option = 0;
    double gain = 0;
    uint64_t needs = 0;  // bytes
  };

  // All such changes by what they need, and for each beginning of that list the best two, of different items.
  class Changes {
   public:
    explicit Changes(std::vector<Change> changes) : sorted_(std::move(changes)) {
      std::stable_sort(sorted_.begin(), sorted_.end(),
                       [](const Change& a, const Change& b) { return a.needs < b.needs; });
      Two best{};
      for (const Change& change : sorted_) {
        if (change.gain > best.first.gain) {
          if (change.item != best.first.item) best.second = best.first;
          best.first = change;
        } else if (change.item != best.first.item && change.gain > best.second.gain) {
          best.second = change;
        }
        best_.push_back(best);
      }
    }
    Change best_within(uint64_t bytes, size_t except) const {
      auto end = std::upper_bound(sorted_.begin(), sorted_.end(), bytes,
                                  [](uint64_t most, const Change& change) { return most < change.needs; });
      if (end == sorted_.begin()) return {};
      const Two& best = best_[static_cast<size_t>(end - sorted_.begin()) - 1];
      return best.first.item == except ? best.second : best.first;
    }

   private:
    struct Two {
      Change first, second;
    };
    std::vector<Change> sorted_;
    std::vector<Two> best_;
  };

  Changes changes() const {
    std::vector<Change> all;
    for (size_t i = 0; i < items_.size(); ++i) {
      for (size_t option = 0; option < items_[i].size(); ++option) {
        const Option& to = items_[i][option];
        double gain = now(i).error - to.error;
        if (gain > 0) all.push_back({i, option, gain, to.cost > now(i).cost ? to.cost - now(i).cost : 0});
      }
    }
    return Changes(std::move(all));
  }

  // One change, or a cheaper option for one item that pays a better one for another.
  bool improve() {
    const Changes all = changes();
    Change best = all.best_within(left_, items_.size());
    std::optional<std::pair<size_t, size_t>> cheaper;  // item and option
    for (size_t i = 0; i < items_.size(); ++i) {
      for (size_t option = 0; option < items_[i].size(); ++option) {
        if (items_[i][option].cost >= now(i).cost) continue;
        Change other = all.best_within(left_ + now(i).cost - items_[i][option].cost, i);
        other.gain -= items_[i][option].error - now(i).error;
        if (other.gain > best.gain) {
          best = other;
          cheaper = {i, option};
        }
      }
    }
    if (best.gain <= total_error() * 1e-12) return false;
    if (cheaper) change(cheaper->first, cheaper->second);
    change(best.item, best.option);
    return true;
  }

  double total_error() const {
    double total = 0;
    for (size_t i = 0; i < items_.size(); ++i) total += now(i).error;
    return total;
  }

  std::span<const std::vector<Option>> items_;
  uint64_t left_;
  std::vector<size_t> chosen_;
};

}  // namespace

std::optional<std::vector<size_t>> choose_within(std::span<const std::vector<Option>> items, uint64_t limit) {
  Chooser chooser(items, limit);
  if (!chooser.choose()) return std::nullopt;
  return std::move(chooser).chosen();
}

}  // namespace hearth
