// A map from 64-bit keys to 64-bit values that only grows: open addressing, one allocation, no deletion. It
// is what the hot loops of tokenizers look things up in, so a hit costs one cache line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tokenizer/hash.h"

namespace hearth {

class FlatMap {
 public:
  // Keeps the value that was there first. The key ~0 is not a key.
  bool insert(uint64_t key, uint64_t value) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    Slot& slot = slots_[place(key)];
    if (slot.key == key) return false;
    slot = {key, value};
    ++count_;
    return true;
  }

  std::optional<uint64_t> find(uint64_t key) const {
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[place(key)];
    if (slot.key != key) return std::nullopt;
    return slot.value;
  }

  size_t size() const { return count_; }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  struct Slot {
    uint64_t key, value;
  };

  // Where the key is, or the free slot where it would be: at most half of the slots are taken.
  size_t place(uint64_t key) const {
    size_t mask = slots_.size() - 1;
    size_t at = static_cast<size_t>(hash_mix(key ^ seed_, seed_)) & mask;
    while (slots_[at].key != key && slots_[at].key != kEmpty) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2, Slot{kEmpty, 0});
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != kEmpty) slots_[place(slot.key)] = slot;
    }
  }

  uint64_t seed_ = hash_seed();
  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace hearth
