// Byte-pair encoding: neighbours are joined, the most urgent pair first and the leftmost of equals, until no
// pair can be. n log n in the symbols of a word, however long it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/flat_map.h"

namespace hearth {

// What is joined: a token's id, or a number above all ids for what is no token by itself but part of some.
using SymbolId = uint32_t;
inline constexpr SymbolId kNoSymbol = ~SymbolId{0} - 1;  // can be joined with nothing

// Which pairs can be joined, how urgent it is (0 the most), and what they become.
class PairTable {
 public:
  struct Joined {
    uint32_t rank;
    SymbolId symbol;
  };

  // Of two rows for one pair the first counts.
  void insert(SymbolId left, SymbolId right, Joined joined) {
    pairs_.insert(key(left, right), uint64_t{joined.rank} << 32 | joined.symbol);
  }
  std::optional<Joined> find(SymbolId left, SymbolId right) const {
    auto value = pairs_.find(key(left, right));
    if (!value) return std::nullopt;
    return Joined{static_cast<uint32_t>(*value >> 32), static_cast<SymbolId>(*value)};
  }

 private:
  static uint64_t key(SymbolId left, SymbolId right) { return uint64_t{left} << 32 | right; }
  FlatMap pairs_;
};

// The symbols of one word, joined in place. Kept from word to word, for its memory.
class PairMerge {
 public:
  struct Symbol {
    SymbolId id;
    uint32_t begin, size;  // in the word
    uint32_t next;         // the neighbours that are still there
    uint32_t prev;
  };

  void clear() { symbols_.clear(); }
  void add(SymbolId id, uint32_t size) {
    uint32_t begin = symbols_.empty() ? 0 : symbols_.back().begin + symbols_.back().size;
    symbols_.push_back({id, begin, size, 0, 0});
  }

  void merge(const PairTable& table);

  // Calls each(symbol) for what is left.
  template <class Each>
  void for_each(Each&& each) const {
    for (uint32_t at = 0; at < symbols_.size(); at = symbols_[at].next) each(symbols_[at]);
  }

 private:
  // A pair that could be joined when it was found. Stale once either half has been joined with something
  // else, which shows in their sizes, since these only grow or become 0.
  struct Candidate {
    uint64_t order;  // rank, then place
    SymbolId joined;
    uint32_t size;
    uint32_t left() const { return static_cast<uint32_t>(order); }
    bool operator<(const Candidate& other) const { return order > other.order; }  // the heap's top is least
  };

  std::optional<Candidate> candidate(const PairTable& table, uint32_t left) const;

  std::vector<Symbol> symbols_;
  std::vector<Candidate> heap_;
};

}  // namespace hearth
