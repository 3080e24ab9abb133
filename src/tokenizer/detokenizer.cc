#include "tokenizer/detokenizer.h"

#include "base/text.h"
#include "tokenizer/utf8.h"

namespace hearth {

std::string Detokenizer::push(TokenId id) {
  if (!tokenizer_.contains(id)) return {};
  bool opened = opens_;
  opens_ = tokenizer_.opens_after(id);
  if (control_ == Control::hidden && tokenizer_.kind(id) == TokenKind::control) return finish();
  std::string_view piece = tokenizer_.piece(id);
  if (opened && !opens_ && tokenizer_.opens_with_space() && piece.starts_with(' ')) piece.remove_prefix(1);
  pending_ += piece;
  size_t whole = pending_.size() - utf8_unfinished(pending_);
  std::string text = repair_utf8(std::string_view(pending_).substr(0, whole));
  pending_.erase(0, whole);
  return text;
}

std::string Detokenizer::finish() {
  std::string text = repair_utf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace hearth
