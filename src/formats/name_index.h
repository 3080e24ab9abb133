// Finds things by name. Sorted, not hashed: the names come from strangers, who could choose them to collide.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

class NameIndex {
 public:
  NameIndex() = default;

  // The names stay where they are while the index lives.
  template <class Range, class NameOf>
  NameIndex(const Range& things, NameOf name_of) {
    sorted_.reserve(things.size());
    for (const auto& thing : things) {
      sorted_.emplace_back(name_of(thing), static_cast<uint32_t>(sorted_.size()));
    }
    std::sort(sorted_.begin(), sorted_.end());
  }

  // The first two things that share a name, if any do.
  std::optional<std::pair<size_t, size_t>> duplicate() const {
    auto same = std::adjacent_find(sorted_.begin(), sorted_.end(),
                                   [](const auto& a, const auto& b) { return a.first == b.first; });
    if (same == sorted_.end()) return std::nullopt;
    return std::pair<size_t, size_t>{same->second, std::next(same)->second};
  }

  std::optional<size_t> find(std::string_view name) const {
    auto found = std::lower_bound(sorted_.begin(), sorted_.end(), name,
                                  [](const auto& entry, std::string_view n) { return entry.first < n; });
    if (found == sorted_.end() || found->first != name) return std::nullopt;
    return found->second;
  }

 private:
  std::vector<std::pair<std::string_view, uint32_t>> sorted_;
};

}  // namespace hearth
