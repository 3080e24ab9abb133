// What sequences remember: the backend's memory for it, who holds which part, and what earlier sequences left.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/page_files.h"
#include "engine/page_record.h"
#include "engine/prefix_tree.h"
#include "ops/backend.h"

namespace hearth {

// A sequence's part of it.
struct Held {
  std::vector<std::vector<int32_t>> tables;  // as a batch wants them
  int32_t slot = -1;
  int32_t kept = -1;         // a slot with the state as it was ...
  int64_t kept_length = -1;  // ... when so many tokens were computed
  int64_t length = 0;        // tokens that are computed
  int64_t source = 0;        // tokens of what its encoder reads
  bool encoded = false;      // and it has
  uint64_t salt = 0;
  PrefixTree::Match match;             // what it began with
  PrefixTree::Node* node = nullptr;    // the last of its pages that is in the tree
  PrefixTree::Node* moving = nullptr;  // that has the snapshot which moves on as the sequence grows
};

class Store {
 public:
  // `model` is a fingerprint of what is run.
  static Result<std::unique_ptr<Store>> create(Program& program, const Plan& plan,
                                               const MemoryOptions& options, uint64_t model = 0);
  ~Store();

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
  // How many guesses may stand behind the `length` tokens of a sequence, so that what it leaves is of use later.
  int64_t room_for_drafts(const Held& held, int64_t length) const;
  // Lets take_back() undo what is computed next. False: there is no room for that.
  bool keep(Held& held);
  // What was computed since keep() counts as not computed; only where states() are there is anything to undo.
  void take_back(Held& held);
  bool states() const { return slots_; }
  // The first `length` of the sequence's tokens are computed now.
  void commit(Held& held, std::span<const TokenId> tokens, int64_t prompt, int64_t length);
  void end(Held& held);
  // Lets go of all that sequences have left.
  void forget();
  // Lets go of what a sequence with these tokens has left and nobody else needs; how many tokens that were.
  int64_t forget(uint64_t salt, std::span<const TokenId> tokens);

  // Pages that go out of this memory, and come back: shape() is of records; nothing where the backend keeps what it
  // has to itself.
  const std::optional<PageShape>& shape() const { return shape_; }
  // The pages that a sequence could begin with, the first one first. They stay until let_go() of the last of them.
  std::vector<PrefixTree::Node*> hold(uint64_t salt, std::span<const TokenId> tokens);
  void let_go(PrefixTree::Node* last) { tree_.leave(last); }
  // What is needed of page `i` of such pages.
  PageRecord take_out(std::span<PrefixTree::Node* const> pages, size_t i) const;
  // Where the first page comes; it is held as the pages are.
  PrefixTree::Node* hold_root(uint64_t salt);
  // A page behind `at`, which is held and then no longer, as the result is. Null, and `at` is still held: no room.
  PrefixTree::Node* put_in(PrefixTree::Node* at, const PageRecord& record);

  // What sequences leave is written to files from now on, and read from there where it is not here any more.
  void use_files(std::unique_ptr<PageFiles> files) { files_ = std::move(files); }
  PageFiles* files() const { return files_.get(); }
  // Hands a page to the files if they have room, or waits until they do. False: all that is left is written.
  bool write_page(bool wait);
  int64_t tokens_from_files() const { return from_files_; }

  SequenceMemory& memory() { return *memory_; }
  int64_t page_tokens() const { return page_tokens_; }
  int64_t capacity() const;  // tokens that one sequence could have if it were alone
  const std::vector<Pool>& pools() const { return pools_; }  // by kind, as the tree has them
  // Shares of the memory, of the kind that sequences hold most of: what they hold, and what earlier ones have left that
  // goes as soon as its room is wanted.
  struct Use {
    double held = 0, idle = 0;
  };
  Use use() const;

 private:
  Store(std::unique_ptr<SequenceMemory> memory, const Plan& plan, bool slots, uint64_t model);

  int64_t pages_of(const Held& held, size_t table, int64_t length) const;
  int64_t last_page(int64_t prompt) const;
  bool reserve(Held& held, size_t table, int64_t length);
  std::optional<int32_t> take(size_t kind);
  void snapshot(Held& held, PrefixTree::Node* node, bool moves);
  void drop_unseen(Held& held);
  PageRecord record_of(const PrefixTree::Node* node, uint32_t kinds) const;
  uint32_t kinds_of(const PrefixTree::Node* node) const;
  uint32_t needed(int64_t page, int64_t pages) const;
  void fetch(uint64_t salt, std::span<const TokenId> tokens);
  void write_later(uint64_t salt, PrefixTree::Node* last);

  std::unique_ptr<SequenceMemory> memory_;
  const std::vector<PageTable> tables_;
  const int64_t page_tokens_;
  const bool slots_, shares_;
  std::vector<Pool> pools_;
  PrefixTree tree_;
  std::optional<PageShape> shape_;
  std::unique_ptr<PageFiles> files_;
  // Nodes that wait to be written; each is held.
  struct Unwritten {
    PrefixTree::Node* node;
    PageKey key;
    int64_t time;
  };
  std::deque<Unwritten> unwritten_;
  int64_t from_files_ = 0;
};

}  // namespace hearth
