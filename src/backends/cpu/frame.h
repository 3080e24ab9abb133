// What a kernel sees: arrays whose places are known, the batch, and its part of the work.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/threads.h"
#include "ops/backend.h"

namespace hearth::cpu {

class Pages;

// A view that has its place: number (t, h, i) lies at data + t*row + h*head + i*step. Strides of 0 repeat.
template <class T>
struct Array {
  T* data = nullptr;
  Rows rows = Rows::tokens;
  int64_t heads = 1, width = 1;
  int64_t row = 0, head = 0, step = 1;

  T* at(int64_t t, int64_t h) const { return data + t * row + h * head; }
  explicit operator bool() const { return data != nullptr; }
};
using Input = Array<const float>;
using Output = Array<float>;
using Indices = Array<const int32_t>;

// The first thing in a batch that was wrong. Kernels note it and go on with what is harmless.
class Fault {
 public:
  void note(std::string message) {
    bool none = false;
    if (noted_.compare_exchange_strong(none, true, std::memory_order_relaxed)) message_ = std::move(message);
  }
  void clear() { noted_ = false; }
  // After all threads have met.
  Status status() const {
    if (noted_) return Error{"cpu: " + message_};
    return {};
  }

 private:
  std::atomic<bool> noted_{false};
  std::string message_;
};

// A batch, as all threads see it.
struct Frame {
  const Batch* batch = nullptr;
  int64_t rows[kRowKinds] = {};       // how many of each kind
  std::vector<int32_t> run_of_token;  // index into batch->runs
  Pages* memory = nullptr;            // of the sequences
  Pages* own = nullptr;               // of this batch alone, for attention that nothing remembers
  std::vector<int32_t> own_pages;     // for each run, where its pages of `own` begin
  Fault fault;

  int64_t count(Rows kind) const { return rows[static_cast<size_t>(kind)]; }
  // The token that row r of an array stands for.
  int64_t token(Rows kind, int64_t r) const { return kind == Rows::wanted ? batch->wanted[r] : r; }
  const Batch::Run& run_of(int64_t token) const { return batch->runs[run_of_token[token]]; }
};

// How much of a thread's part in a step has been taken. Each lies in a cache line of its own: threads would wait for each
// other's counting otherwise.
struct alignas(64) Taken {
  std::atomic<int64_t> count{0};
};

// A thread's part in one step.
struct Task {
  Frame& frame;
  Worker worker;
  Taken* taken;        // shared by the threads, one for the part of each, 0 when the step begins
  std::byte* scratch;  // this thread's own, aligned to 64 bytes
  Worker::Range slice{0, std::numeric_limits<int64_t>::max()};  // of the rows

  // The rows that are this thread's in steps that are split by rows: always the same ones, slice by slice.
  Worker::Range rows(Rows kind) const {
    auto [begin, end] = worker.part(frame.count(kind));
    return {std::max(begin, slice.begin), std::min(end, slice.end)};
  }

  // For steps whose work is shared out as threads become free: the next piece of [0, items), or false. Which
  // thread gets it changes nothing in the result. Each has its part of the items, one after the other, whose weights it
  // has laid out near itself; who has done with that helps the others, neighbours first.
  bool take(int64_t items, int64_t grain, Worker::Range& range) const {
    for (int32_t n = 0; n < worker.count; ++n) {
      const int32_t of = (worker.index + n) % worker.count;
      auto [begin, end] = Worker{of, worker.count}.part(items);
      range.begin = begin + taken[of].count.fetch_add(grain, std::memory_order_relaxed);
      range.end = std::min(end, range.begin + grain);
      if (range.begin < end) return true;
    }
    return false;
  }
};

}  // namespace hearth::cpu
