// Pages of a store that go out of its memory and come back: to files, and with sessions that are saved.
#include <algorithm>
#include <chrono>

#include "engine/store.h"

namespace hearth {

// The kinds that a sequence of so many pages looks at in one of them.
uint32_t Store::needed(int64_t page, int64_t pages) const {
  uint32_t kinds = 0;
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (page >= tables_[t].first_seen(pages * page_tokens_) / page_tokens_) kinds |= uint32_t{1} << t;
  }
  if (slots_ && page == pages - 1) kinds |= uint32_t{1} << tables_.size();
  return kinds;
}

uint32_t Store::kinds_of(const PrefixTree::Node* node) const {
  uint32_t kinds = 0;
  for (size_t kind = 0; kind < node->places.size(); ++kind) {
    if (node->places[kind] != PrefixTree::kNowhere) kinds |= uint32_t{1} << kind;
  }
  return kinds;
}

PageRecord Store::record_of(const PrefixTree::Node* node, uint32_t kinds) const {
  PageRecord record;
  record.tokens = node->tokens;
  record.places.resize(node->places.size());
  for (size_t kind = 0; kind < record.places.size(); ++kind) {
    if (!(kinds & kinds_of(node) & uint32_t{1} << kind)) continue;
    record.places[kind].resize(shape_->place_bytes[kind]);
    memory_->read_place(kind, node->places[kind], record.places[kind]);
  }
  return record;
}

std::vector<PrefixTree::Node*> Store::hold(uint64_t salt, std::span<const TokenId> tokens) {
  PrefixTree::Node* last = tree_.find(salt, tokens).node;
  tree_.enter(last);
  std::vector<PrefixTree::Node*> path;
  for (PrefixTree::Node* at = last; at->parent; at = at->parent) path.push_back(at);
  if (path.empty()) tree_.leave(last);
  std::reverse(path.begin(), path.end());
  return path;
}

PageRecord Store::take_out(std::span<PrefixTree::Node* const> pages, size_t i) const {
  return record_of(pages[i], needed(static_cast<int64_t>(i), static_cast<int64_t>(pages.size())));
}

PrefixTree::Node* Store::hold_root(uint64_t salt) {
  PrefixTree::Node* root = tree_.root(salt);
  tree_.enter(root);
  return root;
}

PrefixTree::Node* Store::put_in(PrefixTree::Node* at, const PageRecord& record) {
  std::vector<int32_t> places(pools_.size(), PrefixTree::kNowhere);
  auto release = [&] {
    for (size_t kind = 0; kind < places.size(); ++kind) {
      if (places[kind] != PrefixTree::kNowhere) pools_[kind].release(places[kind]);
    }
  };
  for (size_t kind = 0; kind < places.size(); ++kind) {
    if (record.places[kind].empty()) continue;
    auto place = take(kind);
    if (!place) {
      release();
      return nullptr;
    }
    places[kind] = *place;
    memory_->write_place(kind, *place, record.places[kind]);
  }
  PrefixTree::Node* next = tree_.extend(at, record.tokens, places);
  tree_.go_on(at, next);
  release();  // the tree holds them now
  return next;
}

// What a sequence with these tokens could begin with and is in files alone comes back, if there is room.
void Store::fetch(uint64_t salt, std::span<const TokenId> tokens) {
  std::vector<PrefixTree::Node*> path = tree_.walk(salt, tokens);
  std::vector<PageKey> keys;
  std::vector<uint32_t> there;
  PageKey key = files_->root(salt);
  uint32_t whole = 0;  // what is needed of every page
  for (size_t t = 0; t < tables_.size(); ++t) whole |= tables_[t].reach == 0 ? uint32_t{1} << t : 0;
  for (size_t i = 0; (i + 1) * static_cast<size_t>(page_tokens_) <= tokens.size(); ++i) {
    auto page = tokens.subspan(i * static_cast<size_t>(page_tokens_), static_cast<size_t>(page_tokens_));
    key = key.next(page);
    uint32_t kinds = files_->kinds(key);
    if (i < path.size()) kinds |= kinds_of(path[i]);
    if (whole & ~kinds) break;
    keys.push_back(key);
    there.push_back(kinds);
  }
  // The longest that has everything, and is longer than what is here.
  auto pages = static_cast<int64_t>(keys.size());
  auto complete = [&] {
    for (int64_t i = pages - 1; i >= 0; --i) {
      if (needed(i, pages) & ~there[static_cast<size_t>(i)]) return false;
    }
    return true;
  };
  while (pages > 0 && !complete()) --pages;
  if (pages <= tree_.find(salt, tokens).node->depth) return;
  // What is here already must not make room for what comes.
  if (!path.empty()) tree_.enter(path.back());
  PrefixTree::Node* at = hold_root(salt);
  for (int64_t i = 0; i < pages; ++i) {
    auto n = static_cast<size_t>(i);
    auto page = tokens.subspan(n * static_cast<size_t>(page_tokens_), static_cast<size_t>(page_tokens_));
    uint32_t missing = needed(i, pages);
    PageRecord record;
    record.tokens.assign(page.begin(), page.end());
    record.places.resize(pools_.size());
    if (n < path.size()) missing &= ~kinds_of(path[n]);
    if (missing) {
      auto read = files_->read(keys[n]);
      if (!read || read->tokens != record.tokens || (missing & ~read->kinds())) break;
      for (size_t kind = 0; kind < pools_.size(); ++kind) {
        if (missing >> kind & 1) record.places[kind] = std::move(read->places[kind]);
      }
      from_files_ += page_tokens_;
    }
    PrefixTree::Node* next = put_in(at, record);
    if (!next) break;
    at = next;
  }
  files_->touch(std::span(keys).first(static_cast<size_t>(pages)));
  tree_.leave(at);
  if (!path.empty()) tree_.leave(path.back());
}

// A sequence ends here: what it leaves is written, the first page first, so that each is of use once it is there.
void Store::write_later(uint64_t salt, PrefixTree::Node* last) {
  std::vector<PrefixTree::Node*> path;
  for (PrefixTree::Node* at = last; at->parent; at = at->parent) path.push_back(at);
  std::reverse(path.begin(), path.end());
  PageKey key = files_->root(salt);
  std::vector<PageKey> keys;
  const int64_t time = files_->now();
  for (PrefixTree::Node* node : path) {
    keys.push_back(key = key.next(node->tokens));
    if (!(kinds_of(node) & ~files_->kinds(key))) continue;
    tree_.enter(node);
    unwritten_.push_back({node, key, time});
  }
  files_->touch(keys);
}

bool Store::write_page(bool wait) {
  if (unwritten_.empty() || !files_) return false;
  if (!files_->room(wait)) return false;
  Unwritten first = unwritten_.front();
  unwritten_.pop_front();
  if (uint32_t kinds = kinds_of(first.node); kinds & ~files_->kinds(first.key))
    files_->write(first.key, kinds, first.time, encode(*shape_, record_of(first.node, kinds)));
  tree_.leave(first.node);
  return true;
}

}  // namespace hearth
