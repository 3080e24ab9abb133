// The conversations that a model answered last, by number, as llama-server's slots: so that they can be saved, restored
// and erased by it. What was computed of them lies in the engine's memory, which knows no slots.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace hearth {

class Slots {
 public:
  struct Conversation {
    std::string client;  // whose it is
    std::vector<TokenId> tokens;
  };

  explicit Slots(size_t count) : slots_(count) {}
  size_t size() const { return slots_.size(); }

  // For a new conversation: the one that is asked for, or the one that was not used for longest.
  size_t take(std::optional<size_t> asked);
  void set(size_t slot, Conversation conversation);
  // Nothing: there is none of this client's.
  std::optional<std::vector<TokenId>> get(size_t slot, const std::string& client) const;

 private:
  struct Slot {
    Conversation conversation;
    uint64_t used = 0;
  };
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  uint64_t now_ = 0;
};

}  // namespace hearth
