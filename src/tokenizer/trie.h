// Finds which of many texts stands at a place, a byte at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/flat_map.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

class Trie {
 public:
  void insert(std::string_view text, TokenId id) {
    uint64_t node = 0;
    for (char c : text) {
      edges_.insert(key(node, c), ids_.size());
      node = *edges_.find(key(node, c));
      if (node == ids_.size()) ids_.push_back(kNone);
    }
    ids_[node] = id;
  }

  using Node = uint64_t;
  static constexpr Node kRoot = 0;

  // Where `text` leads; nothing where no text begins with it.
  std::optional<Node> walk(std::string_view text) const {
    Node node = kRoot;
    for (char c : text) {
      auto next = edges_.find(key(node, c));
      if (!next) return std::nullopt;
      node = *next;
    }
    return node;
  }

  // Calls found(id, length) for every text that goes on from `node` with a beginning of `text`, the shortest
  // first.
  template <class Found>
  void prefixes(std::string_view text, Found&& found, Node node = kRoot) const {
    for (size_t at = 0; at < text.size(); ++at) {
      auto next = edges_.find(key(node, text[at]));
      if (!next) return;
      node = *next;
      if (ids_[node] != kNone) found(ids_[node], at + 1);
    }
  }

 private:
  static constexpr TokenId kNone = -1;
  static uint64_t key(uint64_t node, char byte) { return node << 8 | static_cast<uint8_t>(byte); }

  FlatMap edges_;
  std::vector<TokenId> ids_{kNone};  // by node; the first is the root
};

}  // namespace hearth
