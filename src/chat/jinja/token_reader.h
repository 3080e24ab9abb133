// What a parser looks at: the current token of a text, and those that it expects.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "chat/jinja/lexer.h"

namespace hearth::jinja {

class TokenReader {
 protected:
  explicit TokenReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& now() const { return tokens_[at_]; }
  const Token& after() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  bool take_symbol(std::string_view text) {
    if (!now().is_symbol(text)) return false;
    take();
    return true;
  }
  bool take_name(std::string_view text) {
    if (!now().is_name(text)) return false;
    take();
    return true;
  }
  Error expected(std::string_view what) const {
    return error_at(now().at, "expected {}, found {}", what, describe(now()));
  }
  Status expect(TokenType type, std::string_view what) {
    if (!now().is(type)) return expected(what);
    take();
    return {};
  }
  Status expect_symbol(std::string_view text) {
    if (!take_symbol(text)) return expected(quote(text));
    return {};
  }
  Result<std::string_view> expect_name(std::string_view what) {
    if (!now().is(TokenType::name)) return expected(what);
    return take().text;
  }

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace hearth::jinja
