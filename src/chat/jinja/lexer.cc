#include "chat/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

constexpr std::string_view kSymbols[] = {"**", "//", "==", "!=", ">=", "<=", "+", "-", "*",
                                         "/",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                         ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The length of digits, with single underscores between them, that `text` begins with.
template <class IsDigit>
size_t digits(std::string_view text, IsDigit is) {
  size_t at = 0;
  while (at < text.size()) {
    size_t digit = at > 0 && text[at] == '_' ? at + 1 : at;
    if (digit >= text.size() || !is(text[digit])) break;
    at = digit + 1;
  }
  return at;
}

size_t real_length(std::string_view text) {
  size_t length = digits(text, is_digit);
  if (length == 0) return 0;
  bool real = false;
  if (length + 1 < text.size() && text[length] == '.' && is_digit(text[length + 1])) {
    length += 1 + digits(text.substr(length + 1), is_digit);
    real = true;
  }
  if (length < text.size() && (text[length] == 'e' || text[length] == 'E')) {
    size_t exponent = length + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (size_t more = digits(text.substr(std::min(exponent, text.size())), is_digit)) {
      length = exponent + more;
      real = true;
    }
  }
  return real ? length : 0;
}

size_t integer_length(std::string_view text) {
  if (text.empty() || !is_digit(text[0])) return 0;
  if (text[0] == '0' && text.size() > 1) {
    auto prefixed = [&](auto is) {
      size_t skip = text.size() > 2 && text[2] == '_' ? 3 : 2;
      size_t length = digits(text.substr(skip), is);
      return length ? skip + length : 0;
    };
    size_t length = 0;
    switch (text[1] | 0x20) {
      case 'b': length = prefixed([](char c) { return c == '0' || c == '1'; }); break;
      case 'o': length = prefixed([](char c) { return c >= '0' && c <= '7'; }); break;
      case 'x':
        length = prefixed([](char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); });
        break;
      default: break;
    }
    if (length) return length;
  }
  if (text[0] == '0') return digits(text, [](char c) { return c == '0'; });
  return digits(text, is_digit);
}

size_t name_length(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    size_t next = at;
    if (!is_word(next_character(text, next))) break;
    at = next;
  }
  return at;
}

// The length of a quoted string with its quotes; 0 if it does not end.
size_t string_length(std::string_view text) {
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == text[0]) {
      return at + 1;
    }
  }
  return 0;
}

size_t blank_length(std::string_view text) { return text.size() - strip_left(text).size(); }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) {
      size_t tag = find_tag();
      if (tag == source_.npos) {
        data(source_.size());
        break;
      }
      char kind = source_[tag + 1];
      char sign = sign_at(tag + 2);
      text_before_tag(tag, sign, kind != '{');
      size_t inside = sign ? tag + 3 : tag + 2;
      if (kind == '#') {
        TRY_STATUS(comment(inside));
      } else if (size_t length = kind == '%' ? raw_begin(inside) : 0) {
        advance(inside + length);
        TRY_STATUS(raw());
      } else {
        TRY_STATUS(code(inside, kind == '{'));
      }
    }
    push(TokenType::end, 0);
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return source_.substr(at_); }
  bool starts(size_t at, std::string_view with) const {
    return source_.substr(at).substr(0, with.size()) == with;
  }

  char sign_at(size_t at) const {
    return at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
  }

  // Moves to `to`, counting lines and columns.
  void advance(size_t to) {
    for (; at_ < to; ++at_) {
      if (source_[at_] == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if ((static_cast<uint8_t>(source_[at_]) & 0xc0) != 0x80) {
        ++position_.column;
      }
    }
  }

  void push(TokenType type, size_t length) {
    tokens_.push_back({type, position_, source_.substr(at_, length)});
    advance(at_ + length);
  }

  void data(size_t end) {
    if (end > at_) push(TokenType::data, end - at_);
  }

  size_t find_tag() const {
    for (size_t at = source_.find('{', at_); at != source_.npos; at = source_.find('{', at + 1)) {
      char next = at + 1 < source_.size() ? source_[at + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') return at;
    }
    return source_.npos;
  }

  // The text up to a tag. `-` strips blanks before the tag; without a sign, a block or comment that is first on
  // its line takes the blanks before it along.
  void text_before_tag(size_t tag, char sign, bool strips_line) {
    std::string_view text = source_.substr(at_, tag - at_);
    bool at_line_start = at_ == 0 || source_[at_ - 1] == '\n';
    size_t keep = text.size();
    if (sign == '-') {
      keep = strip_right(text).size();
    } else if (sign != '+' && strips_line) {
      size_t line = text.rfind('\n') + 1;  // 0 if there is none
      if ((line > 0 || at_line_start) && strip_left(text.substr(line)).empty()) keep = line;
    }
    data(at_ + keep);
    advance(tag);
  }

  // The length of what closes a tag at `at`, with the blanks it takes: "-%}" all of them, "%}" one line break.
  size_t close_length(size_t at, std::string_view close) const {
    if (starts(at, close)) {
      size_t end = at + close.size();
      return close.size() + (close != "}}" && end < source_.size() && source_[end] == '\n' ? 1 : 0);
    }
    if (sign_at(at) && starts(at + 1, close)) {
      if (source_[at] == '+') return close == "}}" ? 0 : 1 + close.size();
      size_t length = 1 + close.size();
      return length + blank_length(source_.substr(at + length));
    }
    return 0;
  }

  Status comment(size_t inside) {
    size_t end = source_.find("#}", inside);
    if (end == source_.npos) return error_at(position_, "the comment does not end; expected #}}");
    if (end > inside && sign_at(end - 1)) --end;
    advance(end + close_length(end, "#}"));
    return {};
  }

  // The length of `raw %}` and the blanks that it takes; 0 if another block begins.
  size_t raw_begin(size_t inside) const {
    size_t at = inside + blank_length(source_.substr(inside));
    if (!starts(at, "raw")) return 0;
    at += 3 + blank_length(source_.substr(at + 3));
    if (starts(at, "%}")) return at + 2 - inside;
    if (!starts(at, "-%}")) return 0;
    return at + 3 + blank_length(source_.substr(at + 3)) - inside;
  }

  Status raw() {
    for (size_t tag = source_.find("{%", at_); tag != source_.npos; tag = source_.find("{%", tag + 1)) {
      char sign = sign_at(tag + 2);
      size_t at = tag + (sign ? 3 : 2);
      at += blank_length(source_.substr(at));
      if (!starts(at, "endraw")) continue;
      at += 6 + blank_length(source_.substr(at + 6));
      size_t close = close_length(at, "%}");
      if (close == 0) continue;
      text_before_tag(tag, sign, true);
      advance(at + close);
      return {};
    }
    return error_at(position_, "the raw block does not end; expected {{% endraw %}}");
  }

  Status code(size_t inside, bool variable) {
    std::string_view close = variable ? "}}" : "%}";
    Position opened = position_;
    push(variable ? TokenType::variable_begin : TokenType::block_begin, inside - at_);
    brackets_.clear();
    while (at_ < source_.size()) {
      size_t closing = brackets_.empty() ? close_length(at_, close) : 0;
      if (closing) {
        push(variable ? TokenType::variable_end : TokenType::block_end, closing);
        return {};
      }
      TRY_STATUS(one());
    }
    return error_at(opened, "the tag does not end; expected {}", close);
  }

  // One token of an expression, or the blanks before it.
  Status one() {
    std::string_view text = rest();
    if (size_t length = blank_length(text)) {
      advance(at_ + length);
      return {};
    }
    bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
    if (size_t length = after_dot ? 0 : real_length(text)) {
      push(TokenType::real, length);
    } else if (size_t whole = integer_length(text)) {
      push(TokenType::integer, whole);
    } else if (size_t name = name_length(text)) {
      size_t first = 0;
      if (char32_t c = next_character(text, first); c != '_' && !is_alpha(c)) {
        return error_at(position_, "{} is no name", quote(text.substr(0, name)));
      }
      push(TokenType::name, name);
    } else if (text[0] == '\'' || text[0] == '"') {
      size_t quoted_length = string_length(text);
      if (quoted_length == 0) return error_at(position_, "the string does not end");
      push(TokenType::string, quoted_length);
    } else {
      return symbol(text);
    }
    return {};
  }

  Status symbol(std::string_view text) {
    auto found = std::find_if(std::begin(kSymbols), std::end(kSymbols),
                              [&](std::string_view s) { return text.substr(0, s.size()) == s; });
    if (found == std::end(kSymbols)) {
      return error_at(position_, "unexpected {}", quote(text.substr(0, skip_characters(text, 0, 1))));
    }
    constexpr std::string_view kOpen = "([{", kClose = ")]}";
    char c = (*found)[0];
    if (size_t open = kOpen.find(c); open != kOpen.npos) brackets_ += kClose[open];
    if (kClose.find(c) != kClose.npos) {
      if (brackets_.empty()) return error_at(position_, "unexpected {}", quote(*found));
      if (brackets_.back() != c) {
        return error_at(position_, "unexpected {}; expected {}", quote(*found),
                        quote(std::string_view(&brackets_.back(), 1)));
      }
      brackets_.pop_back();
    }
    push(TokenType::symbol, found->size());
    return {};
  }

  std::string_view source_;
  size_t at_ = 0;
  Position position_;
  std::string brackets_;  // that must close before the tag does
  std::vector<Token> tokens_;
};

// Reads up to `most` digits of `base` at `at`, which moves behind them. Fewer than `least`: nothing.
std::optional<uint32_t> read_digits(std::string_view text, size_t& at, size_t least, size_t most,
                                    uint32_t base) {
  uint32_t value = 0;
  size_t count = 0;
  for (; count < most && at < text.size(); ++count, ++at) {
    char c = text[at];
    uint32_t digit = is_digit(c)                              ? static_cast<uint32_t>(c - '0')
                     : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? static_cast<uint32_t>((c | 0x20) - 'a' + 10)
                                                              : base;
    if (digit >= base) break;
    value = value * base + digit;
  }
  return count >= least ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string describe(const Token& token) {
  switch (token.type) {
    case TokenType::data: return "text";
    case TokenType::variable_begin: return "{{";
    case TokenType::variable_end: return "the end of {{ }}";
    case TokenType::block_begin: return "{%";
    case TokenType::block_end: return "the end of {% %}";
    case TokenType::end: return "the end of the template";
    default: return quote(token.text, 48);
  }
}

std::string normalize_source(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      out += text[i];
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

Result<std::vector<Token>> tokenize(std::string_view source) { return Lexer(source).run(); }

std::optional<std::string> unescape(std::string_view literal) {
  std::string_view text = literal.substr(1, literal.size() - 2);
  constexpr std::string_view kLetters = "\\'\"abfnrtv", kMeanings = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  for (size_t at = 0; at < text.size();) {
    char c = text[at++];
    if (c != '\\' || at == text.size()) {
      out += c;
      continue;
    }
    char letter = text[at++];
    if (letter == '\n') continue;
    if (size_t meaning = kLetters.find(letter); meaning != kLetters.npos) {
      out += kMeanings[meaning];
      continue;
    }
    std::optional<uint32_t> code;
    if (letter >= '0' && letter <= '7') {
      --at;
      code = read_digits(text, at, 1, 3, 8);
    } else if (letter == 'x' || letter == 'u' || letter == 'U') {
      size_t count = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
      code = read_digits(text, at, count, count, 16);
    } else if (letter == 'N') {
      return std::nullopt;  // names of characters
    } else {
      out += {'\\', letter};
      continue;
    }
    if (!code || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return std::nullopt;
    append_character(out, *code);
  }
  return out;
}

}  // namespace hearth::jinja
