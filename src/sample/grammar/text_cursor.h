// A place in a text that is being parsed, and errors that say where it is.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/result.h"
#include "base/text.h"
#include "sample/grammar/char_set.h"
#include "tokenizer/utf8.h"

namespace hearth::grammar {

class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  // NUL at the end; a NUL in the text is nothing that any syntax asks for.
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip(size_t count = 1) { at_ = std::min(at_ + count, text_.size()); }
  bool take(char c) {
    if (done() || peek() != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  std::string_view take_while(auto&& is_wanted) {
    size_t begin = at_;
    while (!done() && is_wanted(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  size_t position() const { return at_; }
  std::string_view since(size_t begin) const { return text_.substr(begin, at_ - begin); }

  // The character here, which is passed over.
  Result<uint32_t> character() {
    if (done()) return expected("a character");
    Utf8Char found = utf8_at(text_, at_);
    if (!found.valid()) return error("the text is not UTF-8 here");
    at_ += found.size;
    return found.code;
  }

  Error error(std::string_view message) const { return error_at(at_, message); }
  Error error_at(size_t position, std::string_view message) const {
    std::string_view before = text_.substr(0, position);
    auto line = 1 + std::count(before.begin(), before.end(), '\n');
    size_t column = position - (before.rfind('\n') + 1) + 1;  // without a newline, rfind() + 1 is 0
    if (text_.find('\n') == std::string_view::npos) return fail("column {}: {}", column, message);
    return fail("line {}, column {}: {}", line, column, message);
  }
  Error expected(std::string_view what) const {
    if (done()) return error(fmt::format("expected {}, but the text ends", what));
    size_t length = std::min<size_t>(text_.substr(at_).find_first_of(" \t\r\n"), 24);
    return error(
        fmt::format("expected {}, found {}", what, quote(text_.substr(at_, std::max<size_t>(length, 1)))));
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

inline bool is_digit(char c) { return '0' <= c && c <= '9'; }
inline int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if ('a' <= c && c <= 'f') return c - 'a' + 10;
  if ('A' <= c && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A count as in {2,5}: what is larger than a billion is refused.
inline Result<uint32_t> parse_count(TextCursor& cursor) {
  size_t begin = cursor.position();
  std::string_view digits = cursor.take_while(is_digit);
  if (digits.empty()) return cursor.expected("a number");
  if (digits.size() > 9)
    return cursor.error_at(begin, fmt::format("the count {} is too large", quote(digits, 24)));
  uint32_t count = 0;
  for (char digit : digits) count = count * 10 + static_cast<uint32_t>(digit - '0');
  return count;
}

// Exactly so many hexadecimal digits that give a character.
inline Result<uint32_t> parse_hex(TextCursor& cursor, int digits) {
  size_t begin = cursor.position();
  uint32_t code = 0;
  for (int i = 0; i < digits; ++i, cursor.skip()) {
    int value = cursor.done() ? -1 : hex_value(cursor.peek());
    if (value < 0) return cursor.expected(fmt::format("{} hexadecimal digits", digits));
    code = code << 4 | static_cast<uint32_t>(value);
  }
  if (code > kLastChar || (code >= 0xD800 && code <= 0xDFFF))
    return cursor.error_at(begin, fmt::format("U+{:04X} is no character", code));
  return code;
}

}  // namespace hearth::grammar
