#include "chat/format/marks.h"

#include <algorithm>

namespace hearth {

uint32_t MarkFinder::child(uint32_t node, char c) const {
  for (auto [letter, next] : nodes_[node].next) {
    if (letter == c) return next;
  }
  return 0;
}

size_t MarkFinder::add(std::string_view mark) {
  if (mark.empty()) return kNone;
  auto known = std::find(marks_.begin(), marks_.end(), mark);
  if (known != marks_.end()) return static_cast<size_t>(known - marks_.begin());
  uint32_t node = 0;
  for (char c : mark) {
    uint32_t next = child(node, c);
    if (next == 0) {
      next = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({.depth = nodes_[node].depth + 1});
      nodes_[node].next.push_back({c, next});
    }
    node = next;
  }
  nodes_[node].mark = marks_.size();
  marks_.emplace_back(mark);
  return marks_.size() - 1;
}

void MarkFinder::build() {
  std::vector<uint32_t> queue{0};
  for (size_t i = 0; i < queue.size(); ++i) {
    for (auto [c, next] : nodes_[queue[i]].next) {
      uint32_t fallback = queue[i];
      while (fallback != 0) {
        fallback = nodes_[fallback].fallback;
        if (uint32_t longer = child(fallback, c)) {
          fallback = longer;
          break;
        }
      }
      nodes_[next].fallback = queue[i] == 0 ? 0 : fallback;
      queue.push_back(next);
    }
  }
}

void MarkFinder::take_mark(Found& found) {
  found.mark = whole_;
  found.again = held_.substr(marks_[whole_].size());
  held_.clear();
  whole_ = kNone;
  at_ = 0;
}

MarkFinder::Found MarkFinder::push(char c) {
  Found found;
  while (true) {
    if (uint32_t next = child(at_, c)) {
      at_ = next;
      held_ += c;
      if (nodes_[at_].mark != kNone) whole_ = nodes_[at_].mark;
      if (whole_ != kNone && nodes_[at_].next.empty()) take_mark(found);
      return found;
    }
    if (whole_ != kNone) {
      take_mark(found);
      found.again += c;
      return found;
    }
    if (at_ == 0) {
      found.text += c;
      return found;
    }
    uint32_t fallback = nodes_[at_].fallback;
    size_t freed = nodes_[at_].depth - nodes_[fallback].depth;
    found.text += held_.substr(0, freed);
    held_.erase(0, freed);
    at_ = fallback;
    // What is left may hold a mark, alone or as its beginning.
    for (uint32_t node = 0; char letter : held_) {
      node = child(node, letter);
      if (nodes_[node].mark != kNone) whole_ = nodes_[node].mark;
    }
  }
}

MarkFinder::Found MarkFinder::finish() {
  Found found;
  if (whole_ != kNone) {
    take_mark(found);
    return found;
  }
  found.text = std::move(held_);
  held_.clear();
  at_ = 0;
  return found;
}

}  // namespace hearth
