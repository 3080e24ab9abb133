#include "tokenizer/trie.h"
#include "tokenizer/utf8.h"
#include "tokenizer/word_models.h"

namespace hearth {

namespace {

class WordPieceModel : public WordModel {
 public:
  WordPieceModel(const TokenSet& tokens, TokenId unknown, WordPieceRules rules)
      : unknown_(unknown), max_characters_(rules.max_characters) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (tokens.is_plain(id) && !tokens.text(id).empty()) trie_.insert(tokens.text(id), id);
    }
    begin_ = trie_.walk(rules.begin_prefix);
    inside_ = trie_.walk(rules.inside_prefix);
  }

  void encode(std::string_view word, ModelMemory&, Encoding& out) const override {
    size_t before = out.ids.size();
    if (is_too_long(word) || !spell(word, out)) {
      out.ids.resize(before);
      out.ids.push_back(unknown_);
    }
  }

 private:
  bool is_too_long(std::string_view word) const {
    if (word.size() <= max_characters_) return false;
    size_t count = 0;
    for (size_t at = 0; at < word.size(); at += utf8_at(word, at).size) ++count;
    return count > max_characters_;
  }

  bool spell(std::string_view word, Encoding& out) const {
    for (std::optional<Trie::Node> node = begin_; !word.empty(); node = inside_) {
      TokenId longest = -1;
      size_t length = 0;
      if (node)
        trie_.prefixes(
            word, [&](TokenId id, size_t size) { longest = id, length = size; }, *node);
      if (length == 0) return false;
      out.ids.push_back(longest);
      word.remove_prefix(length);
    }
    return true;
  }

  TokenId unknown_;
  size_t max_characters_;
  Trie trie_;
  std::optional<Trie::Node> begin_, inside_;  // after the marks
};

class WordLevelModel : public WordModel {
 public:
  WordLevelModel(const TokenSet& tokens, std::optional<TokenId> unknown)
      : tokens_(tokens), unknown_(unknown) {}

  void encode(std::string_view word, ModelMemory&, Encoding& out) const override {
    auto id = tokens_.find_plain(word);
    if (!id) id = unknown_;
    if (id) {
      out.ids.push_back(*id);
    } else {
      out.lost_bytes += word.size();
    }
  }

 private:
  const TokenSet& tokens_;
  std::optional<TokenId> unknown_;
};

}  // namespace

std::unique_ptr<const WordModel> make_wordpiece_model(const TokenSet& tokens, TokenId unknown,
                                                      WordPieceRules rules) {
  return std::make_unique<WordPieceModel>(tokens, unknown, std::move(rules));
}

std::unique_ptr<const WordModel> make_wordlevel_model(const TokenSet& tokens,
                                                      std::optional<TokenId> unknown) {
  return std::make_unique<WordLevelModel>(tokens, unknown);
}

}  // namespace hearth
