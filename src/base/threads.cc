#include "base/threads.h"

#include <algorithm>

#include "base/topology.h"

namespace hearth {

namespace {

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr int32_t kSpins = 4000;     // about as long as a sleep and a wake would take
constexpr int32_t kMostRest = 1023;  // waits

}  // namespace

template <class T>
void Patience::wait_while(std::atomic<T>& value, T old) {
  if (value.load(std::memory_order_acquire) != old) return;
  int32_t rest = rest_.load(std::memory_order_relaxed);
  if (ever_ && rest == 0) {
    for (int32_t i = 0; i < kSpins; ++i) {
      relax();
      if (value.load(std::memory_order_acquire) != old) {
        last_rest_.store(0, std::memory_order_relaxed);
        return;
      }
    }
    rest = std::min(2 * last_rest_.load(std::memory_order_relaxed) + 1, kMostRest);
    last_rest_.store(rest, std::memory_order_relaxed);
    rest_.store(rest, std::memory_order_relaxed);
  } else if (rest > 0) {
    rest_.store(rest - 1, std::memory_order_relaxed);
  }
  value.wait(old, std::memory_order_acquire);
}

// The last to come opens the next round; its release, and the acquire of those who wait for it, order all
// that was written before. The counter is reset before the round changes, so nobody can come too early.
void Barrier::wait() {
  if (parties_ == 1) return;
  uint32_t round = round_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == parties_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    round_.notify_all();
  } else {
    patience_.wait_while(round_, round);
  }
}

ThreadPool::ThreadPool(int32_t threads)
    : threads_(threads > 0 ? threads : default_threads()),
      // With more threads than processors, to spin is to keep from working whoever is waited for.
      barrier_(threads_, threads_ <= topology().processors),
      start_(threads_ <= topology().processors),
      finish_(threads_ <= topology().processors) {
  helpers_.reserve(threads_ - 1);
  for (int32_t i = 1; i < threads_; ++i) helpers_.emplace_back([this, i] { serve(i); });
}

ThreadPool::~ThreadPool() {
  stop_ = true;
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void ThreadPool::run(const std::function<void(Worker)>& work) {
  std::lock_guard turn(turn_);
  int32_t helpers = static_cast<int32_t>(helpers_.size());
  if (helpers > 0) {
    work_ = &work;
    working_.store(helpers, std::memory_order_relaxed);
    started_.fetch_add(1, std::memory_order_release);
    started_.notify_all();
  }
  work(Worker{0, threads()});
  if (helpers == 0) return;
  for (int32_t left; (left = working_.load(std::memory_order_acquire)) != 0;)
    finish_.wait_while(working_, left);
}

void ThreadPool::serve(int32_t index) {
  const Topology& machine = topology();
  const Worker worker{index, threads()};
  stay_on_node(machine.core_of(index, threads()).node);
  for (uint32_t seen = 0;;) {
    start_.wait_while(started_, seen);
    ++seen;
    if (stop_) return;
    (*work_)(worker);
    if (working_.fetch_sub(1, std::memory_order_acq_rel) == 1) working_.notify_one();
  }
}

}  // namespace hearth
