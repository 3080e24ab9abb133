#include "server/slots.h"

#include <algorithm>

namespace hearth {

size_t Slots::take(std::optional<size_t> asked) {
  std::lock_guard lock(mutex_);
  auto oldest = std::min_element(slots_.begin(), slots_.end(),
                                 [](const Slot& a, const Slot& b) { return a.used < b.used; });
  size_t slot = asked ? *asked : static_cast<size_t>(oldest - slots_.begin());
  slots_[slot].used = ++now_;
  return slot;
}

void Slots::set(size_t slot, Conversation conversation) {
  std::lock_guard lock(mutex_);
  slots_[slot] = {std::move(conversation), ++now_};
}

std::optional<std::vector<TokenId>> Slots::get(size_t slot, const std::string& client) const {
  std::lock_guard lock(mutex_);
  const Conversation& conversation = slots_[slot].conversation;
  if (conversation.tokens.empty() || conversation.client != client) return std::nullopt;
  return conversation.tokens;
}

}  // namespace hearth
