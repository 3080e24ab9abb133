// Threads for what takes longer than a connection's thread may wait: reading large bodies, rendering templates,
// tokenizing.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth {

class Workers {
 public:
  Workers(int32_t threads, size_t most_waiting);
  ~Workers() { stop(); }
  // Jobs that have not begun are dropped; those that have come to their end.
  void stop();

  // False: too many wait already.
  bool add(std::function<void()> job);

 private:
  void work();

  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hearth
