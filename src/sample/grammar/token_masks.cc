#include "sample/grammar/token_masks.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

// Beyond this all is forgotten and begun again.
constexpr size_t kMostBytes = size_t{32} << 20;
// Steps of a frontier for the tokens of one place, at some 10 to 100 ns each.
constexpr uint64_t kMostSteps = 8'000'000;
// Chains of callers looked at for one mask before it is worked out by a plain walk instead.
constexpr size_t kMostVisits = 64;

void set_bit(std::span<uint64_t> mask, TokenId id) {
  mask[static_cast<size_t>(id) / 64] |= uint64_t{1} << (static_cast<size_t>(id) % 64);
}

template <class Number>
void make_unique(std::vector<Number>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  numbers.shrink_to_fit();
}

// Walks the part of the trie below `top`, from where the frontier is. At each node that can be reached:
// arrive(node, whether the frontier's root is left there).
template <class Arrive>
bool walk(const Automaton& automaton, const VocabularyTrie& trie, uint32_t top, Frontier& frontier,
          uint64_t most_steps, const Arrive& arrive) {
  // Where the walk is at each depth. One deterministic place that only moves on, which is what most of a vocabulary
  // is walked through with, is known by its state; the frontier is brought there when more happens.
  struct Level {
    Frontier::Mark mark;
    StateId alone = kNoState;
    bool may_leave = false;  // being done with its piece is being done with the frontier's root
  };
  auto level = [&] {
    Level result{frontier.mark()};
    auto items = frontier.items();
    if (items.size() == 1 && automaton.state(items[0].state).deterministic) {
      result.alone = items[0].state;
      result.may_leave =
          items[0].node == Frontier::kRoot && !automaton.piece(automaton.state(result.alone).piece).counts();
    }
    return result;
  };
  std::vector<Level> levels(1, level());
  const Frontier::Mark start = levels[0].mark;
  uint16_t base = trie.node(top).depth;
  bool done = true;
  for (uint32_t at = top + 1; at < trie.node(top).end;) {
    const auto& node = trie.node(at);
    levels.resize(static_cast<size_t>(node.depth - base), levels[0]);
    Level before = levels.back();
    if (before.alone != kNoState) {
      StateId next = automaton.next(automaton.state(before.alone), node.byte);
      if (next == kNoState) {
        at = node.end;
        continue;
      }
      const auto& state = automaton.state(next);
      if (!state.calls && (!state.accepting || before.may_leave)) {
        arrive(at, state.accepting);
        at = state.waits() ? at + 1 : node.end;
        before.alone = next;
        levels.push_back(before);
        continue;
      }
    }
    frontier.go_back(before.mark);
    if (before.alone != kNoState) frontier.move_to(before.alone);
    if (!frontier.step(node.byte)) {
      at = node.end;
      if (!frontier.spent()) continue;
      done = false;
      break;
    }
    if (frontier.steps() > most_steps) {
      done = false;
      break;
    }
    arrive(at, frontier.complete());
    if (frontier.items().empty()) {
      at = node.end;
    } else {
      levels.push_back(level());
      ++at;
    }
  }
  frontier.go_back(start);
  return done;
}

bool has_child_in(const VocabularyTrie& trie, uint32_t top, const ByteSet& bytes) {
  for (uint32_t at = top + 1; at < trie.node(top).end; at = trie.node(at).end) {
    if (bytes[trie.node(at).byte]) return true;
  }
  return false;
}

}  // namespace

TokenMasks::TokenMasks(const Automaton& automaton, std::shared_ptr<const VocabularyTrie> trie)
    : automaton_(automaton), trie_(std::move(trie)) {}

// Counts from which no token can get to a bound are alike.
uint32_t TokenMasks::alike(StateId state, uint32_t count) const {
  const auto& piece = automaton_.piece(automaton_.state(state).piece);
  uint32_t reach = trie_->longest() + 1;
  if (piece.least > reach && count < piece.least - reach) return piece.least - reach - 1;
  if (count >= piece.least &&
      (piece.most == kUnbounded || (piece.most > reach && count < piece.most - reach)))
    return piece.least;
  return count;
}

TokenMasks::EntryPtr TokenMasks::find(const Entry* parent, StateId state, uint32_t count) {
  Key key{parent ? parent->id : 0, state, alike(state, count)};
  {
    std::lock_guard lock(mutex_);
    if (auto known = entries_.find(key); known != entries_.end()) return known->second;
  }
  auto made = make(parent, state, key.count);
  if (!made) return nullptr;
  std::lock_guard lock(mutex_);
  if (bytes_ > kMostBytes) {
    entries_.clear();
    bytes_ = 0;
  }
  made->id = ++last_id_;
  auto [at, is_new] = entries_.emplace(key, nullptr);
  if (is_new) {  // else another thread was faster
    at->second = std::make_shared<const Entry>(std::move(*made));
    bytes_ += at->second->memory_bytes();
  }
  return at->second;
}

std::optional<TokenMasks::Entry> TokenMasks::make(const Entry* parent, StateId state, uint32_t count) const {
  Entry entry{};
  Frontier frontier(automaton_);
  const ByteSet& follow = automaton_.piece(automaton_.state(state).piece).follow;
  auto arrive = [&](uint32_t node, bool left) {
    auto tokens = trie_->tokens(node);
    entry.few.insert(entry.few.end(), tokens.begin(), tokens.end());
    if (left && has_child_in(*trie_, node, follow)) entry.exits.push_back(node);
  };
  if (parent) {
    for (uint32_t exit : parent->exits) {
      frontier.start_at(state, count);
      if (frontier.complete() && has_child_in(*trie_, exit, follow)) entry.exits.push_back(exit);
      if (!walk(automaton_, *trie_, exit, frontier, kMostSteps, arrive)) return std::nullopt;
    }
  } else {
    // What the state calls, and whom it returns to, are places of their own: only its own edges are followed.
    frontier.start_alone_at(state, count);
    if (!walk(automaton_, *trie_, 0, frontier, kMostSteps, arrive)) return std::nullopt;
  }
  // An exit behind another is come to from both.
  make_unique(entry.exits);
  make_unique(entry.few);
  bool negated = false;
  if (!parent) {
    for (const auto& symbol : automaton_.symbols(automaton_.state(state))) {
      TokenId id = static_cast<TokenId>(symbol.value);
      negated = negated || symbol.label == Label::not_token;
      if (symbol.label == Label::token && trie_->contains(id) && !trie_->is_end(id)) entry.few.push_back(id);
    }
  }
  if (negated || entry.few.size() > trie_->mask_words() * 2) {
    entry.bits.assign(trie_->mask_words(), 0);
    for (TokenId id : entry.few) set_bit(entry.bits, id);
    entry.few.clear();
  }
  if (negated) {
    for (const auto& symbol : automaton_.symbols(automaton_.state(state))) {
      if (symbol.label != Label::not_token) continue;
      for (TokenId id = 0; trie_->contains(id); ++id) {
        if (id != static_cast<TokenId>(symbol.value) && !trie_->is_end(id)) set_bit(entry.bits, id);
      }
    }
  }
  entry.few.shrink_to_fit();
  return entry;
}

bool TokenMasks::add_by_walking(Frontier& frontier, std::span<uint64_t> mask) const {
  return walk(automaton_, *trie_, 0, frontier, frontier.steps() + kMostSteps, [&](uint32_t node, bool) {
    for (TokenId id : trie_->tokens(node)) set_bit(mask, id);
  });
}

bool TokenMasks::add(Frontier& frontier, std::span<uint64_t> mask) {
  struct Visit {
    EntryPtr entry;
    uint32_t node;
  };
  std::vector<Visit> visits;
  for (const auto& item : frontier.items()) {
    visits.push_back({find(nullptr, item.state, item.count), item.node});
    if (!visits.back().entry) return false;
  }
  for (size_t i = 0; i < visits.size(); ++i) {
    Visit visit = visits[i];
    for (size_t word = 0; word < visit.entry->bits.size(); ++word) mask[word] |= visit.entry->bits[word];
    for (TokenId id : visit.entry->few) set_bit(mask, id);
    if (visit.entry->exits.empty()) continue;
    for (uint32_t at = frontier.first_return(visit.node); at != Frontier::kNoReturn;
         at = frontier.return_at(at).next) {
      const auto& to = frontier.return_at(at);
      if (visits.size() >= frontier.items().size() + kMostVisits) return add_by_walking(frontier, mask);
      visits.push_back({find(visit.entry.get(), to.state, to.count), to.node});
      if (!visits.back().entry) return false;
    }
  }
  return true;
}

size_t TokenMasks::memory_bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace hearth::grammar
