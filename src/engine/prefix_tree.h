// What sequences leave behind for those that begin alike: a tree whose nodes are pages of tokens. A node says
// where the keys and values of its tokens are, in a page of each table, and for models with recurrent states
// maybe where the state after its last token is, in a slot. Whoever uses a place holds it, so the tree may let
// go of anything at any time; what it lets go of first is what was not used for longest.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "engine/pool.h"
#include "ops/plan.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

class PrefixTree {
 public:
  static constexpr int32_t kNowhere = -1;

  struct Node {
    Node* parent = nullptr;
    std::vector<TokenId> tokens;
    std::vector<int32_t> places;  // by kind
    std::map<std::vector<TokenId>, std::unique_ptr<Node>> children;
    int64_t depth = 0;  // pages up to and with this one
    int32_t users = 0;  // sequences that stand here
    uint64_t used = 0;  // when, for the last time
  };

  // Kinds of places are the tables in their order, then, with `snapshots`, slots; `pools` has one for each.
  PrefixTree(std::vector<PageTable> tables, bool snapshots, int32_t page_tokens, std::vector<Pool>& pools);
  ~PrefixTree();

  struct Match {
    Node* node = nullptr;  // from where a sequence can go on
    int64_t same = 0;      // tokens that an earlier sequence had in common, usable or not
    TokenId differs = -1;  // what that one had instead of the next token; -1: nothing
  };
  // The longest beginning of `tokens` that can be used. Sequences with different salts share nothing.
  Match find(uint64_t salt, std::span<const TokenId> tokens);

  // All nodes along `tokens`, whether a sequence can go on from them or not, the first page's first.
  std::vector<Node*> walk(uint64_t salt, std::span<const TokenId> tokens);
  // Before the first page.
  Node* root(uint64_t salt);

  // A sequence stands on a node, which then stays, with all above it, until it leaves or goes on to one below.
  void enter(Node* node);
  void go_on(Node* from, Node* to);
  void leave(Node* node);

  // The node below `at` for these tokens. Where it has places already, they replace those given; where it has
  // none, it takes (and holds) them.
  Node* extend(Node* at, std::span<const TokenId> page, std::span<int32_t> places);
  // Gives a node a place that it does not have; the tree takes over the hold.
  void give(Node* node, size_t kind, int32_t place);
  void take_away(Node* node, size_t kind);

  // Lets go of a node and those above it, as far as nobody else needs them; how many they were.
  int64_t forget(Node* node);

  // Makes a place of a kind free; false: nothing that the tree holds would become free.
  bool evict(size_t kind);

  int64_t pages() const { return pages_; }

 private:
  using Queue = std::set<std::pair<uint64_t, Node*>>;

  bool full(size_t kind) const { return kind < tables_.size() && tables_[kind].reach == 0; }
  bool usable(const std::vector<Node*>& path) const;
  bool idle(const Node* node) const { return node->children.empty() && node->users == 0; }
  void touch(Node* node);
  void remove(Node* node);
  void prune(Node* node);

  const std::vector<PageTable> tables_;
  const size_t kinds_;
  const int32_t page_tokens_;
  std::vector<Pool>& pools_;
  std::map<uint64_t, std::unique_ptr<Node>> roots_;
  Queue leaves_;                // that nobody stands on
  std::vector<Queue> holders_;  // by kind: nodes that have a place which those below can do without
  uint64_t now_ = 0;
  int64_t pages_ = 0;
};

}  // namespace hearth
