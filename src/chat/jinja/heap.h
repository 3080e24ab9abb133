// What one render may use: memory, steps, nesting; and the first thing that went wrong.
//
// Whatever a template makes lives here until its render ends. Values are therefore plain pointers, cheap to
// copy, and free to refer to each other in circles. Once something has failed the render is over: functions may
// go on with empty results until the evaluator notices, but only the first failure is told.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hearth::jinja {

struct Limits {
  uint64_t steps = 10'000'000;            // evaluated nodes, visited items, and pieces of text
  uint64_t memory = uint64_t{128} << 20;  // bytes of all that the template makes
  uint64_t output = uint64_t{8} << 20;    // bytes of the rendered text
  uint32_t depth = 800;                   // nesting of evaluation, and of values
};

struct Position {
  uint32_t line = 1;
  uint32_t column = 1;  // in characters
};

class Heap {
 public:
  explicit Heap(const Limits& limits) : limits_(limits) {}

  // One small object. Never refused, so that its callers need no check: steps bound how many there are.
  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T> && sizeof(T) <= 256);
    memory_ += sizeof(T);
    return new (take(sizeof(T))) T{std::forward<Args>(args)...};
  }

  // Room for `count` objects, not yet constructed; empty when that is more memory than is left.
  template <class T>
  std::span<T> room(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>);
    if (count == 0 || !spend_memory(count, sizeof(T))) return {};
    return {reinterpret_cast<T*>(take(count * sizeof(T))), count};
  }

  // Counts memory that lives elsewhere, or work that is done. False: that was too much, the render has failed.
  bool spend_memory(uint64_t count, uint64_t size = 1) {
    if (memory_ > limits_.memory || count > (limits_.memory - memory_) / size) return refuse_memory();
    memory_ += count * size;
    return true;
  }
  bool spend_steps(uint64_t count) {
    steps_ += count;
    return steps_ <= limits_.steps || refuse_steps();
  }
  bool spend_bytes(uint64_t bytes) { return spend_steps(bytes / 64); }      // text copied or searched
  bool spend_characters(uint64_t bytes) { return spend_steps(bytes / 8); }  // text looked at one by one

  // One more level of nesting. False: too deep. leave() is due either way.
  bool enter() { return ++depth_ <= limits_.depth || refuse_depth(); }
  void leave() { --depth_; }

  template <class... Args>
  void fail(fmt::format_string<Args...> format, Args&&... args) {
    if (!failed_) set_failure(fmt::format(format, std::forward<Args>(args)...));
  }
  bool failed() const { return failed_; }
  const std::string& failure() const { return failure_; }
  Position failed_at() const { return failed_at_; }

  Position at;  // where in the template evaluation is, for messages

  const Limits& limits() const { return limits_; }
  uint64_t steps() const { return steps_; }
  uint64_t memory() const { return memory_; }

 private:
  std::byte* take(size_t bytes);
  void set_failure(std::string message);
  bool refuse_memory();
  bool refuse_steps();
  bool refuse_depth();

  Limits limits_;
  uint64_t steps_ = 0;
  uint64_t memory_ = 0;
  uint32_t depth_ = 0;
  bool failed_ = false;
  std::string failure_;
  Position failed_at_;

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* free_ = nullptr;
  size_t left_ = 0;
  size_t next_chunk_ = size_t{16} << 10;
};

// One level of nesting, for as long as it lives.
class Level {
 public:
  explicit Level(Heap& heap) : heap_(heap), ok_(heap.enter()) {}
  ~Level() { heap_.leave(); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  bool ok() const { return ok_; }

 private:
  Heap& heap_;
  bool ok_;
};

// A list that grows on the heap.
template <class T>
class Growing {
 public:
  void push(Heap& heap, const T& item) {
    if (size_ == room_.size()) {
      std::span<T> larger = heap.room<T>(size_ == 0 ? 4 : size_ * 2);
      if (larger.empty()) return;
      std::uninitialized_copy_n(room_.data(), size_, larger.data());
      room_ = larger;
    }
    new (&room_[size_++]) T(item);
  }
  std::span<T> items() const { return room_.first(size_); }
  size_t size() const { return size_; }
  void clear() { size_ = 0; }

 private:
  std::span<T> room_;
  size_t size_ = 0;
};

}  // namespace hearth::jinja
