#include "engine/prefix_tree.h"

#include <algorithm>

namespace hearth {

namespace {

size_t common_prefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

}  // namespace

PrefixTree::PrefixTree(std::vector<PageTable> tables, bool snapshots, int32_t page_tokens,
                       std::vector<Pool>& pools)
    : tables_(std::move(tables)),
      kinds_(tables_.size() + (snapshots ? 1 : 0)),
      page_tokens_(page_tokens),
      pools_(pools),
      holders_(kinds_) {}

PrefixTree::~PrefixTree() {
  // A long branch must not be destroyed by recursion.
  while (!leaves_.empty()) remove(leaves_.begin()->second);
}

PrefixTree::Node* PrefixTree::root(uint64_t salt) {
  std::unique_ptr<Node>& root = roots_[salt];
  if (!root) {
    root = std::make_unique<Node>();
    root->places.assign(kinds_, kNowhere);
  }
  return root.get();
}

// Whether a sequence can go on behind the last node of a path: everything that its next token looks at is there.
bool PrefixTree::usable(const std::vector<Node*>& path) const {
  auto depth = static_cast<int64_t>(path.size());
  for (size_t kind = 0; kind < kinds_; ++kind) {
    int64_t first =
        kind == tables_.size() ? depth - 1 : tables_[kind].first_seen(depth * page_tokens_) / page_tokens_;
    for (int64_t n = first; n < depth; ++n) {
      if (path[static_cast<size_t>(n)]->places[kind] == kNowhere) return false;
    }
  }
  return true;
}

PrefixTree::Match PrefixTree::find(uint64_t salt, std::span<const TokenId> tokens) {
  Match match;
  match.node = root(salt);
  auto page_tokens = static_cast<size_t>(page_tokens_);
  std::vector<Node*> path;
  Node* at = match.node;
  std::vector<TokenId> page;
  while (true) {
    std::span<const TokenId> rest = tokens.subspan(path.size() * page_tokens);
    page.assign(rest.begin(), rest.begin() + static_cast<int64_t>(std::min(rest.size(), page_tokens)));
    auto next = at->children.lower_bound(page);
    if (next == at->children.end() || next->first != page) {
      // Of the children, one beside the place where this one would be has most in common.
      auto look = [&](auto child) {
        size_t same = common_prefix(page, child->first);
        if (match.differs >= 0 && static_cast<int64_t>(path.size() * page_tokens + same) <= match.same)
          return;
        match.same = static_cast<int64_t>(path.size() * page_tokens + same);
        match.differs = same < page_tokens ? child->first[same] : -1;
      };
      match.same = static_cast<int64_t>(path.size() * page_tokens);
      if (next != at->children.end()) look(next);
      if (next != at->children.begin()) look(std::prev(next));
      break;
    }
    at = next->second.get();
    path.push_back(at);
  }
  while (!path.empty() && !usable(path)) path.pop_back();
  if (!path.empty()) match.node = path.back();
  return match;
}

std::vector<PrefixTree::Node*> PrefixTree::walk(uint64_t salt, std::span<const TokenId> tokens) {
  std::vector<Node*> path;
  auto page_tokens = static_cast<size_t>(page_tokens_);
  for (Node* at = root(salt); tokens.size() >= page_tokens; tokens = tokens.subspan(page_tokens)) {
    auto next = at->children.find({tokens.begin(), tokens.begin() + page_tokens_});
    if (next == at->children.end()) break;
    path.push_back(at = next->second.get());
  }
  return path;
}

int64_t PrefixTree::forget(Node* node) {
  int64_t count = 0;
  while (node->parent && idle(node)) {
    Node* parent = node->parent;
    remove(node);
    ++count;
    node = parent;
  }
  prune(node);
  return count;
}

void PrefixTree::enter(Node* node) {
  leaves_.erase({node->used, node});
  ++node->users;
}

void PrefixTree::go_on(Node* from, Node* to) {
  enter(to);
  --from->users;
}

void PrefixTree::leave(Node* node) {
  --node->users;
  touch(node);
  if (node->parent && idle(node)) leaves_.insert({node->used, node});
  prune(node);
}

PrefixTree::Node* PrefixTree::extend(Node* at, std::span<const TokenId> page, std::span<int32_t> places) {
  std::vector<TokenId> tokens(page.begin(), page.end());
  std::unique_ptr<Node>& child = at->children[tokens];
  if (!child) {
    leaves_.erase({at->used, at});
    child = std::make_unique<Node>();
    child->parent = at;
    child->tokens = std::move(tokens);
    child->places.assign(kinds_, kNowhere);
    child->depth = at->depth + 1;
    child->used = ++now_;
    leaves_.insert({child->used, child.get()});
    ++pages_;
  }
  for (size_t kind = 0; kind < kinds_; ++kind) {
    int32_t mine = child->places[kind];
    if (mine == kNowhere && places[kind] != kNowhere) {
      pools_[kind].hold(places[kind]);
      give(child.get(), kind, places[kind]);
    } else if (mine != kNowhere && places[kind] != kNowhere && mine != places[kind]) {
      pools_[kind].hold(mine);
      pools_[kind].release(places[kind]);
      places[kind] = mine;
    }
  }
  return child.get();
}

void PrefixTree::give(Node* node, size_t kind, int32_t place) {
  node->places[kind] = place;
  pools_[kind].keep(place);
  if (!full(kind)) holders_[kind].insert({node->used, node});
}

void PrefixTree::take_away(Node* node, size_t kind) {
  if (node->places[kind] == kNowhere) return;
  pools_[kind].give_up(node->places[kind]);
  node->places[kind] = kNowhere;
  holders_[kind].erase({node->used, node});
}

// A node is used no later than those above it, which it needs.
void PrefixTree::touch(Node* node) {
  for (; node->parent; node = node->parent) {
    uint64_t before = std::exchange(node->used, ++now_);
    if (leaves_.erase({before, node}) > 0) leaves_.insert({node->used, node});
    for (size_t kind = 0; kind < kinds_; ++kind) {
      if (holders_[kind].erase({before, node}) > 0) holders_[kind].insert({node->used, node});
    }
  }
}

bool PrefixTree::evict(size_t kind) {
  if (!full(kind)) {
    for (auto [used, node] : holders_[kind]) {
      if (pools_[kind].holders(node->places[kind]) > 1) continue;
      take_away(node, kind);
      prune(node);
      return true;
    }
    return false;
  }
  while (!leaves_.empty()) {
    Node *node = leaves_.begin()->second, *parent = node->parent;
    bool frees = node->places[kind] != kNowhere && pools_[kind].holders(node->places[kind]) == 1;
    remove(node);
    prune(parent);
    if (frees) return true;
  }
  return false;
}

void PrefixTree::remove(Node* node) {
  leaves_.erase({node->used, node});
  for (size_t kind = 0; kind < kinds_; ++kind) take_away(node, kind);
  --pages_;
  Node* parent = node->parent;
  parent->children.erase(parent->children.find(node->tokens));
  if (parent->parent && idle(parent)) leaves_.insert({parent->used, parent});
}

// Nodes that have nothing, and nothing below, are of no use.
void PrefixTree::prune(Node* node) {
  while (idle(node) && std::all_of(node->places.begin(), node->places.end(),
                                   [](int32_t place) { return place == kNowhere; })) {
    Node* parent = node->parent;
    if (!parent) {
      std::erase_if(roots_, [&](const auto& root) { return root.second.get() == node; });
      return;
    }
    remove(node);
    node = parent;
  }
}

}  // namespace hearth
