#include "tokenizer/detokenizer.h"

#include "tokenizer/utf8.h"

namespace hearth {

namespace {

constexpr uint32_t kReplacement = 0xFFFD;

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    size_t valid = utf8_valid_prefix(bytes);
    text += bytes.substr(0, valid);
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    append_utf8(text, kReplacement);
    bytes.remove_prefix(1);
  }
  return text;
}

}  // namespace

std::string Detokenizer::push(TokenId id) {
  bool opened = opens_;
  opens_ = tokenizer_.opens_after(id);
  if (control_ == Control::hidden && tokenizer_.kind(id) == TokenKind::control) return finish();
  std::string_view piece = tokenizer_.piece(id);
  if (opened && !opens_ && tokenizer_.opens_with_space() && piece.starts_with(' ')) piece.remove_prefix(1);
  pending_ += piece;
  size_t whole = pending_.size() - utf8_unfinished(pending_);
  std::string text = valid_utf8(std::string_view(pending_).substr(0, whole));
  pending_.erase(0, whole);
  return text;
}

std::string Detokenizer::finish() {
  std::string text = valid_utf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace hearth
