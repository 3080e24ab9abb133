// Finds marks in text that arrives byte by byte: the leftmost one, and of those that begin there the longest. Holds back
// only what may still become a mark; each byte is looked at a bounded number of times.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

class MarkFinder {
 public:
  // The number of the mark, the same for the same text; an empty one has none.
  size_t add(std::string_view mark);
  void build();

  static constexpr size_t kNone = SIZE_MAX;

  // What a byte, behind those that were pushed before, makes certain.
  struct Found {
    std::string text;     // not part of a mark
    size_t mark = kNone;  // that stands behind the text
    std::string again{};  // bytes behind the mark, which are to be pushed again, to whoever reads on
  };
  Found push(char c);
  // What was held back, once there is no more.
  Found finish();

  const std::string& held() const { return held_; }
  const std::string& mark(size_t number) const { return marks_[number]; }

 private:
  struct Node {
    std::vector<std::pair<char, uint32_t>> next{};
    uint32_t fallback = 0;  // the longest end of this text that is a beginning too
    size_t depth = 0;
    size_t mark = kNone;
  };
  uint32_t child(uint32_t node, char c) const;
  void take_mark(Found& found);

  std::vector<std::string> marks_;
  std::vector<Node> nodes_{Node{}};
  uint32_t at_ = 0;
  std::string held_;      // the text of at_, and what of it is a mark already
  size_t whole_ = kNone;  // the longest mark that held_ begins with
};

}  // namespace hearth
