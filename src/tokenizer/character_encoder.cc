#include "tokenizer/character_encoder.h"

#include <algorithm>
#include <array>
#include <functional>

#include "tokenizer/merges.h"
#include "tokenizer/utf8.h"

namespace hearth {

namespace {

constexpr std::string_view kSpace = "\u2581";
constexpr uint32_t kSpaceCode = 0x2581;

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

// Every way to cut a token into two that are tokens or characters, as urgent as the token's score is high.
Result<PairTable> pairs_by_score(const Vocabulary& vocabulary, const TokenSet& tokens,
                                 Characters& characters) {
  if (vocabulary.scores.empty())
    return fail("scores: there are none; tokenizer model \"{}\" needs one for each token", vocabulary.model);
  std::vector<float> ranks = vocabulary.scores;
  std::sort(ranks.begin(), ranks.end(), std::greater<>());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());

  PairTable table;
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (!tokens.is_plain(id)) continue;
    std::string_view text = tokens.text(id);
    if (text.size() > kMaxJoinedBytes) {
      if (tokens.kind(id) != TokenKind::normal) continue;  // found whole, never joined
      return fail("tokens[{}]: has {} bytes, tokenizer model \"{}\" joins at most {}", i, text.size(),
                  vocabulary.model, kMaxJoinedBytes);
    }
    auto symbol_of = [&](std::string_view part) {
      Utf8Char first = utf8_at(part, 0);
      if (first.size == part.size()) return characters.find_or_add(first.code);
      auto found = tokens.find_plain(part);
      return found ? static_cast<SymbolId>(*found) : kNoSymbol;
    };
    auto rank = std::lower_bound(ranks.begin(), ranks.end(), vocabulary.scores[i], std::greater<>());
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

// Whether no token has a space after anything but spaces. Then nothing is ever joined across the beginning of
// a run of spaces, and text can be cut there.
bool spaces_only_begin(const TokenSet& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    TokenId id = static_cast<TokenId>(i);
    if (!tokens.is_plain(id)) continue;
    std::string_view text = tokens.text(id);
    while (text.starts_with(kSpace)) text.remove_prefix(kSpace.size());
    if (text.find(kSpace) != std::string_view::npos) return false;
  }
  return true;
}

class CharacterEncoder : public Encoder {
 public:
  // What the two kinds differ in.
  struct Rules {
    bool opening_space = false;
    bool whole_newlines = false;  // a run of newlines that is a token is that token
    bool cut_at_spaces = false;
  };

  CharacterEncoder(const TokenSet& tokens, std::optional<TokenId> unknown, PreTokenizer lines,
                   Characters characters, PairTable pairs, Rules rules)
      : tokens_(tokens),
        unknown_(unknown),
        lines_(std::move(lines)),
        characters_(std::move(characters)),
        pairs_(std::move(pairs)),
        rules_(rules) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (tokens.kind(id) == TokenKind::byte) bytes_[*byte_token_value(tokens.text(id))] = id;
    }
  }

  Status encode(std::string_view text, bool opens, Encoding& out) const override {
    Word word;
    if (opens && rules_.opening_space) add(word, kSpaceCode, kSpace);
    return lines_.split(text, [&](std::string_view line) {
      if (rules_.whole_newlines && line.find_first_not_of('\n') == std::string_view::npos) {
        if (auto id = tokens_.find_plain(line)) {
          out.ids.push_back(*id);
          return;
        }
      }
      bool after_space = true;
      for (size_t at = 0; at < line.size();) {
        Utf8Char next = utf8_at(line, at);
        std::string_view bytes = line.substr(at, next.size);
        if (next.code == ' ') next.code = kSpaceCode, bytes = kSpace;
        bool is_space = next.code == kSpaceCode;
        if (is_space && !after_space && rules_.cut_at_spaces) finish(word, out);
        add(word, next.code, bytes);
        after_space = is_space;
        at += next.size;
      }
      finish(word, out);
    });
  }

  std::string piece(std::string_view text) const override {
    std::string result;
    while (!text.empty()) {
      size_t space = text.find(kSpace);
      result.append(text.substr(0, space));
      if (space == std::string_view::npos) break;
      result.push_back(' ');
      text.remove_prefix(space + kSpace.size());
    }
    return result;
  }

  bool opens_with_space() const override { return rules_.opening_space; }

 private:
  struct Word {
    std::string text;
    PairMerge symbols;
  };

  void add(Word& word, uint32_t code, std::string_view bytes) const {
    word.text.append(bytes);
    word.symbols.add(characters_.find(code), static_cast<uint32_t>(bytes.size()));
  }

  void finish(Word& word, Encoding& out) const {
    word.symbols.merge(pairs_);
    word.symbols.for_each([&](const PairMerge::Symbol& symbol) {
      if (symbol.id < tokens_.size()) {
        out.ids.push_back(static_cast<TokenId>(symbol.id));
      } else {
        spell(std::string_view(word.text).substr(symbol.begin, symbol.size), out);
      }
    });
    word.text.clear();
    word.symbols.clear();
  }

  // What has no token is written in bytes, or is unknown.
  void spell(std::string_view character, Encoding& out) const {
    bool has_bytes = std::all_of(character.begin(), character.end(),
                                 [&](char c) { return bytes_[static_cast<uint8_t>(c)].has_value(); });
    if (has_bytes) {
      for (char c : character) out.ids.push_back(*bytes_[static_cast<uint8_t>(c)]);
    } else if (unknown_) {
      out.ids.push_back(*unknown_);
    } else {
      out.lost_bytes += character.size();
    }
  }

  const TokenSet& tokens_;
  std::optional<TokenId> unknown_;
  PreTokenizer lines_;
  Characters characters_;
  PairTable pairs_;
  Rules rules_;
  std::array<std::optional<TokenId>, 256> bytes_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_sentencepiece_encoder(const Vocabulary& vocabulary,
                                                            const TokenSet& tokens,
                                                            std::optional<TokenId> unknown,
                                                            bool opening_space) {
  Characters characters(tokens);
  TRY(PairTable pairs, pairs_by_score(vocabulary, tokens, characters));
  TRY(PreTokenizer whole, PreTokenizer::make({}));
  CharacterEncoder::Rules rules{.opening_space = opening_space, .cut_at_spaces = spaces_only_begin(tokens)};
  return std::unique_ptr<Encoder>(std::make_unique<CharacterEncoder>(
      tokens, unknown, std::move(whole), std::move(characters), std::move(pairs), rules));
}

Result<std::unique_ptr<Encoder>> make_character_merge_encoder(const Vocabulary& vocabulary,
                                                              const TokenSet& tokens,
                                                              const PreTokenizerRow& row,
                                                              std::optional<TokenId> unknown) {
  TRY(PairTable pairs, read_merges(vocabulary.merges, tokens));
  TRY(PreTokenizer lines, PreTokenizer::make(row.patterns));
  CharacterEncoder::Rules rules{.whole_newlines = true, .cut_at_spaces = spaces_only_begin(tokens)};
  return std::unique_ptr<Encoder>(std::make_unique<CharacterEncoder>(
      tokens, unknown, std::move(lines), Characters(tokens), std::move(pairs), rules));
}

}  // namespace hearth
