#include "chat/format/literal_reader.h"

#include <algorithm>

#include "base/text.h"
#include "chat/format/json_scanner.h"
#include "chat/format/lexemes.h"
#include "chat/format/values.h"

namespace hearth {

namespace {

constexpr size_t kDeepestLiteral = 256, kLongestWord = 256;

bool ends_word(char c) {
  return is_space(c) || std::string_view(",:)]}([{\"'=").find(c) != std::string_view::npos;
}

char closing(char bracket) { return bracket == '{' ? '}' : bracket == '[' ? ']' : ')'; }

bool is_json(std::string_view word) { return json_end(word, 0) == word.size(); }

}  // namespace

LiteralReader::Step LiteralReader::end_value(std::string&) {
  first_ = false;
  if (key_) {
    key_ = false;
    state_ = State::colon;
  } else {
    state_ = open_.empty() ? State::done : State::comma;
  }
  return Step::more;
}

bool LiteralReader::end_word(std::string& out) {
  if (key_) {
    out += json_text(held_);
  } else if (held_ == "True" || held_ == "False") {
    out += held_ == "True" ? "true" : "false";
  } else if (held_ == "None") {
    out += "null";
  } else if (is_json(held_)) {
    out += held_;
  } else {
    return false;
  }
  held_.clear();
  end_value(out);
  return true;
}

LiteralReader::Step LiteralReader::begin(char c, std::string& out) {
  if (!open_.empty() && c == closing(open_.back()) && (first_ || open_.back() != '{')) {
    // An empty one, or one with a comma behind the last item.
    if (!first_ && out.ends_with(',')) out.pop_back();
    out += open_.back() == '{' ? '}' : ']';
    open_.pop_back();
    key_ = false;
    return end_value(out);
  }
  if (c == '"' || c == '\'') {
    quote_ = c;
    out += '"';
    state_ = State::text;
    return Step::more;
  }
  if (!options_.open.empty() && c == options_.open[0]) {
    held_ = c;
    state_ = State::opening_mark;
    if (held_ == options_.open) {
      held_.clear();
      out += '"';
      state_ = State::marked_text;
    }
    return Step::more;
  }
  if (!key_ && (c == '{' || c == '[' || c == '(')) {
    if (open_.size() == kDeepestLiteral) return Step::bad;
    open_ += c;
    out += c == '{' ? '{' : '[';
    first_ = true;
    key_ = c == '{';
    state_ = key_ ? State::key : State::value;
    return Step::more;
  }
  if (ends_word(c)) return Step::bad;
  held_ = c;
  state_ = State::word;
  return Step::more;
}

void LiteralReader::end_code(std::string& out) {
  uint32_t code = code_;
  if (surrogate_ && code >= 0xDC00 && code < 0xE000) {
    code = 0x10000 + ((surrogate_ - 0xD800) << 10) + (code - 0xDC00);
    surrogate_ = 0;
  } else if (code >= 0xD800 && code < 0xDC00) {
    surrogate_ = code;
    state_ = State::text;
    return;
  }
  std::string character;
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  append_utf8(character, code);
  append_json_text(out, character);
  state_ = State::text;
}

LiteralReader::Step LiteralReader::text(char c, std::string& out) {
  // Texts inside lists have escapes in any case: Python wrote them.
  bool escapes = options_.escapes || !open_.empty();
  if (c == '\\' && escapes) {
    state_ = State::escape;
  } else if (c == quote_) {
    if (!escapes) {
      state_ = State::maybe_end;
      held_.clear();
      return Step::more;
    }
    out += '"';
    return end_value(out);
  } else {
    append_json_text(out, {&c, 1});
  }
  return Step::more;
}

LiteralReader::Step LiteralReader::push(char c, std::string& out) {
  switch (state_) {
    case State::value:
    case State::key:
      if (is_space(c)) return Step::more;
      return begin(c, out);
    case State::colon:
      if (is_space(c)) return Step::more;
      if (c != ':' && c != '=') return Step::bad;
      out += ':';
      state_ = State::value;
      return Step::more;
    case State::comma:
      if (is_space(c)) return Step::more;
      if (c == ',') {
        out += ',';
        key_ = open_.back() == '{';
        state_ = key_ ? State::key : State::value;
        return Step::more;
      }
      if (c != closing(open_.back())) return Step::bad;
      out += open_.back() == '{' ? '}' : ']';
      open_.pop_back();
      return end_value(out);
    case State::word:
      if (!ends_word(c)) {
        if (held_.size() == kLongestWord) return Step::bad;
        held_ += c;
        return Step::more;
      }
      return end_word(out) ? push(c, out) : Step::bad;
    case State::text: return text(c, out);
    case State::escape: {
      static constexpr std::string_view kFrom = "ntrbf0av", kTo{"\n\t\r\b\f\0\a\v", 8};
      if (c == 'u' || c == 'x' || c == 'U') {
        code_ = 0;
        digits_ = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        state_ = State::code;
        return Step::more;
      }
      state_ = State::text;
      if (size_t at = kFrom.find(c); at != kFrom.npos) {
        append_json_text(out, kTo.substr(at, 1));
      } else {
        // Python leaves alone what is no escape.
        if (std::string_view("\\'\"/\n").find(c) == std::string_view::npos) out += "\\\\";
        if (c != '\n') append_json_text(out, {&c, 1});
      }
      return Step::more;
    }
    case State::code: {
      int digit = c >= '0' && c <= '9'   ? c - '0'
                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                         : -1;
      if (digit < 0) return Step::bad;
      code_ = (code_ << 4) | static_cast<uint32_t>(digit);
      if (--digits_ == 0) end_code(out);
      return Step::more;
    }
    case State::maybe_end:
      if (is_space(c)) {
        held_ += c;
        return Step::more;
      }
      if (std::string_view(",)]}:").find(c) != std::string_view::npos) {
        out += '"';
        end_value(out);
        held_.clear();
        return push(c, out);
      }
      append_json_text(out, {&quote_, 1});
      append_json_text(out, held_);
      held_.clear();
      state_ = State::text;
      return push(c, out);
    case State::opening_mark:
      held_ += c;
      if (!options_.open.starts_with(held_)) return Step::bad;
      if (held_ == options_.open) {
        held_.clear();
        out += '"';
        state_ = State::marked_text;
      }
      return Step::more;
    case State::marked_text:
      held_ += c;
      while (!held_.empty() && !options_.close.starts_with(held_)) {
        append_json_text(out, {held_.data(), 1});
        held_.erase(0, 1);
      }
      if (held_ == options_.close) {
        held_.clear();
        out += '"';
        return end_value(out);
      }
      return Step::more;
    case State::done: return Step::past;
  }
  return Step::bad;
}

bool LiteralReader::finish(std::string& out) {
  if (state_ == State::word && open_.empty() && !key_) return end_word(out);
  if (state_ == State::maybe_end && open_.empty()) {
    out += '"';
    state_ = State::done;
  }
  return state_ == State::done;
}

}  // namespace hearth
