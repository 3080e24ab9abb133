#include "tokenizer/detokenizer.h"

#include "base/text.h"
#include "tokenizer/utf8.h"

namespace hearth {

std::string Detokenizer::push(TokenId id) {
  if (!tokenizer_.contains(id)) return {};
  std::string text;
  if (control_ == Control::hidden && tokenizer_.kind(id) == TokenKind::control) {
    text = finish();
    tokenizer_.pieces().pass(id, state_);
    return text;
  }
  tokenizer_.pieces().append(id, state_, pending_);
  size_t whole = pending_.size() - utf8_unfinished(pending_);
  text = repair_utf8(std::string_view(pending_).substr(0, whole));
  pending_.erase(0, whole);
  return text;
}

std::string Detokenizer::finish() {
  std::string text = repair_utf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace hearth
