#include "sample/grammar/char_set.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

constexpr uint32_t kFirstSurrogate = 0xD800, kLastSurrogate = 0xDFFF;

int spell(uint32_t code, uint8_t* bytes) {
  if (code < 0x80) {
    bytes[0] = static_cast<uint8_t>(code);
    return 1;
  }
  int size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (int i = size - 1; i > 0; --i, code >>= 6) bytes[i] = static_cast<uint8_t>(0x80 | (code & 0x3F));
  static constexpr uint8_t kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  bytes[0] = static_cast<uint8_t>(kLead[size] | code);
  return size;
}

}  // namespace

void CharSet::add(uint32_t first, uint32_t last) {
  last = std::min(last, kLastChar);
  auto add_part = [&](uint32_t from, uint32_t to) {
    if (from > to) return;
    sorted_ = sorted_ && (ranges_.empty() || ranges_.back().last + 1 < from);
    ranges_.push_back({from, to});
  };
  add_part(first, std::min(last, kFirstSurrogate - 1));
  add_part(std::max(first, kLastSurrogate + 1), last);
}

void CharSet::add(const CharSet& other) {
  for (Range range : other.ranges()) add(range.first, range.last);
}

const std::vector<CharSet::Range>& CharSet::ranges() const {
  if (sorted_) return ranges_;
  std::sort(ranges_.begin(), ranges_.end(), [](Range a, Range b) { return a.first < b.first; });
  size_t kept = 0;
  for (Range range : ranges_) {
    if (kept > 0 && range.first <= ranges_[kept - 1].last + 1) {
      ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
    } else {
      ranges_[kept++] = range;
    }
  }
  ranges_.resize(kept);
  sorted_ = true;
  return ranges_;
}

CharSet CharSet::inverted() const {
  CharSet result;
  uint32_t next = 0;
  for (Range range : ranges()) {
    if (range.first > next) result.add(next, range.first - 1);
    next = range.last + 1;
  }
  result.add(next, kLastChar);
  return result;
}

CharSet CharSet::minus(const CharSet& other) const {
  CharSet kept = inverted();
  kept.add(other);
  return kept.inverted();
}

bool CharSet::contains(uint32_t code) const {
  const auto& all = ranges();
  auto after = std::upper_bound(all.begin(), all.end(), code,
                                [](uint32_t value, Range range) { return value < range.first; });
  return after != all.begin() && code <= (after - 1)->last;
}

std::vector<ByteRanges> utf8_ranges(const CharSet& set) {
  std::vector<ByteRanges> result;
  std::vector<CharSet::Range> left(set.ranges().rbegin(), set.ranges().rend());
  while (!left.empty()) {
    auto [first, last] = left.back();
    left.pop_back();
    // Cut where the number of bytes changes, then until all bytes but those before some place are equal, and all
    // after it take every value.
    uint32_t cut = last;
    for (uint32_t border : {0x7Fu, 0x7FFu, 0xFFFFu}) {
      if (first <= border && border < cut) cut = border;
    }
    for (int bits = 6; cut == last && bits <= 18 && first > 0x7F; bits += 6) {
      uint32_t mask = (1u << bits) - 1;
      if ((first & ~mask) == (last & ~mask)) break;
      if ((first & mask) != 0) {
        cut = first | mask;
      } else if ((last & mask) != mask) {
        cut = (last & ~mask) - 1;
      }
    }
    if (cut < last) {
      left.push_back({cut + 1, last});
      left.push_back({first, cut});
      continue;
    }
    ByteRanges bytes;
    uint8_t low[4], high[4];
    bytes.size = spell(first, low);
    spell(last, high);
    for (int i = 0; i < bytes.size; ++i) bytes.range[i] = {low[i], high[i]};
    result.push_back(bytes);
  }
  return result;
}

}  // namespace hearth::grammar
