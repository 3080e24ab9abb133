// Places of one kind, pages of a table or slots, each of them held by as many as share it. One of those may be a keeper,
// which gives up at once what nobody else holds: such places are idle.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hearth {

class Pool {
 public:
  explicit Pool(int32_t size)
      : holders_(static_cast<size_t>(size)), kept_(holders_.size()), free_(holders_.size()) {
    for (int32_t i = 0; i < size; ++i) free_[static_cast<size_t>(i)] = size - 1 - i;
  }

  // A place that nobody holds, now held once; nothing if all are held.
  std::optional<int32_t> take() {
    if (free_.empty()) return std::nullopt;
    int32_t place = free_.back();
    free_.pop_back();
    holders_[static_cast<size_t>(place)] = 1;
    return place;
  }
  void hold(int32_t place) {
    if (is_idle(place)) --idle_;
    ++holders_[static_cast<size_t>(place)];
  }
  void release(int32_t place) {
    if (--holders_[static_cast<size_t>(place)] == 0) free_.push_back(place);
    if (is_idle(place)) ++idle_;
  }

  // A hold that is there already becomes the keeper's, until it gives the place up.
  void keep(int32_t place) {
    kept_[static_cast<size_t>(place)] = true;
    if (is_idle(place)) ++idle_;
  }
  void give_up(int32_t place) {
    if (is_idle(place)) --idle_;
    kept_[static_cast<size_t>(place)] = false;
    release(place);
  }

  int32_t holders(int32_t place) const { return holders_[static_cast<size_t>(place)]; }
  int32_t size() const { return static_cast<int32_t>(holders_.size()); }
  int32_t free() const { return static_cast<int32_t>(free_.size()); }
  int32_t idle() const { return idle_; }

 private:
  bool is_idle(int32_t place) const {
    return kept_[static_cast<size_t>(place)] && holders_[static_cast<size_t>(place)] == 1;
  }

  std::vector<int32_t> holders_;
  std::vector<bool> kept_;
  std::vector<int32_t> free_;
  int32_t idle_ = 0;
};

}  // namespace hearth
