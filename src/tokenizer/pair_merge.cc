#include "tokenizer/pair_merge.h"

#include <algorithm>

namespace hearth {

std::optional<PairMerge::Candidate> PairMerge::candidate(const PairTable& table, uint32_t left) const {
  uint32_t right = symbols_[left].next;
  if (right >= symbols_.size()) return std::nullopt;
  auto joined = table.find(symbols_[left].id, symbols_[right].id);
  if (!joined) return std::nullopt;
  return Candidate{uint64_t{joined->rank} << 32 | left, joined->symbol,
                   symbols_[left].size + symbols_[right].size};
}

void PairMerge::merge(const PairTable& table) {
  uint32_t count = static_cast<uint32_t>(symbols_.size());
  for (uint32_t i = 0; i < count; ++i) {
    symbols_[i].next = i + 1;
    symbols_[i].prev = i - 1;  // of the first one: beyond the end
  }
  heap_.clear();
  for (uint32_t i = 0; i + 1 < count; ++i) {
    if (auto found = candidate(table, i)) heap_.push_back(*found);
  }
  std::make_heap(heap_.begin(), heap_.end());
  auto consider = [&](uint32_t left) {
    if (left >= count) return;
    if (auto found = candidate(table, left)) {
      heap_.push_back(*found);
      std::push_heap(heap_.begin(), heap_.end());
    }
  };

  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end());
    Candidate best = heap_.back();
    heap_.pop_back();
    Symbol& left = symbols_[best.left()];
    if (left.size == 0 || left.next >= count) continue;
    Symbol& right = symbols_[left.next];
    if (left.size + right.size != best.size) continue;

    left.id = best.joined;
    left.size = best.size;
    left.next = right.next;
    right.size = 0;
    if (left.next < count) symbols_[left.next].prev = best.left();
    consider(left.prev);
    consider(best.left());
  }
}

}  // namespace hearth
