// Threads that start together and end together, and the barrier between the parts of their work. Made for
// thousands of short parts in a second: waiting threads spin for some microseconds before they sleep, so that
// a busy pool answers at once and an idle one costs nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth {

// One of `count` threads that work on something together.
struct Worker {
  int32_t index = 0, count = 1;

  // The part of `items` that is this worker's when each takes one piece.
  struct Range {
    int64_t begin, end;
  };
  Range part(int64_t items) const { return {items * index / count, items * (index + 1) / count}; }
};

// How long a wait spins before it sleeps. To spin answers at once where all threads run; where some of them wait
// for a processor it keeps it from them. So whoever spun in vain does without for a while, and for twice as
// long the next time.
class Patience {
 public:
  explicit Patience(bool ever = true) : ever_(ever) {}
  // Waits until `value` is no longer `old`.
  template <class T>
  void wait_while(std::atomic<T>& value, T old);

 private:
  const bool ever_;
  std::atomic<int32_t> rest_{0}, last_rest_{0};  // waits that are not to spin: still, and when it last failed
};

// Lets nobody pass until all have come. What was written before it is seen by everybody after it.
class Barrier {
 public:
  explicit Barrier(int32_t parties, bool spins = true) : parties_(parties), patience_(spins) {}

  void wait();

 private:
  const int32_t parties_;
  Patience patience_;
  alignas(64) std::atomic<int32_t> arrived_{0};
  alignas(64) std::atomic<uint32_t> round_{0};
};

// On machines with several nodes of memory, each thread stays on one. Among a node's cores the scheduler chooses: a
// thread that is held to a core waits there for whatever else runs on it, and all others for the thread.
class ThreadPool {
 public:
  // `threads` counts the caller of run(), which works too; 0 means default_threads().
  explicit ThreadPool(int32_t threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int32_t threads() const { return threads_; }

  // Calls `work` once in each thread and returns when all are done. Callers from several threads take turns.
  // Not to be called from within `work`, which must not throw.
  void run(const std::function<void(Worker)>& work);

  // For use within `work`, by every thread alike.
  void barrier() { barrier_.wait(); }

 private:
  void serve(int32_t index);

  const int32_t threads_;
  Barrier barrier_;
  Patience start_, finish_;
  std::mutex turn_;
  const std::function<void(Worker)>* work_ = nullptr;
  bool stop_ = false;
  alignas(64) std::atomic<uint32_t> started_{0};  // counts the runs; a change is the signal to begin
  alignas(64) std::atomic<int32_t> working_{0};
  std::vector<std::thread> helpers_;
};

}  // namespace hearth
