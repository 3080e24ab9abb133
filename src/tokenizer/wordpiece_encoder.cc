#include "tokenizer/wordpiece_encoder.h"

#include <utf8proc.h>

#include "tokenizer/trie.h"
#include "tokenizer/utf8.h"

namespace hearth {

namespace {

constexpr std::string_view kWordBegin = "\u2581";

enum class CharClass { letter, space, ignored, mark, alone };

// Scripts that write without spaces: each character is a word.
bool is_ideograph(uint32_t code) {
  static constexpr struct {
    uint32_t first, last;
  } kRanges[] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F},
                 {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};
  for (auto range : kRanges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

CharClass classify(uint32_t code) {
  if ((code >= '\t' && code <= '\r') || code == 0x85) return CharClass::space;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return CharClass::space;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO: return CharClass::ignored;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return CharClass::mark;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return CharClass::alone;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
      if (code < 0x7F) return CharClass::alone;
      return code == 0xFFFD ? CharClass::ignored : CharClass::letter;
    default: return is_ideograph(code) ? CharClass::alone : CharClass::letter;
  }
}

class WordPieceEncoder : public Encoder {
 public:
  WordPieceEncoder(const TokenSet& tokens, TokenId unknown, WordPieceRules rules)
      : unknown_(unknown), rules_(rules) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      TokenId id = static_cast<TokenId>(i);
      if (tokens.is_plain(id) && !tokens.text(id).empty()) trie_.insert(tokens.text(id), id);
    }
  }

  Status encode(std::string_view text, bool, Encoding& out) const override {
    std::string word;
    for (size_t at = 0; at < text.size();) {
      Utf8Char next = utf8_at(text, at);
      at += next.size;
      if (!next.valid()) continue;
      uint32_t code = rules_.strip_accents ? base_of(next.code) : next.code;
      CharClass kind = classify(code);
      if (kind == CharClass::ignored || (kind == CharClass::mark && rules_.strip_accents)) continue;
      if (kind == CharClass::space || kind == CharClass::alone) finish(word, out);
      if (kind == CharClass::space) continue;
      if (rules_.lowercase)
        code = static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
      append_utf8(word, code);
      if (kind == CharClass::alone) finish(word, out);
    }
    finish(word, out);
    return {};
  }

  std::string piece(std::string_view text) const override {
    if (!text.starts_with(kWordBegin)) return std::string(text);
    return ' ' + std::string(text.substr(kWordBegin.size()));
  }

  bool opens_with_space() const override { return true; }

 private:
  // The first character of what it is composed of. A syllable of Hangul is reduced to its first letter: so it is
  // done wherever GGUF files of this kind are run, and ids must agree with the vectors that are stored.
  static uint32_t base_of(uint32_t code) {
    utf8proc_int32_t parts[32];
    int last = 0;
    auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts, std::size(parts),
                                         UTF8PROC_DECOMPOSE, &last);
    return count > 0 ? static_cast<uint32_t>(parts[0]) : code;
  }

  void finish(std::string& word, Encoding& out) const {
    if (word.empty()) return;
    size_t before = out.ids.size();
    word.insert(0, kWordBegin);
    for (std::string_view rest = word; !rest.empty();) {
      TokenId longest = -1;
      size_t length = 0;
      trie_.prefixes(rest, [&](TokenId id, size_t size) { longest = id, length = size; });
      if (length == 0) {
        out.ids.resize(before);
        out.ids.push_back(unknown_);
        break;
      }
      out.ids.push_back(longest);
      rest.remove_prefix(length);
    }
    word.clear();
  }

  TokenId unknown_;
  WordPieceRules rules_;
  Trie trie_;
};

}  // namespace

std::unique_ptr<Encoder> make_wordpiece_encoder(const TokenSet& tokens, TokenId unknown,
                                                WordPieceRules rules) {
  return std::make_unique<WordPieceEncoder>(tokens, unknown, rules);
}

}  // namespace hearth
