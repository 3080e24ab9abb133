// A text under a grammar, token by token: what may come next, what must, and whether it may end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sample/grammar/frontier.h"
#include "sample/grammar/grammar.h"

namespace hearth {

// One for each sequence; copies are independent.
class Matcher {
 public:
  Matcher(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const VocabularyTrie> trie);

  // Writes a bit for each token, of mask_words() words: 1 if it may come next. At least one is, or it is an error:
  // the vocabulary cannot spell what the grammar wants, or the grammar is too ambiguous.
  Status mask(std::span<uint64_t> words) const;
  size_t mask_words() const { return masks_->trie().mask_words(); }

  // False, and nothing is changed, if it may not come next.
  bool accept(TokenId token);
  // Takes as many bytes as fit; how many those are. A step like a token, if any.
  size_t accept_bytes(std::string_view bytes);

  // The text so far is in the language; an end token may come.
  bool is_complete() const { return frontier_.complete() && !finished_; }
  // An end token came.
  bool is_finished() const { return finished_; }

  // The bytes that may come next.
  grammar::ByteSet next_bytes() const;

  // What must come next whatever the model thinks, in whole characters, at most about `most` bytes; often empty.
  std::string forced(size_t most = 4096) const;

  // How many steps were accepted, and taking back the last of them; not more than there are.
  size_t steps() const { return history_.size(); }
  void rollback(size_t steps);

  size_t memory_bytes() const { return frontier_.memory_bytes() + history_.capacity() * sizeof(history_[0]); }

 private:
  struct Before {
    grammar::Frontier::Mark mark;
    bool finished;
  };
  std::shared_ptr<const Grammar> grammar_;
  std::shared_ptr<grammar::TokenMasks> masks_;
  // Masks and forced text are found by going ahead and back again.
  mutable grammar::Frontier frontier_;
  std::vector<Before> history_;
  bool finished_ = false;
};

}  // namespace hearth
