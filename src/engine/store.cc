#include "engine/store.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"

namespace hearth {

namespace {

// Tokens that are computed again because a state was taken back; with more, nothing more is guessed before that.
constexpr int64_t kMostAgain = 8;

// Recurrent states are copied after so many tokens of a prompt, so that those who share a part of it can go on
// from there. A state is as large as some hundred tokens' keys and values.
constexpr int64_t kSnapshotTokens = 512;

std::vector<Pool> pools_of(const MemoryOptions& options, bool slots) {
  std::vector<Pool> pools;
  for (int32_t pages : options.pages) pools.emplace_back(pages);
  if (slots) pools.emplace_back(options.slots);
  return pools;
}

}  // namespace

Store::Store(std::unique_ptr<SequenceMemory> memory, const Plan& plan, bool slots, uint64_t model)
    : memory_(std::move(memory)),
      tables_(plan.tables),
      page_tokens_(memory_->options().page_tokens),
      slots_(slots),
      // A text that is read whole cannot go on from what another left.
      shares_(!reads_whole(plan) && std::none_of(tables_.begin(), tables_.end(),
                                                 [](const PageTable& table) { return table.source; })),
      pools_(pools_of(memory_->options(), slots)),
      tree_(tables_, slots, static_cast<int32_t>(page_tokens_), pools_) {
  PageShape shape;
  shape.page_tokens = static_cast<int32_t>(page_tokens_);
  for (size_t kind = 0; kind < pools_.size(); ++kind) shape.place_bytes.push_back(memory_->place_bytes(kind));
  bool all = std::all_of(shape.place_bytes.begin(), shape.place_bytes.end(),
                         [](uint64_t bytes) { return bytes > 0; });
  if (!shares_ || !all || pools_.empty() || pools_.size() > 32) return;
  shape.fingerprint = hash64(memory_->layout(), model);
  shape_ = std::move(shape);
}

Store::~Store() {
  for (const Unwritten& each : unwritten_) tree_.leave(each.node);
}

Result<std::unique_ptr<Store>> Store::create(Program& program, const Plan& plan, const MemoryOptions& options,
                                             uint64_t model) {
  TRY(auto memory, program.make_memory(options));
  bool slots = std::any_of(plan.states.begin(), plan.states.end(),
                           [](const State& state) { return state.memory == Memory::slot; });
  return std::unique_ptr<Store>(new Store(std::move(memory), plan, slots, model));
}

std::optional<int32_t> Store::take(size_t kind) {
  while (true) {
    if (auto place = pools_[kind].take()) return place;
    if (tree_.evict(kind)) continue;
    // What waits to be written must not keep others from being computed.
    if (unwritten_.empty()) return std::nullopt;
    tree_.leave(unwritten_.front().node);
    unwritten_.pop_front();
  }
}

bool Store::begin(Held& held, uint64_t salt, std::span<const TokenId> tokens) {
  // The tree's node is entered before anything is taken, lest it be let go of.
  auto shared = tokens.first(shares_ ? tokens.size() - 1 : 0);
  if (files_) fetch(salt, shared);
  held.salt = salt;
  held.match = tree_.find(salt, shared);
  PrefixTree::Node* node = held.match.node;
  tree_.enter(node);
  if (slots_) {
    int32_t snapshot = node->places.back();
    if (snapshot != PrefixTree::kNowhere) pools_.back().hold(snapshot);
    auto slot = take(tables_.size());
    if (slot && snapshot != PrefixTree::kNowhere) memory_->copy_slot(snapshot, *slot);
    if (slot && snapshot == PrefixTree::kNowhere) memory_->clear_slot(*slot);
    if (snapshot != PrefixTree::kNowhere) pools_.back().release(snapshot);
    if (!slot) {
      tree_.leave(node);
      return false;
    }
    held.slot = *slot;
  }
  held.node = node;
  held.length = node->depth * page_tokens_;
  held.tables.assign(tables_.size(),
                     std::vector<int32_t>(static_cast<size_t>(node->depth), PrefixTree::kNowhere));
  for (size_t t = 0; t < tables_.size(); ++t) {
    int64_t first = tables_[t].first_seen(held.length) / page_tokens_;
    for (PrefixTree::Node* at = node; at->depth > first; at = at->parent) {
      pools_[t].hold(at->places[t]);
      held.tables[t][static_cast<size_t>(at->depth - 1)] = at->places[t];
    }
  }
  return true;
}

int64_t Store::pages_of(const Held& held, size_t table, int64_t length) const {
  int64_t tokens = tables_[table].source ? held.source : length;
  return (tokens + page_tokens_ - 1) / page_tokens_;
}

bool Store::reserve(Held& held, size_t table, int64_t length) {
  auto pages = static_cast<size_t>(pages_of(held, table, length));
  while (held.tables[table].size() < pages) {
    auto page = take(table);
    if (!page) return false;
    held.tables[table].push_back(*page);
  }
  return true;
}

bool Store::reserve(Held& held, int64_t length) {
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (!reserve(held, t, length)) return false;
  }
  return true;
}

bool Store::reserve_all(Held& held, int64_t length) {
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (tables_[t].reach == 0 && !reserve(held, t, length)) return false;
  }
  return true;
}

// The last page of a prompt that is full: the next turn of a conversation may go on from there.
int64_t Store::last_page(int64_t prompt) const { return (prompt - 1) / page_tokens_ * page_tokens_; }

int64_t Store::cut(const Held& held, int64_t prompt, int64_t end) const {
  if (!slots_) return end;
  int64_t next = (held.length / kSnapshotTokens + 1) * kSnapshotTokens;
  if (last_page(prompt) > held.length) next = std::min(next, last_page(prompt));
  return std::min(end, next);
}

// States are only of use to others where a page ends, so a step ends there too. And tokens whose state was taken back
// are computed again with the next guesses, but not for ever.
int64_t Store::room_for_drafts(const Held& held, int64_t length) const {
  if (!slots_) return std::numeric_limits<int64_t>::max();
  if (length - held.length > kMostAgain) return 0;
  return (held.length / page_tokens_ + 1) * page_tokens_ - length;
}

bool Store::keep(Held& held) {
  if (!slots_ || held.kept_length == held.length) return true;
  if (held.kept < 0) {
    auto slot = take(tables_.size());
    if (!slot) return false;
    held.kept = *slot;
  }
  memory_->copy_slot(held.slot, held.kept);
  held.kept_length = held.length;
  return true;
}

void Store::take_back(Held& held) {
  if (slots_) memory_->copy_slot(held.kept, held.slot);
}

void Store::snapshot(Held& held, PrefixTree::Node* node, bool moves) {
  if (node->places.back() == PrefixTree::kNowhere) {
    auto slot = take(tables_.size());
    if (!slot) return;
    memory_->copy_slot(held.slot, *slot);
    tree_.give(node, tables_.size(), *slot);
    if (!moves) return;
    if (held.moving) tree_.take_away(held.moving, tables_.size());
    held.moving = node;
  }
}

void Store::commit(Held& held, std::span<const TokenId> tokens, int64_t prompt, int64_t length) {
  held.length = length;
  std::vector<int32_t> places(tables_.size() + (slots_ ? 1 : 0), PrefixTree::kNowhere);
  while (shares_ && (held.node->depth + 1) * page_tokens_ <= length) {
    auto n = static_cast<size_t>(held.node->depth);
    for (size_t t = 0; t < tables_.size(); ++t) places[t] = held.tables[t][n];
    auto page = tokens.subspan(n * static_cast<size_t>(page_tokens_), static_cast<size_t>(page_tokens_));
    PrefixTree::Node* next = tree_.extend(held.node, page, places);
    for (size_t t = 0; t < tables_.size(); ++t) held.tables[t][n] = places[t];
    tree_.go_on(held.node, next);
    held.node = next;
  }
  bool worth = length % kSnapshotTokens == 0 || length == last_page(prompt) || length > prompt;
  if (slots_ && shares_ && length > 0 && length % page_tokens_ == 0 && worth)
    snapshot(held, held.node, length > prompt);
  drop_unseen(held);
}

void Store::drop_unseen(Held& held) {
  for (size_t t = 0; t < tables_.size(); ++t) {
    int64_t first = tables_[t].first_seen(held.length) / page_tokens_;
    for (int64_t n = first - 1; n >= 0; --n) {
      int32_t& page = held.tables[t][static_cast<size_t>(n)];
      if (page == PrefixTree::kNowhere) break;
      pools_[t].release(std::exchange(page, PrefixTree::kNowhere));
    }
  }
}

void Store::end(Held& held) {
  if (!held.node) return;
  for (size_t t = 0; t < tables_.size(); ++t) {
    for (int32_t page : held.tables[t]) {
      if (page != PrefixTree::kNowhere) pools_[t].release(page);
    }
  }
  if (slots_) pools_.back().release(held.slot);
  if (held.kept >= 0) pools_.back().release(held.kept);
  if (files_) write_later(held.salt, held.node);
  tree_.leave(held.node);
  held = {};
}

void Store::forget() {
  for (size_t kind = 0; kind < pools_.size(); ++kind) {
    while (tree_.evict(kind)) {}
  }
}

int64_t Store::forget(uint64_t salt, std::span<const TokenId> tokens) {
  auto path = tree_.walk(salt, tokens);
  return path.empty() ? 0 : tree_.forget(path.back()) * page_tokens_;
}

int64_t Store::capacity() const {
  int64_t tokens = int64_t{1} << 30;
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (tables_[t].reach == 0 && !tables_[t].source)
      tokens = std::min(tokens, pools_[t].size() * page_tokens_);
  }
  return tokens;
}

Store::Use Store::use() const {
  Use most;
  for (const Pool& pool : pools_) {
    if (pool.size() == 0) continue;
    const Use use = {static_cast<double>(pool.size() - pool.free() - pool.idle()) / pool.size(),
                     static_cast<double>(pool.idle()) / pool.size()};
    if (std::pair(use.held, use.idle) > std::pair(most.held, most.idle)) most = use;
  }
  return most;
}

}  // namespace hearth
