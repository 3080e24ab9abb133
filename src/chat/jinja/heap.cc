#include "chat/jinja/heap.h"

#include <algorithm>

namespace hearth::jinja {

std::byte* Heap::take(size_t bytes) {
  bytes = (bytes + 15) & ~size_t{15};
  if (bytes > left_) {
    constexpr size_t kLargest = size_t{1} << 20;
    if (bytes > next_chunk_ / 4) {  // its own chunk, so that the rest of the current one is not lost
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
      return chunks_.back().get();
    }
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(next_chunk_));
    free_ = chunks_.back().get();
    left_ = next_chunk_;
    next_chunk_ = std::min(next_chunk_ * 2, kLargest);
  }
  std::byte* taken = free_;
  free_ += bytes;
  left_ -= bytes;
  return taken;
}

void Heap::set_failure(std::string message) {
  failed_ = true;
  failure_ = std::move(message);
  failed_at_ = at;
}

bool Heap::refuse_memory() {
  fail("the template made more than {} bytes of values", limits_.memory);
  return false;
}

bool Heap::refuse_steps() {
  fail("the template took more than {} steps", limits_.steps);
  return false;
}

bool Heap::refuse_depth() {
  fail("nested more than {} deep", limits_.depth);
  return false;
}

}  // namespace hearth::jinja
