// Small vocabularies for tests and fuzzers, which own what a Vocabulary only looks at.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

class TestVocabulary {
 public:
  Vocabulary fields;  // tokens, merges and kinds are filled in by view()

  TokenId add(std::string_view text, TokenKind kind = TokenKind::normal, float score = 0) {
    tokens_.push_back(keep(text));
    kinds_.push_back(kind);
    scores_.push_back(score);
    return static_cast<TokenId>(tokens_.size() - 1);
  }

  void add_merge(std::string_view merge) { merges_.push_back(keep(merge)); }

  // A merge and the token that it makes.
  TokenId add_joined(std::string_view left, std::string_view right) {
    add_merge(std::string(left) + ' ' + std::string(right));
    return add(std::string(left) + std::string(right));
  }

  // The 256 tokens of byte-level BPE: token i is byte i.
  void add_byte_characters() {
    for (uint16_t character : kByteToChar) {
      std::string text;
      append_utf8(text, character);
      add(text);
    }
  }

  // <0x00> to <0xFF>.
  TokenId add_byte_tokens() {
    TokenId first = static_cast<TokenId>(tokens_.size());
    for (int byte = 0; byte < 256; ++byte) add(fmt::format("<0x{:02X}>", byte), TokenKind::byte);
    return first;
  }

  Vocabulary view() const {
    Vocabulary result = fields;
    result.tokens = tokens_;
    result.merges = merges_;
    result.kinds = kinds_;
    bool has_scores = result.model == "llama" || result.model == "t5" || result.model == "plamo2";
    if (has_scores) result.scores = scores_;
    return result;
  }

  std::unique_ptr<const Tokenizer> make() const { return Tokenizer::make(view()).value(); }
  std::string error() const { return Tokenizer::make(view()).error().message; }

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

  std::deque<std::string> texts_;
  std::vector<std::string_view> tokens_, merges_;
  std::vector<TokenKind> kinds_;
  std::vector<float> scores_;
};

// <unk>, <s>, </s>, all bytes, and "hello" and "world" by way of shorter tokens; U+2581 is the space.
inline TestVocabulary sentencepiece_vocabulary() {
  TestVocabulary v;
  v.fields.model = "llama";
  v.add("<unk>", TokenKind::unknown);
  v.add("<s>", TokenKind::control);
  v.add("</s>", TokenKind::control);
  v.add_byte_tokens();
  for (std::string_view c : {"\u2581", "h", "e", "l", "o", "w", "r", "d"}) v.add(c, TokenKind::normal, -100);
  v.add("he", TokenKind::normal, -1);
  v.add("ll", TokenKind::normal, -2);
  v.add("hell", TokenKind::normal, -3);
  v.add("hello", TokenKind::normal, -4);
  v.add("\u2581hello", TokenKind::normal, -5);
  v.add("or", TokenKind::normal, -6);
  v.add("\u2581w", TokenKind::normal, -7);
  v.add("\u2581wor", TokenKind::normal, -8);
  v.add("\u2581world", TokenKind::normal, -9);  // from "\u2581wor" and "ld"
  v.add("ld", TokenKind::normal, -10);
  return v;
}

// Bytes as ids 0 to 255, some merges, and the control tokens <|im_start|> and <|im_end|>.
inline TestVocabulary byte_level_vocabulary() {
  TestVocabulary v;
  v.fields.model = "gpt2";
  v.fields.pre = "gpt-2";
  v.add_byte_characters();
  v.add_joined("h", "e");
  v.add_joined("l", "l");
  v.add_joined("he", "ll");
  v.add_joined("hell", "o");
  v.add_joined("\u0120", "hello");  // U+0120 is the byte of the space
  v.add_joined("\u0120", "\u0120");
  v.add("<|im_start|>", TokenKind::control);
  v.add("<|im_end|>", TokenKind::control);
  return v;
}

}  // namespace hearth
