// Lets few at a time do what keeps a processor busy, in the order in which they came, so that those who need little
// come in between. From any thread.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace hearth {

class Turns {
 public:
  explicit Turns(size_t at_once = 1) : free_(at_once) {}

  // Calls `begin`, which must not take long, now or when somebody gives a turn back.
  void take(std::function<void()> begin) {
    {
      std::lock_guard lock(mutex_);
      if (free_ == 0) return waiting_.push_back(std::move(begin));
      --free_;
    }
    begin();
  }
  void give_back() {
    std::function<void()> next;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        ++free_;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next();
  }
  // Nobody waits any more.
  void clear() {
    std::deque<std::function<void()>> dropped;
    std::lock_guard lock(mutex_);
    dropped.swap(waiting_);
  }

 private:
  std::mutex mutex_;
  size_t free_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace hearth
