// The ids of short words that were seen before. Text is made of few words: most of it is answered from here
// without a look at the vocabulary. Of fixed size; a newer word takes the place of an older one.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/hash.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

class WordCache {
 public:
  static constexpr size_t kMaxBytes = 30, kMaxIds = 8;

  // Where the ids of `word` are or would be. `word` has at most kMaxBytes, and at least one.
  struct Place {
    size_t index;
    std::span<const TokenId> ids;  // empty where it is not there
  };
  Place find(std::string_view word) {
    if (entries_.empty()) entries_.resize(kEntries);
    size_t index = hash_(word) >> (64 - kEntryBits);
    const Entry& entry = entries_[index];
    if (entry.size == word.size() && entry.spells(word)) return {index, {entry.ids.data(), entry.count}};
    return {index, {}};
  }

  // At a place that was found without ids.
  void put(Place place, std::string_view word, std::span<const TokenId> ids) {
    if (ids.empty() || ids.size() > kMaxIds) return;
    Entry& entry = entries_[place.index];
    entry.size = static_cast<uint8_t>(word.size());
    entry.count = static_cast<uint8_t>(ids.size());
    std::memcpy(entry.bytes.data(), word.data(), word.size());
    std::memcpy(entry.ids.data(), ids.data(), ids.size_bytes());
  }

 private:
  static constexpr int kEntryBits = 14;
  static constexpr size_t kEntries = size_t{1} << kEntryBits;
  struct alignas(64) Entry {
    uint8_t size = 0, count = 0;
    std::array<char, kMaxBytes> bytes;
    std::array<TokenId, kMaxIds> ids;

    // `word` is as long.
    bool spells(std::string_view word) const {
      std::string_view own(bytes.data(), word.size());
      return word.size() < 8 ? short_text_number(own) == short_text_number(word) : own == word;
    }
  };
  static_assert(sizeof(Entry) == 64);

  TextHash hash_;
  std::vector<Entry> entries_;
};

}  // namespace hearth
