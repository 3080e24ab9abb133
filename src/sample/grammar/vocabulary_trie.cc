#include "sample/grammar/vocabulary_trie.h"

#include <algorithm>

#include "tokenizer/tokenizer.h"

namespace hearth {

namespace {

// A longer token is never allowed under a grammar; none is known that comes near.
constexpr size_t kMostBytes = 4096;

}  // namespace

std::shared_ptr<const VocabularyTrie> VocabularyTrie::make(std::span<const TokenText> tokens) {
  auto trie = std::make_shared<VocabularyTrie>();
  trie->tokens_.resize(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const TokenText& from = tokens[i];
    Token& token = trie->tokens_[i];
    TokenId id = static_cast<TokenId>(i);
    token.is_end = from.is_end;
    if (from.is_end) trie->ends_.push_back(id);
    bool is_text = from.is_mark || !(from.is_end || from.is_control);
    if (is_text && !from.bytes.empty() && from.bytes.size() <= kMostBytes) {
      token.begin = trie->bytes_.size();
      token.size = static_cast<uint32_t>(from.bytes.size());
      trie->bytes_ += from.bytes;
      trie->order_.push_back(id);
      trie->longest_ = std::max(trie->longest_, token.size);
    }
  }
  std::sort(trie->order_.begin(), trie->order_.end(), [&](TokenId a, TokenId b) {
    int order = trie->bytes(a).compare(trie->bytes(b));
    return order < 0 || (order == 0 && a < b);
  });

  auto& nodes = trie->nodes_;
  nodes.push_back({0, 0, 0, 0});
  std::vector<uint32_t> path = {0};  // the node at each depth
  auto close = [&](size_t depth) {
    for (; path.size() > depth; path.pop_back()) nodes[path.back()].end = static_cast<uint32_t>(nodes.size());
  };
  std::string_view before;
  for (size_t i = 0; i < trie->order_.size(); ++i) {
    std::string_view bytes = trie->bytes(trie->order_[i]);
    size_t common = static_cast<size_t>(
        std::mismatch(bytes.begin(), bytes.end(), before.begin(), before.end()).first - bytes.begin());
    if (common < bytes.size() || bytes != before) close(common + 1);
    for (size_t depth = common; depth < bytes.size(); ++depth) {
      path.push_back(static_cast<uint32_t>(nodes.size()));
      nodes.push_back({0, static_cast<uint32_t>(i), static_cast<uint16_t>(depth + 1),
                       static_cast<uint8_t>(bytes[depth])});
    }
    before = bytes;
  }
  close(0);
  nodes.push_back({0, static_cast<uint32_t>(trie->order_.size()), 0, 0});
  return trie;
}

std::shared_ptr<const VocabularyTrie> VocabularyTrie::make(const Tokenizer& tokenizer) {
  return make(tokenizer, [](std::string_view) { return false; }, {});
}

std::shared_ptr<const VocabularyTrie> VocabularyTrie::make(
    const Tokenizer& tokenizer, const std::function<bool(std::string_view)>& spells,
    std::span<const std::string> ends) {
  std::vector<TokenText> tokens(tokenizer.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    TokenKind kind = tokenizer.kind(id);
    TokenText& token = tokens[i];
    token.bytes = tokenizer.piece(id);
    token.is_end = tokenizer.is_end(id);
    token.is_control = kind == TokenKind::control || kind == TokenKind::unknown || kind == TokenKind::unused;
    if (kind != TokenKind::control || token.bytes.empty()) continue;
    token.is_mark = spells(token.bytes);
    token.is_end |= std::find(ends.begin(), ends.end(), token.bytes) != ends.end();
  }
  return make(tokens);
}

}  // namespace hearth
