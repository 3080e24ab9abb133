// Which tokens of a vocabulary a grammar allows at a place, remembered. A token that stays within the piece that it
// begins in is allowed or not whatever called the piece: that part is worked out once for a state. A token that runs
// past the end of the piece depends on the callers, and is worked out once for as much of them as it can reach.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sample/grammar/frontier.h"
#include "sample/grammar/vocabulary_trie.h"

namespace hearth::grammar {

// Any thread may use one at any time.
class TokenMasks {
 public:
  TokenMasks(const Automaton& automaton, std::shared_ptr<const VocabularyTrie> trie);

  // Sets the bits of the tokens that may come next, ends excepted. `frontier` is as before afterwards. False if
  // that took more steps than a token may: the grammar is too ambiguous.
  bool add(Frontier& frontier, std::span<uint64_t> mask);

  const VocabularyTrie& trie() const { return *trie_; }
  size_t memory_bytes() const;

 private:
  // The tokens that are allowed at some place reached through `parent`, and where in the trie the piece is left.
  struct Entry {
    uint64_t id;
    std::vector<uint64_t> bits;  // either these
    std::vector<TokenId> few;    // or these
    std::vector<uint32_t> exits;
    size_t memory_bytes() const {
      return sizeof(Entry) + 128 + bits.size() * 8 + few.size() * 4 + exits.size() * 4;
    }
  };
  using EntryPtr = std::shared_ptr<const Entry>;
  struct Key {
    uint64_t parent;  // 0: none
    StateId state;
    uint32_t count;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      uint64_t hash = (key.parent ^ uint64_t{key.state} << 32 ^ key.count) * 0x9E3779B97F4A7C15u;
      return static_cast<size_t>(hash ^ hash >> 32);
    }
  };

  uint32_t alike(StateId state, uint32_t count) const;
  EntryPtr find(const Entry* parent, StateId state, uint32_t count);
  std::optional<Entry> make(const Entry* parent, StateId state, uint32_t count) const;
  bool add_by_walking(Frontier& frontier, std::span<uint64_t> mask) const;

  const Automaton& automaton_;
  std::shared_ptr<const VocabularyTrie> trie_;
  mutable std::mutex mutex_;  // of what follows
  std::unordered_map<Key, EntryPtr, KeyHash> entries_;
  size_t bytes_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace hearth::grammar
