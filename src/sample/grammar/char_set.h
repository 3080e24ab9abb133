// Sets of Unicode characters, and the bytes that spell them. Surrogates are no characters and are in no set.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::grammar {

inline constexpr uint32_t kLastChar = 0x10FFFF;

class CharSet {
 public:
  struct Range {
    uint32_t first, last;
    bool operator==(const Range&) const = default;
  };

  CharSet() = default;
  CharSet(std::initializer_list<Range> ranges) {
    for (Range range : ranges) add(range.first, range.last);
  }
  static CharSet all() { return {{0, kLastChar}}; }

  // Any order, overlaps and surrogates allowed; what lies past U+10FFFF is left out.
  void add(uint32_t first, uint32_t last);
  void add(const CharSet& other);
  CharSet inverted() const;
  CharSet minus(const CharSet& other) const;

  // Sorted, with gaps between.
  const std::vector<Range>& ranges() const;
  bool empty() const { return ranges().empty(); }
  bool contains(uint32_t code) const;
  bool operator==(const CharSet& other) const { return ranges() == other.ranges(); }

 private:
  mutable std::vector<Range> ranges_;
  mutable bool sorted_ = true;
};

// A run of characters whose spellings are all combinations of bytes, one from each range.
struct ByteRanges {
  struct Range {
    uint8_t first, last;
  };
  Range range[4];
  int size = 0;
};
std::vector<ByteRanges> utf8_ranges(const CharSet& set);

}  // namespace hearth::grammar
