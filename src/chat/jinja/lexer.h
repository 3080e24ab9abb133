// The tokens of a template. White space control is done here: what a tag strips is not in the text around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/jinja/heap.h"

namespace hearth::jinja {

enum class TokenType : uint8_t {
  data,  // text between tags
  variable_begin,
  variable_end,
  block_begin,
  block_end,
  name,
  string,  // as written, with its quotes
  integer,
  real,
  symbol,  // an operator or a bracket
  end,
};

struct Token {
  TokenType type;
  Position at;
  std::string_view text;  // in the source

  bool is(TokenType t) const { return type == t; }
  bool is_symbol(std::string_view s) const { return type == TokenType::symbol && text == s; }
  bool is_name(std::string_view n) const { return type == TokenType::name && text == n; }
};

// For messages: `"endif"`, `end of the template`.
std::string describe(const Token& token);

// A template's text: lines end in \n alone, and one line break at its end is dropped.
std::string normalize_source(std::string_view text);

// `source` is normalized and valid UTF-8, and outlives the tokens. An error begins with LINE:COLUMN.
Result<std::vector<Token>> tokenize(std::string_view source);

// What a string token says. Nothing for escapes that are none.
std::optional<std::string> unescape(std::string_view literal);

template <class... Args>
Error error_at(Position at, fmt::format_string<Args...> format, Args&&... args) {
  return Error{
      fmt::format("{}:{}: {}", at.line, at.column, fmt::format(format, std::forward<Args>(args)...))};
}

}  // namespace hearth::jinja
