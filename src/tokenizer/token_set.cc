#include "tokenizer/token_set.h"

#include "base/text.h"

namespace hearth {

Result<TokenSet> TokenSet::make(std::span<const std::string_view> texts, std::span<const TokenKind> kinds) {
  TokenSet set;
  set.texts_ = std::make_unique<StringTable>();
  for (std::string_view text : texts) set.texts_->add(text);
  set.kinds_.assign(kinds.begin(), kinds.end());
  set.kinds_.resize(texts.size(), TokenKind::normal);
  set.beside_model_.resize(texts.size());
  set.ids_.reserve(set.size());
  for (size_t i = 0; i < set.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (set.text(id).empty()) continue;
    auto [place, is_new] = set.ids_.emplace(set.text(id), id);
    if (!is_new) return fail("tokens[{}]: {} is token {} already", i, quote(set.text(id)), place->second);
  }
  return set;
}

std::optional<TokenId> TokenSet::find(std::string_view text) const {
  auto found = ids_.find(text);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<TokenId> TokenSet::find_plain(std::string_view text) const {
  auto id = find(text);
  return id && is_plain(*id) ? id : std::nullopt;
}

}  // namespace hearth
