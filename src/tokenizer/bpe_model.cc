#include "tokenizer/bpe_model.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/text_step.h"
#include "tokenizer/utf8.h"

namespace hearth {

namespace {

// Finding every way to cut a token in two takes the square of its length.
constexpr size_t kMaxJoinedBytes = 512;

// Where single characters stand in the table of pairs: as their tokens, or by numbers above all ids, so that
// a character that is only a part of tokens can still be joined.
class Characters {
 public:
  explicit Characters(const TokenSet& tokens) : next_(static_cast<SymbolId>(tokens.size())) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (!tokens.is_plain(id)) continue;
      std::string_view text = tokens.text(id);
      if (text.empty()) continue;
      Utf8Char first = utf8_at(text, 0);
      if (first.valid() && first.size == text.size()) symbols_.insert(first.code, static_cast<SymbolId>(id));
    }
  }

  SymbolId find(uint32_t code) const {
    auto symbol = symbols_.find(code);
    return symbol ? static_cast<SymbolId>(*symbol) : kNoSymbol;
  }

  SymbolId find_or_add(uint32_t code) {
    if (code == Utf8Char::kInvalid) return kNoSymbol;
    if (symbols_.insert(code, next_)) return next_++;
    return find(code);
  }

 private:
  FlatMap symbols_;
  SymbolId next_;
};

class BpeModel : public WordModel {
 public:
  BpeModel(const TokenSet& tokens, Characters characters, PairTable pairs, BpeRules rules)
      : tokens_(tokens),
        characters_(std::move(characters)),
        pairs_(std::move(pairs)),
        rules_(std::move(rules)) {
    for (size_t byte = 0; byte < byte_symbols_.size(); ++byte) {
      std::string text;
      append_utf8(text, kByteToChar[byte]);
      auto id = tokens.find(text);
      // An added token that is spelled like the character of a byte is not that byte.
      bool is_byte = id && (tokens.kind(*id) == TokenKind::normal || tokens.kind(*id) == TokenKind::unused);
      byte_symbols_[byte] = is_byte ? static_cast<SymbolId>(*id) : kNoSymbol;
    }
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (tokens.kind(id) == TokenKind::byte) byte_tokens_.set(*byte_token_value(tokens.text(id)), id);
    }
  }

  void encode(std::string_view word, ModelMemory& memory, Encoding& out) const override {
    if (auto id = whole(word, memory)) {
      out.ids.push_back(*id);
      return;
    }
    memory.merge.clear();
    if (rules_.unit == BpeRules::Unit::byte) {
      for (char c : word) memory.merge.add(byte_symbols_[static_cast<uint8_t>(c)], 1);
    } else {
      for (size_t at = 0; at < word.size();) {
        Utf8Char next = utf8_at(word, at);
        memory.merge.add(symbol_of(word, at, next), next.size);
        at += next.size;
      }
    }
    memory.merge.merge(pairs_);
    bool after_unknown = false;
    memory.merge.for_each([&](const PairMerge::Symbol& symbol) {
      if (symbol.id < tokens_.size()) {
        out.ids.push_back(static_cast<TokenId>(symbol.id));
        after_unknown = false;
      } else {
        spell(word.substr(symbol.begin, symbol.size), after_unknown, out);
      }
    });
  }

 private:
  std::optional<TokenId> whole(std::string_view word, ModelMemory& memory) const {
    if (rules_.whole == BpeRules::Whole::none) return std::nullopt;
    if (rules_.whole == BpeRules::Whole::newlines && word.find_first_not_of('\n') != word.npos)
      return std::nullopt;
    if (rules_.unit == BpeRules::Unit::character) return tokens_.find_plain(word);
    memory.spelled.clear();
    for (char c : word) append_utf8(memory.spelled, kByteToChar[static_cast<uint8_t>(c)]);
    return tokens_.find_plain(memory.spelled);
  }

  SymbolId symbol_of(std::string_view word, size_t at, Utf8Char character) const {
    bool marked = (at > 0 && !rules_.inside_prefix.empty()) ||
                  (at + character.size == word.size() && !rules_.end_suffix.empty());
    if (!marked) return characters_.find(character.code);
    std::string text = at > 0 ? rules_.inside_prefix : std::string();
    text += word.substr(at, character.size);
    if (at + character.size == word.size()) text += rules_.end_suffix;
    auto id = tokens_.find_plain(text);
    return id ? static_cast<SymbolId>(*id) : kNoSymbol;
  }

  // What has no token is written in bytes, or is unknown.
  void spell(std::string_view bytes, bool& after_unknown, Encoding& out) const {
    if (byte_tokens_.spell(bytes, out.ids)) {
      after_unknown = false;
    } else if (rules_.unknown) {
      if (!after_unknown || !rules_.fuse_unknown) out.ids.push_back(*rules_.unknown);
      after_unknown = true;
    } else {
      out.lost_bytes += bytes.size();
    }
  }

  const TokenSet& tokens_;
  Characters characters_;
  PairTable pairs_;
  BpeRules rules_;
  ByteTokens byte_tokens_;
  std::array<SymbolId, 256> byte_symbols_;
};

Result<PairTable> pairs_by_merge(const TokenSet& tokens, std::span<const Merge> merges,
                                 const BpeRules& rules) {
  PairTable table;
  std::string joined;
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    auto [left, right] = merges[rank];
    std::string_view tail = right;
    if (tail.starts_with(rules.inside_prefix)) tail.remove_prefix(rules.inside_prefix.size());
    joined.assign(left).append(tail);
    TokenId ids[3];
    bool plain = true;
    const std::string_view texts[] = {left, right, joined};
    for (size_t i = 0; i < 3; ++i) {
      auto id = tokens.find(texts[i]);
      if (!id) return fail("merges[{}]: {} is not a token", rank, quote(texts[i]));
      ids[i] = *id;
      plain = plain && tokens.is_plain(*id);
    }
    if (!plain) continue;
    table.insert(static_cast<SymbolId>(ids[0]), static_cast<SymbolId>(ids[1]),
                 {static_cast<uint32_t>(rank), static_cast<SymbolId>(ids[2])});
  }
  return table;
}

// Every way to cut a token into two that are tokens or characters, as urgent as the token's score is high.
Result<PairTable> pairs_by_score(std::span<const float> scores, const TokenSet& tokens,
                                 Characters& characters) {
  std::vector<float> ranks(scores.begin(), scores.end());
  std::sort(ranks.begin(), ranks.end(), std::greater<>());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());

  PairTable table;
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (!tokens.is_plain(id)) continue;
    std::string_view text = tokens.text(id);
    if (text.size() > kMaxJoinedBytes) {
      if (tokens.kind(id) != TokenKind::normal) continue;  // found whole, never joined
      return fail("tokens[{}]: has {} bytes, by scores at most {} are joined", i, text.size(),
                  kMaxJoinedBytes);
    }
    auto symbol_of = [&](std::string_view part) {
      Utf8Char first = utf8_at(part, 0);
      if (first.size == part.size()) return characters.find_or_add(first.code);
      auto found = tokens.find_plain(part);
      return found ? static_cast<SymbolId>(*found) : kNoSymbol;
    };
    auto rank = std::lower_bound(ranks.begin(), ranks.end(), scores[i], std::greater<>());
    PairTable::Joined joined{static_cast<uint32_t>(rank - ranks.begin()), static_cast<SymbolId>(id)};
    for (size_t cut = text.empty() ? 0 : utf8_at(text, 0).size; cut < text.size();
         cut += utf8_at(text, cut).size) {
      SymbolId left = symbol_of(text.substr(0, cut));
      if (left == kNoSymbol) continue;
      SymbolId right = symbol_of(text.substr(cut));
      if (right != kNoSymbol) table.insert(left, right, joined);
    }
  }
  return table;
}

}  // namespace

Result<std::unique_ptr<const WordModel>> make_merge_model(const TokenSet& tokens,
                                                          std::span<const Merge> merges, BpeRules rules) {
  TRY(PairTable pairs, pairs_by_merge(tokens, merges, rules));
  return std::unique_ptr<const WordModel>(
      std::make_unique<BpeModel>(tokens, Characters(tokens), std::move(pairs), std::move(rules)));
}

Result<std::unique_ptr<const WordModel>> make_score_model(const TokenSet& tokens,
                                                          std::span<const float> scores, BpeRules rules) {
  if (scores.size() != tokens.size())
    return fail("scores: {} of them for {} tokens", scores.size(), tokens.size());
  Characters characters(tokens);
  TRY(PairTable pairs, pairs_by_score(scores, tokens, characters));
  return std::unique_ptr<const WordModel>(
      std::make_unique<BpeModel>(tokens, std::move(characters), std::move(pairs), std::move(rules)));
}

bool spaces_only_begin(const TokenSet& tokens) {
  if (!tokens.find_plain(kSpaceMark)) return false;
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (!tokens.is_plain(id)) continue;
    std::string_view text = tokens.text(id);
    while (text.starts_with(kSpaceMark)) text.remove_prefix(kSpaceMark.size());
    if (text.find(kSpaceMark) != std::string_view::npos) return false;
  }
  return true;
}

}  // namespace hearth
