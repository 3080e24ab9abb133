#include "sample/grammar/frontier.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

// So few items are compared one by one; more go into a hash table.
constexpr uint32_t kFew = 16;

size_t hash_of(const Frontier::Item& item) {
  uint64_t hash = (uint64_t{item.state} << 32 | item.node) * 0x9E3779B97F4A7C15u;
  return static_cast<size_t>((hash ^ hash >> 31) + item.count * 0x2545F4914F6CDD1Du);
}

}  // namespace

Frontier::Frontier(const Automaton& automaton) : automaton_(&automaton), node_of_piece_(automaton.pieces()) {
  nodes_.push_back(kNoReturn);
  at_.nodes = 1;
}

void Frontier::start_at(StateId state, uint32_t count) {
  go_back({.nodes = 1});
  begin_position();
  add({state, count, kRoot});
  finish_position({.nodes = 1});
}

void Frontier::start_alone_at(StateId state, uint32_t count) {
  go_back({.nodes = 1});
  begin_position();
  add({state, count, kRoot});
  at_.items_end = 1;
}

void Frontier::at_start() {
  start_at(automaton_->piece(0).start, 0);
  at_.complete = automaton_->matches_empty();
}

void Frontier::go_back(const Mark& mark) {
  at_ = mark;
  items_.resize(mark.items_end);
  nodes_.resize(mark.nodes);
  returns_.resize(mark.returns);
}

void Frontier::move_to(StateId state) {
  Item item = items_[at_.items_begin];
  item.state = state;
  items_.push_back(item);
  at_.items_begin = at_.items_end++;
  at_.complete = false;
}

void Frontier::forget_since(const Mark& before) {
  auto begin = items_.begin() + at_.items_begin;
  std::move(begin, items_.end(), items_.begin() + before.items_end);
  at_.items_end = before.items_end + (at_.items_end - at_.items_begin);
  at_.items_begin = before.items_end;
  items_.resize(at_.items_end);
}

void Frontier::begin_position() {
  at_.items_begin = at_.items_end = static_cast<uint32_t>(items_.size());
  at_.complete = false;
  old_nodes_ = static_cast<uint32_t>(nodes_.size());
  if (++stamp_ != 0) return;
  std::fill(node_of_piece_.begin(), node_of_piece_.end(), std::pair<uint32_t, uint32_t>());
  std::fill(known_items_.begin(), known_items_.end(), std::pair<uint32_t, uint32_t>());
  stamp_ = 1;
}

void Frontier::add(const Item& item) {
  uint32_t count = static_cast<uint32_t>(items_.size()) - at_.items_begin;
  if (count < kFew) {
    auto begin = items_.begin() + at_.items_begin;
    if (std::find(begin, items_.end(), item) != items_.end()) return;
    items_.push_back(item);
    return;
  }
  if (count >= kMostItems) {
    spent_ = true;
    return;
  }
  auto slot_of = [&](const Item& wanted) {
    size_t mask = known_items_.size() - 1;
    size_t slot = hash_of(wanted) & mask;
    while (known_items_[slot].first == stamp_ && !(items_[known_items_[slot].second] == wanted))
      slot = (slot + 1) & mask;
    return slot;
  };
  bool grows = (count + 1) * 2 > known_items_.size();
  if (count == kFew || grows) {
    if (grows) known_items_.assign(std::max<size_t>(64, known_items_.size() * 2), {0, 0});
    for (uint32_t i = at_.items_begin; i < items_.size(); ++i) known_items_[slot_of(items_[i])] = {stamp_, i};
  }
  size_t slot = slot_of(item);
  if (known_items_[slot].first == stamp_) return;
  known_items_[slot] = {stamp_, static_cast<uint32_t>(items_.size())};
  items_.push_back(item);
}

// Follows what needs no byte: pieces that are done, and calls. Then only the items that wait for one are kept.
bool Frontier::finish_position(const Mark& before) {
  for (uint32_t i = at_.items_begin; i < items_.size(); ++i) {
    Item item = items_[i];
    const auto& state = automaton_->state(item.state);
    if (state.is_plain()) continue;
    if (state.accepting) complete_piece(item);
    if (!state.calls) continue;
    for (const auto& symbol : automaton_->symbols(state)) {
      if (symbol.label == Label::call) call(item, symbol);
    }
  }
  steps_ += items_.size() - at_.items_begin;
  if (spent_) {
    go_back(before);
    return false;
  }
  uint32_t kept = at_.items_begin;
  for (uint32_t i = at_.items_begin; i < items_.size(); ++i) {
    if (automaton_->state(items_[i].state).waits()) items_[kept++] = items_[i];
  }
  items_.resize(kept);
  at_.items_end = kept;
  at_.nodes = static_cast<uint32_t>(nodes_.size());
  at_.returns = static_cast<uint32_t>(returns_.size());
  if (alive()) return true;
  go_back(before);
  return false;
}

void Frontier::complete_piece(const Item& item) {
  const auto& piece = automaton_->piece(automaton_->state(item.state).piece);
  uint32_t count = piece.next_count(item.count);
  if (count >= piece.least) {
    if (item.node == kRoot) at_.complete = true;
    for (uint32_t at = nodes_[item.node]; at != kNoReturn; at = returns_[at].next)
      add({returns_[at].state, returns_[at].count, returns_[at].node});
  }
  if (count < piece.most && piece.counts()) add({piece.start, count, item.node});
}

void Frontier::call(const Item& item, const Machine::Symbol& symbol) {
  auto& [stamp, node] = node_of_piece_[symbol.value];
  if (stamp != stamp_) {
    stamp = stamp_;
    node = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back(kNoReturn);
    add({automaton_->piece(symbol.value).start, 0, node});
  }
  // A call that is the last thing its caller does returns to the caller's callers at once, or lists that end in
  // themselves would pile up. That can be known only of a caller whose own returns are complete, and the root has
  // none.
  const auto& to = automaton_->state(symbol.to);
  bool tail =
      to.is_last() && item.node != kRoot && item.node < old_nodes_ && !automaton_->piece(to.piece).counts();
  if (!tail) {
    add_return(node, {symbol.to, item.count, item.node});
    return;
  }
  uint32_t callee = node;
  for (uint32_t at = nodes_[item.node]; at != kNoReturn; at = returns_[at].next)
    add_return(callee, {returns_[at].state, returns_[at].count, returns_[at].node});
}

void Frontier::add_return(uint32_t node, const Item& to) {
  for (uint32_t at = nodes_[node]; at != kNoReturn; at = returns_[at].next) {
    const Return& known = returns_[at];
    if (known.state == to.state && known.count == to.count && known.node == to.node) return;
  }
  returns_.push_back({to.state, to.count, to.node, nodes_[node]});
  nodes_[node] = static_cast<uint32_t>(returns_.size() - 1);
}

void Frontier::advance_all(uint8_t byte, const Mark& from) {
  for (uint32_t i = from.items_begin; i < from.items_end; ++i) {
    Item item = items_[i];
    const auto& state = automaton_->state(item.state);
    if (state.deterministic) {
      StateId next = automaton_->next(state, byte);
      if (next != kNoState) add({next, item.count, item.node});
      continue;
    }
    for (const auto& edge : automaton_->edges(state)) {
      if (byte < edge.first) break;
      if (byte <= edge.last) add({edge.to, item.count, item.node});
    }
  }
}

bool Frontier::step(uint8_t byte) {
  Mark before = at_;
  if (before.items_end - before.items_begin == 1) {  // the usual case
    Item item = items_[before.items_begin];
    const auto& state = automaton_->state(item.state);
    if (state.deterministic) {
      StateId next = automaton_->next(state, byte);
      ++steps_;
      if (next == kNoState) return false;
      if (automaton_->state(next).is_plain()) {
        item.state = next;
        items_.push_back(item);
        at_.items_begin = before.items_end;
        at_.items_end = before.items_end + 1;
        at_.complete = false;
        return true;
      }
    }
  }
  begin_position();
  advance_all(byte, before);
  return finish_position(before);
}

bool Frontier::step_token(TokenId token, std::string_view bytes) {
  Mark before = at_;
  bool reads = !bytes.empty();
  for (size_t i = 0; i + 1 < bytes.size() && reads; ++i) reads = step(static_cast<uint8_t>(bytes[i]));
  Mark last = at_;
  begin_position();
  if (reads) advance_all(static_cast<uint8_t>(bytes.back()), last);
  for (uint32_t i = before.items_begin; i < before.items_end; ++i) {
    Item item = items_[i];
    const auto& state = automaton_->state(item.state);
    if (!state.tokens) continue;
    for (const auto& symbol : automaton_->symbols(state)) {
      bool same = symbol.value == static_cast<uint32_t>(token);
      if ((symbol.label == Label::token && same) || (symbol.label == Label::not_token && !same))
        add({symbol.to, item.count, item.node});
    }
  }
  return finish_position(before);
}

size_t Frontier::memory_bytes() const {
  return items_.capacity() * sizeof(Item) + nodes_.capacity() * sizeof(uint32_t) +
         returns_.capacity() * sizeof(Return) + node_of_piece_.capacity() * 8 + known_items_.capacity() * 8;
}

}  // namespace hearth::grammar
