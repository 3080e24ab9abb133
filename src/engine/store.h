// What sequences remember: the backend's memory for it, who holds which part, and what earlier sequences left.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/prefix_tree.h"
#include "ops/backend.h"

namespace hearth {

// A sequence's part of it.
struct Held {
  std::vector<std::vector<int32_t>> tables;  // as a batch wants them
  int32_t slot = -1;
  int64_t length = 0;                  // tokens that are computed
  int64_t source = 0;                  // tokens of what its encoder reads
  bool encoded = false;                // and it has
  PrefixTree::Match match;             // what it began with
  PrefixTree::Node* node = nullptr;    // the last of its pages that is in the tree
  PrefixTree::Node* moving = nullptr;  // that has the snapshot which moves on as the sequence grows
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> create(Program& program, const Plan& plan,
                                               const MemoryOptions& options);

  // Lets a sequence begin with these tokens, the last of which is to be computed in any case. Takes what is there
  // of them already, but where sequences are about what an encoder read: those share nothing. False: no room.
  bool begin(Held& held, uint64_t salt, std::span<const TokenId> tokens);
  // Room for the sequence to grow to `length` tokens. False: there is none, and nothing more to let go of; what
  // was taken so far is kept.
  bool reserve(Held& held, int64_t length);
  // The same where all tokens stay to the end, none where they do not: a prompt that has this much is sure to be
  // read.
  bool reserve_all(Held& held, int64_t length);
  // Where a slice of a prompt of `prompt` tokens that could go from held.length to `end` should end, so that what
  // it leaves is of use later.
  int64_t cut(const Held& held, int64_t prompt, int64_t end) const;
  // The first `length` of the sequence's tokens are computed now.
  void commit(Held& held, std::span<const TokenId> tokens, int64_t prompt, int64_t length);
  void end(Held& held);
  // Lets go of all that sequences have left.
  void forget();

  SequenceMemory& memory() { return *memory_; }
  int64_t page_tokens() const { return page_tokens_; }
  int64_t capacity() const;  // tokens that one sequence could have if it were alone
  const std::vector<Pool>& pools() const { return pools_; }  // by kind, as the tree has them
  // The share of the memory that is held by anything, of the kind that is fullest.
  double use() const;

 private:
  Store(std::unique_ptr<SequenceMemory> memory, const Plan& plan, bool slots);

  int64_t pages_of(const Held& held, size_t table, int64_t length) const;
  int64_t last_page(int64_t prompt) const;
  bool reserve(Held& held, size_t table, int64_t length);
  std::optional<int32_t> take(size_t kind);
  void snapshot(Held& held, PrefixTree::Node* node, bool moves);
  void drop_unseen(Held& held);

  std::unique_ptr<SequenceMemory> memory_;
  const std::vector<PageTable> tables_;
  const int64_t page_tokens_;
  const bool slots_, shares_;
  std::vector<Pool> pools_;
  PrefixTree tree_;
};

}  // namespace hearth
