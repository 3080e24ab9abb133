#include "chat/format/parameter_reader.h"

#include <algorithm>

#include "chat/format/nested_values.h"

namespace hearth {

namespace {

constexpr size_t kLongestKey = 512;

std::string_view leading_space(std::string_view text) {
  return text.substr(0, text.size() - trim_left(text).size());
}
std::string_view trailing_space(std::string_view text) { return text.substr(trim_right(text).size()); }

}  // namespace

ParameterReader::ParameterReader(const ParameterSyntax& syntax, std::string_view behind,
                                 const ChatJson* parameters)
    : syntax_(syntax),
      parameters_(parameters),
      key_begin_(syntax.key_begin),
      separator_(syntax.separator),
      behind_(behind) {}

ParameterReader::Step ParameterReader::end_arguments(std::string& out) {
  out += any_ ? "}" : "{}";
  return Step::past;
}

ParameterReader::Step ParameterReader::begin_next(char c, std::string& out) {
  if (is_space(c)) {
    held_ += c;
    return Step::more;
  }
  if (key_begin_.empty()) {
    if (c == behind_.first()) return end_arguments(out);
    key_.clear();
    state_ = State::key;
    return push(c, out);
  }
  switch (key_begin_.push(c)) {
    case Literal::Step::more: held_ += c; return Step::more;
    case Literal::Step::last:
      held_ += c;
      key_begin_.reset();
      key_.clear();
      state_ = State::key;
      return Step::more;
    case Literal::Step::bad: break;
  }
  return end_arguments(out);
}

void ParameterReader::begin_value(std::string& out) {
  const ChatJson* schema = property_schema(parameters_, key_);
  if (kind_ == ValueKind::unknown) kind_ = kind_of_schema(schema);
  out += any_ ? ", " : "{";
  out += json_text(key_) + ": ";
  any_ = true;
  held_.clear();
  raw_.clear();
  white_.clear();
  begun_ = false;
  depth_ = 0;
  if (!syntax_.tagged()) {
    literal_.emplace(LiteralReader::Options{syntax_.text_is_json, syntax_.text_open, syntax_.text_close});
    state_ = State::literal;
    return;
  }
  value_end_ = without_space(syntax_.end_of(key_));
  streams_ = kind_ == ValueKind::text && !syntax_.text_is_json && syntax_.guard_open.empty();
  if (streams_) out += '"';
  state_ = State::value;
}

// Part of the value, for certain.
void ParameterReader::put(std::string_view text, std::string& out) {
  for (char c : text) {
    if (is_space(c)) {
      white_ += c;
      continue;
    }
    std::string_view white = white_;
    if (!begun_) {
      // The format's own white space before a value, as much of it as there is.
      std::string_view own = trailing_space(syntax_.key_end);
      while (!own.empty() && !white.starts_with(own)) own.remove_suffix(1);
      white.remove_prefix(own.size());
      begun_ = true;
    }
    if (streams_) {
      append_json_text(out, white);
      append_json_text(out, {&c, 1});
    } else {
      raw_ += white;
      raw_ += c;
    }
    white_.clear();
  }
}

void ParameterReader::end_value(std::string& out) {
  std::string_view white = white_;
  if (!begun_) {
    std::string_view own = trailing_space(syntax_.key_end);
    if (white.starts_with(own)) white.remove_prefix(own.size());
  }
  std::string_view own = leading_space(syntax_.value_end);
  if (white.ends_with(own)) white.remove_suffix(own.size());
  if (streams_) {
    append_json_text(out, white);
    out += '"';
  } else {
    raw_ += white;
    std::string_view raw = raw_;
    ValueReading reading{syntax_.python_words, syntax_.text_is_json};
    if (!syntax_.guard_open.empty() && raw.starts_with(syntax_.guard_open) &&
        raw.ends_with(syntax_.guard_close)) {
      raw.remove_prefix(syntax_.guard_open.size());
      raw.remove_suffix(std::min(raw.size(), syntax_.guard_close.size()));
      out += json_text(raw);
    } else if (syntax_.nested() && kind_ != ValueKind::text) {
      out += nested_to_json(raw, syntax_, property_schema(parameters_, key_));
    } else {
      out += value_to_json(raw, kind_, reading);
    }
    raw_.clear();
  }
  white_.clear();
}

ParameterReader::Step ParameterReader::value(char c, std::string& out) {
  // held_ is the beginning of value_end_, or of what nested parameters begin with.
  held_ += c;
  while (!held_.empty()) {
    if (value_end_.starts_with(held_)) {
      if (held_.size() < value_end_.size()) return Step::more;
      if (depth_ > 0 || syntax_.nested()) {
        // Tags of a nested value close in order, so this one is the value's own if none is open.
        if (depth_ == 0) {
          held_.clear();
          end_value(out);
          state_ = State::next;
          return Step::more;
        }
        --depth_;
        put(held_, out);
        held_.clear();
        return Step::more;
      }
      state_ = State::maybe_end;
      key_begin_.reset();
      behind_.reset();
      alive_[0] = !key_begin_.empty();
      alive_[1] = !behind_.empty();
      if (!alive_[0] && !alive_[1]) {
        held_.clear();
        end_value(out);
        state_ = State::next;
      }
      return Step::more;
    }
    if (syntax_.nested() && key_begin_.text().starts_with(held_) && held_.size() < key_begin_.text().size()) {
      return Step::more;
    }
    if (syntax_.nested() && held_.size() > key_begin_.text().size() && held_.starts_with(key_begin_.text())) {
      std::string_view rest = std::string_view(held_).substr(key_begin_.text().size());
      // Same names inside: count those that open.
      if (rest[0] != '/' && std::string_view(key_ + syntax_.key_end).starts_with(rest)) {
        if (rest.size() < key_.size() + syntax_.key_end.size()) return Step::more;
        ++depth_;
        put(held_, out);
        held_.clear();
        return Step::more;
      }
    }
    put({held_.data(), 1}, out);
    held_.erase(0, 1);
  }
  return Step::more;
}

// What ends a value is its end only if what may follow follows: the value may hold the same text.
ParameterReader::Step ParameterReader::maybe_end(char c, std::string& out) {
  held_ += c;
  if (is_space(c)) return Step::more;
  Literal* follows[] = {&key_begin_, &behind_};
  bool ended = false;
  for (int i = 0; i < 2; ++i) {
    if (!alive_[i]) continue;
    Literal::Step step = follows[i]->push(c);
    alive_[i] = step != Literal::Step::bad;
    ended |= step == Literal::Step::last;
  }
  if (ended) {
    std::string rest = held_.substr(value_end_.size());
    held_.clear();
    end_value(out);
    state_ = State::next;
    key_begin_.reset();
    behind_.reset();
    for (size_t i = 0; i < rest.size(); ++i) {
      Step step = push(rest[i], out);
      if (step == Step::more) continue;
      // The last one is given back as the one that was pushed.
      held_ += rest.substr(i, rest.size() - 1 - i);
      return step;
    }
    return Step::more;
  }
  if (alive_[0] || alive_[1]) return Step::more;
  std::string rest = std::move(held_);
  held_.clear();
  put(rest.substr(0, 1), out);
  state_ = State::value;
  for (char again : rest.substr(1)) {
    if (Step step = push(again, out); step != Step::more) return step;
  }
  return Step::more;
}

ParameterReader::Step ParameterReader::push(char c, std::string& out) {
  switch (state_) {
    case State::next: return begin_next(c, out);
    case State::key: {
      std::string_view end = trim_left(syntax_.key_end.empty() ? syntax_.text_marker : syntax_.key_end);
      if (key_.empty() && c == '/' && syntax_.key_begin.ends_with('<')) {
        // Not <name but </, the end of something around.
        return end_arguments(out);
      }
      if (end.empty() || c != end[0]) {
        if (key_.size() == kLongestKey) return Step::bad;
        held_ += c;
        if (!is_space(c)) key_ += c;
        return Step::more;
      }
      ends_[0] = Literal(syntax_.key_end + syntax_.text_marker);
      ends_[1] = Literal(syntax_.key_end + syntax_.other_marker);
      alive_[0] = true;
      alive_[1] = !syntax_.other_marker.empty();
      state_ = State::key_end;
      [[fallthrough]];
    }
    case State::key_end:
      held_ += c;
      for (int i = 0; i < 2; ++i) {
        if (!alive_[i]) continue;
        switch (ends_[i].push(c)) {
          case Literal::Step::more: break;
          case Literal::Step::bad: alive_[i] = false; break;
          case Literal::Step::last:
            kind_ = syntax_.other_marker.empty() ? ValueKind::unknown
                    : i == 0                     ? ValueKind::text
                                                 : ValueKind::other;
            begin_value(out);
            return Step::more;
        }
      }
      if (alive_[0] || alive_[1]) return Step::more;
      held_.pop_back();
      return Step::bad;
    case State::value: return value(c, out);
    case State::maybe_end: return maybe_end(c, out);
    case State::literal:
      switch (literal_->push(c, out)) {
        case LiteralReader::Step::more: return Step::more;
        case LiteralReader::Step::bad: return Step::bad;
        case LiteralReader::Step::past: break;
      }
      separator_.reset();
      state_ = State::behind_literal;
      [[fallthrough]];
    case State::behind_literal:
      if (is_space(c)) return Step::more;
      switch (separator_.push(c)) {
        case Literal::Step::more: return Step::more;
        case Literal::Step::last: state_ = State::next; return Step::more;
        case Literal::Step::bad: break;
      }
      return c == behind_.first() ? end_arguments(out) : Step::bad;
  }
  return Step::bad;
}

bool ParameterReader::finish(std::string& out) {
  bool whole = state_ == State::next;
  switch (state_) {
    case State::value:
      put(held_, out);
      end_value(out);
      break;
    case State::maybe_end:
      held_.clear();
      end_value(out);
      whole = true;
      break;
    case State::literal: whole = literal_->finish(out); break;
    case State::behind_literal: whole = true; break;
    default: break;
  }
  if (state_ != State::key && state_ != State::key_end) held_.clear();
  // An unfinished literal leaves unfinished JSON, as a model that writes JSON does.
  if (whole || state_ == State::value) out += any_ ? "}" : "{}";
  return whole;
}

}  // namespace hearth
