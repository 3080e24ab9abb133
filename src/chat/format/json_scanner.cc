#include "chat/format/json_scanner.h"

#include "chat/format/lexemes.h"

namespace hearth {

namespace {

constexpr size_t kDeepestJson = 256;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

JsonScanner::Step JsonScanner::end_value() {
  state_ = open_.empty() ? State::done : State::comma_or_end;
  return open_.empty() ? Step::last : Step::more;
}

JsonScanner::Step JsonScanner::begin_value(char c) {
  switch (c) {
    case '{':
    case '[':
      if (open_.size() == kDeepestJson) return Step::bad;
      open_ += c;
      state_ = c == '{' ? State::key_or_end : State::item_or_end;
      return Step::more;
    case '"': state_ = State::string; return Step::more;
    case 't': word_ = "rue"; break;
    case 'f': word_ = "alse"; break;
    case 'n': word_ = "ull"; break;
    default:
      if (c != '-' && !digit(c)) return Step::bad;
      digits_ = c == '-' ? Digits::sign : c == '0' ? Digits::zero : Digits::whole;
      state_ = State::number;
      return Step::more;
  }
  state_ = State::word;
  return Step::more;
}

// more: it belongs to the number. past: the number ended before it.
JsonScanner::Step JsonScanner::number(char c) {
  Digits before = digits_;
  switch (digits_) {
    case Digits::sign:
      if (!digit(c)) return Step::bad;
      digits_ = c == '0' ? Digits::zero : Digits::whole;
      return Step::more;
    case Digits::point:
      if (!digit(c)) return Step::bad;
      digits_ = Digits::fraction;
      return Step::more;
    case Digits::e:
    case Digits::e_sign:
      if (before == Digits::e && (c == '+' || c == '-')) {
        digits_ = Digits::e_sign;
      } else if (digit(c)) {
        digits_ = Digits::exponent;
      } else {
        return Step::bad;
      }
      return Step::more;
    case Digits::zero:
    case Digits::whole:
      if (c == '.') return digits_ = Digits::point, Step::more;
      if (digit(c)) return digits_ == Digits::zero ? Step::bad : Step::more;
      break;
    case Digits::fraction:
    case Digits::exponent:
      if (digit(c)) return Step::more;
      break;
  }
  if ((c == 'e' || c == 'E') && digits_ != Digits::exponent) return digits_ = Digits::e, Step::more;
  return Step::past;
}

JsonScanner::Step JsonScanner::push(char c) {
  switch (state_) {
    case State::string:
      if (static_cast<unsigned char>(c) < 0x20) return Step::bad;
      if (c == '\\') {
        state_ = State::escape;
      } else if (c == '"') {
        if (!key_) return end_value();
        key_ = false;
        state_ = State::colon;
      }
      return Step::more;
    case State::escape:
      if (c == 'u') {
        left_ = 4;
        state_ = State::hex;
        return Step::more;
      }
      if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return Step::bad;
      state_ = State::string;
      return Step::more;
    case State::hex:
      if (!hex_digit(c)) return Step::bad;
      if (--left_ == 0) state_ = State::string;
      return Step::more;
    case State::word:
      if (c != word_.front()) return Step::bad;
      word_.remove_prefix(1);
      return word_.empty() ? end_value() : Step::more;
    case State::number: {
      Step step = number(c);
      if (step != Step::past) return step;
      if (open_.empty()) return state_ = State::done, Step::past;
      state_ = State::comma_or_end;
      break;
    }
    default: break;
  }
  if (is_space(c)) return c == '\v' || c == '\f' ? Step::bad : Step::more;
  switch (state_) {
    case State::value: return begin_value(c);
    case State::item_or_end:
      if (c != ']') return begin_value(c);
      open_.pop_back();
      return end_value();
    case State::key_or_end:
      if (c == '}') {
        open_.pop_back();
        return end_value();
      }
      [[fallthrough]];
    case State::key:
      if (c != '"') return Step::bad;
      key_ = true;
      state_ = State::string;
      return Step::more;
    case State::colon:
      if (c != ':') return Step::bad;
      state_ = State::value;
      return Step::more;
    case State::comma_or_end:
      if (c == ',') {
        state_ = open_.back() == '{' ? State::key : State::value;
        return Step::more;
      }
      if (c != (open_.back() == '{' ? '}' : ']')) return Step::bad;
      open_.pop_back();
      return end_value();
    default: return Step::bad;
  }
}

std::optional<size_t> json_end(std::string_view text, size_t at) {
  JsonScanner scanner;
  for (size_t i = at; i < text.size(); ++i) {
    switch (scanner.push(text[i])) {
      case JsonScanner::Step::more: break;
      case JsonScanner::Step::last: return i + 1;
      case JsonScanner::Step::past: return i;
      case JsonScanner::Step::bad: return {};
    }
  }
  if (scanner.could_end()) return text.size();
  return {};
}

}  // namespace hearth
