#include "tokenizer/trie.h"
#include "tokenizer/word_models.h"

namespace hearth {

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

class LongestMatchModel : public WordModel {
 public:
  LongestMatchModel(const TokenSet& tokens, std::optional<TokenId> unknown) : unknown_(unknown) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      std::string bytes = unescape_rwkv(tokens.text(id));
      if (tokens.is_plain(id) && !bytes.empty()) trie_.insert(bytes, id);
    }
  }

  void encode(std::string_view word, ModelMemory&, Encoding& out) const override {
    while (!word.empty()) {
      std::optional<TokenId> longest;
      size_t length = 1;
      trie_.prefixes(word, [&](TokenId id, size_t size) { longest = id, length = size; });
      if (!longest) longest = unknown_;
      if (longest) {
        out.ids.push_back(*longest);
      } else {
        ++out.lost_bytes;
      }
      word.remove_prefix(length);
    }
  }

 private:
  Trie trie_;
  std::optional<TokenId> unknown_;
};

}  // namespace

std::string unescape_rwkv(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      bytes += text[at];
      continue;
    }
    char c = text[++at];
    auto high = at + 2 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
    auto low = at + 2 < text.size() ? hex_digit(text[at + 2]) : std::nullopt;
    if (c == 'x' && high && low) {
      bytes += static_cast<char>(*high * 16 + *low);
      at += 2;
    } else {
      bytes += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    }
  }
  return bytes;
}

Result<std::unique_ptr<const WordModel>> make_longest_match_model(const TokenSet& tokens,
                                                                  std::optional<TokenId> unknown) {
  TRY_STATUS(check_matched_tokens(tokens));
  return std::unique_ptr<const WordModel>(std::make_unique<LongestMatchModel>(tokens, unknown));
}

}  // namespace hearth
