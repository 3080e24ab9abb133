// The tokens of a vocabulary that was checked: texts and kinds by id, ids by text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tokenizer/hash.h"
#include "tokenizer/string_table.h"
#include "tokenizer/vocabulary.h"

namespace hearth {

class TokenSet {
 public:
  // Refuses two tokens with one text, unless it is empty: empty texts are found by nobody. `kinds` is empty or
  // has one for each token.
  static Result<TokenSet> make(std::span<const std::string_view> texts, std::span<const TokenKind> kinds);

  size_t size() const { return kinds_.size(); }
  bool contains(TokenId id) const { return id >= 0 && static_cast<size_t>(id) < size(); }
  std::string_view text(TokenId id) const { return (*texts_)[static_cast<size_t>(id)]; }
  TokenKind kind(TokenId id) const { return kinds_[static_cast<size_t>(id)]; }
  void set_kind(TokenId id, TokenKind kind) { kinds_[static_cast<size_t>(id)] = kind; }

  // Some files keep added tokens apart from what their model spells words with.
  void set_beside_model(TokenId id) { beside_model_[static_cast<size_t>(id)] = true; }

  // Whether a model may spell plain text with it: it is neither control, nor unknown, nor a byte.
  bool is_plain(TokenId id) const {
    TokenKind k = kind(id);
    if (beside_model_[static_cast<size_t>(id)]) return false;
    return k == TokenKind::normal || k == TokenKind::user_defined || k == TokenKind::unused;
  }

  // Whether it stands apart from the text around it: control, unknown, or user-defined.
  bool is_added(TokenId id) const {
    TokenKind k = kind(id);
    return k == TokenKind::control || k == TokenKind::unknown || k == TokenKind::user_defined;
  }

  std::optional<TokenId> find(std::string_view text) const;
  std::optional<TokenId> find_plain(std::string_view text) const;

 private:
  std::unique_ptr<StringTable> texts_;  // stays where it is when the set moves: ids_ looks into it
  std::vector<TokenKind> kinds_;
  std::vector<bool> beside_model_;
  std::unordered_map<std::string_view, TokenId, TextHash> ids_;
};

}  // namespace hearth
