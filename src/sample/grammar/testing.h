// What the tests of grammars share.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sample/grammar/grammar.h"
#include "sample/grammar/matcher.h"

namespace hearth {

// A vocabulary of given texts; token 0 ends, the next ones are control tokens.
struct TestTokens {
  explicit TestTokens(const std::vector<std::string>& texts, size_t controls = 0) : texts(texts) {
    tokens.push_back({"</s>", true, false});
    for (size_t i = 0; i < controls; ++i) tokens.push_back({"<control>", false, true});
    first = static_cast<TokenId>(tokens.size());
    for (const auto& text : this->texts) tokens.push_back({text, false, false});
    trie = VocabularyTrie::make(tokens);
  }
  // Every byte is a token, and nothing else.
  static TestTokens bytes() {
    std::vector<std::string> texts;
    for (int byte = 0; byte < 256; ++byte) texts.push_back(std::string(1, static_cast<char>(byte)));
    return TestTokens(texts);
  }

  std::vector<std::string> texts;
  std::vector<TokenText> tokens;
  TokenId first;
  std::shared_ptr<const VocabularyTrie> trie;
};

inline std::shared_ptr<const Grammar> compiled(GrammarKind kind, std::string_view text,
                                               const GrammarOptions& options = {}) {
  auto grammar = Grammar::compile(kind, text, options);
  EXPECT_TRUE(grammar.ok()) << text.substr(0, 500) << "\n" << (grammar.ok() ? "" : grammar.error().message);
  return grammar.ok() ? *grammar : nullptr;
}

inline std::string complaint(GrammarKind kind, std::string_view text) {
  auto grammar = Grammar::compile(kind, text);
  return grammar.ok() ? "" : grammar.error().message;
}

inline const std::shared_ptr<const VocabularyTrie>& byte_trie() {
  static const TestTokens tokens = TestTokens::bytes();
  return tokens.trie;
}

inline bool accepts(const std::shared_ptr<const Grammar>& grammar, std::string_view text) {
  if (!grammar) return false;
  Matcher matcher(grammar, byte_trie());
  return matcher.accept_bytes(text) == text.size() && matcher.is_complete();
}

}  // namespace hearth
