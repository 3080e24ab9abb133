#include "chat/format/call_reader.h"

#include <algorithm>

namespace hearth {

namespace {

constexpr size_t kLongestName = 256, kFarthestLoose = 256;

}  // namespace

CallReader::CallReader(const CallSyntax& syntax, const ChatJson& tools, size_t first, CallSink& sink)
    : syntax_(syntax), tools_(tools), sink_(sink), index_(first) {
  compile();
  begin_call();
}

void CallReader::compile() {
  const auto& parts = syntax_.parts;
  if (syntax_.object) {
    // The literals of an object are for who writes one; whoever reads knows JSON.
    std::string before, after;
    if (parts.front().kind == CallPart::Kind::literal)
      before = parts.front().text.substr(0, parts.front().text.find('{'));
    if (parts.back().kind == CallPart::Kind::literal)
      after = parts.back().text.substr(parts.back().text.rfind('}') + 1);
    if (!blank(before)) parts_.push_back({Kind::literal, Literal(before)});
    parts_.push_back({Kind::object});
    if (!blank(after)) parts_.push_back({Kind::literal, Literal(after)});
  } else {
    for (size_t i = 0; i < parts.size(); ++i) {
      switch (parts[i].kind) {
        case CallPart::Kind::literal:
          if (!blank(parts[i].text))
            parts_.push_back({Kind::literal, Literal(parts[i].text), parts[i].loose});
          break;
        case CallPart::Kind::name: parts_.push_back({Kind::name}); break;
        case CallPart::Kind::id: parts_.push_back({Kind::id}); break;
        case CallPart::Kind::index: parts_.push_back({Kind::index}); break;
        case CallPart::Kind::arguments:
          parts_.push_back({syntax_.parameters ? Kind::parameters : Kind::arguments});
          if (i + 1 < parts.size()) behind_ = parts[i + 1].text;
          break;
      }
    }
  }
  section_ = Literal(syntax_.section_begin);
  section_end_ = Literal(syntax_.section_end);
  in_section_ = !section_end_.empty();
  std::string between = syntax_.separator;
  if (!parts_.empty() && parts_.front().kind == Kind::literal) between += parts_.front().literal.text();
  between_ = Literal(between);
  opening_ = !section_.empty();
}

void CallReader::begin_call() {
  part_ = 0;
  announced_ = closed_ = waiting_ = false;
  name_.clear();
  id_.clear();
  for (Part& part : parts_) part.literal.reset();
  object_.reset();
  scanner_.reset();
  parameters_.reset();
}

std::string CallReader::made_id() const {
  std::string id = syntax_.id_pattern;
  for (auto [place, value] : {std::pair<std::string_view, std::string>("{name}", name_), {"{index}", id_}}) {
    if (size_t at = id.find(place); at != id.npos) id.replace(at, place.size(), value);
  }
  return id;
}

const ChatJson* CallReader::schema() const {
  const ChatJson* tool = find_tool(tools_, name_);
  if (!tool) return nullptr;
  auto parameters = tool->find("parameters");
  return parameters == tool->end() ? nullptr : &*parameters;
}

bool CallReader::announce() {
  if (name_.empty() || name_.size() > kLongestName) return false;
  // What has no mark of its own is a call only if it names a function that there is.
  if (syntax_.bare() && tools_.is_array() && !find_tool(tools_, name_)) return false;
  bool counted =
      std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.kind == Kind::index; });
  if (counted) {
    sink_.begin_call(name_, syntax_.id_pattern.empty() ? "" : made_id());
  } else {
    sink_.begin_call(name_, id_);
  }
  announced_ = true;
  raw_.clear();
  return true;
}

void CallReader::give(std::string& json) {
  if (!json.empty()) sink_.add_arguments(json);
  json.clear();
}

CallReader::Step CallReader::fail() {
  if (announced_ && !closed_) sink_.end_call(id_, true);
  closed_ = true;
  return announced_ ? Step::past : Step::failed;
}

// Bytes that a part did not want, and the one behind them, for the part that follows.
CallReader::Step CallReader::again(std::string bytes, char c) {
  bytes += c;
  for (size_t i = 0; i < bytes.size(); ++i) {
    Step step = push(bytes[i]);
    if (step == Step::more) continue;
    if (step == Step::last && i + 1 == bytes.size()) return step;
    // The last byte is the caller's; those before it are left over.
    raw_ += bytes.substr(step == Step::last ? i + 1 : i, bytes.size() - 1 - (step == Step::last ? i + 1 : i));
    return step == Step::failed ? step : Step::past;
  }
  return Step::more;
}

CallReader::Step CallReader::end_call() {
  if (!closed_) sink_.end_call(id_, false);
  closed_ = true;
  raw_.clear();
  if (!in_section_) return Step::last;
  ++index_;
  waiting_ = true;
  between_.reset();
  section_end_.reset();
  alive_[0] = !between_.empty();
  alive_[1] = true;
  return Step::more;
}

void CallReader::next_part() {
  ++part_;
  skipped_ = 0;
}

CallReader::Step CallReader::push_literal(Part& part, char c) {
  raw_ += c;
  switch (part.literal.push(c)) {
    case Literal::Step::more: return Step::more;
    case Literal::Step::last:
      next_part();
      if (part_ == parts_.size()) return end_call();
      return Step::more;
    case Literal::Step::bad: break;
  }
  if (part.loose && ++skipped_ < kFarthestLoose) {
    part.literal.reset();
    part.literal.push(c);
    return Step::more;
  }
  raw_.pop_back();
  return fail();
}

CallReader::Step CallReader::push_object(char c) {
  if (!object_) {
    if (is_space(c)) {
      raw_ += c;
      return Step::more;
    }
    if (c != '{') return fail();
    object_.emplace(*syntax_.object);
  }
  if (!announced_) raw_ += c;
  JsonScanner::Step step = object_->push(c);
  if (step == JsonScanner::Step::bad) {
    if (!announced_) raw_.pop_back();
    return fail();
  }
  id_ = object_->id();
  bool over = step == JsonScanner::Step::last;
  if (!announced_ && object_->has_name() && (object_->has_arguments() || (over && !syntax_.bare()))) {
    name_ = object_->name();
    if (!announce()) {
      raw_.pop_back();
      return Step::failed;
    }
  }
  if (announced_) {
    std::string json = object_->take_arguments();
    if (over && !object_->has_arguments()) json = "{}";
    give(json);
  }
  if (!over) return Step::more;
  if (!announced_) {
    raw_.pop_back();
    return Step::failed;
  }
  next_part();
  return part_ == parts_.size() ? end_call() : Step::more;
}

// A name, an id or a number: up to white space or to what follows it.
CallReader::Step CallReader::push_word(Kind kind, char c) {
  std::string& word = kind == Kind::name ? name_ : id_;
  bool follows = part_ + 1 < parts_.size();
  const Part* next = follows ? &parts_[part_ + 1] : nullptr;
  bool ends = is_space(c);
  if (next && next->kind == Kind::literal) ends |= next->loose ? c == '<' : c == next->literal.first();
  if (next && next->kind == Kind::arguments) ends |= c == '{';
  if (next && next->kind == Kind::parameters) {
    char first = syntax_.parameters->key_begin.empty() ? '\0' : trim_left(syntax_.parameters->key_begin)[0];
    ends |= c == first || (!behind_.empty() && c == trim_left(behind_)[0]);
  }
  if (!ends) {
    if (std::string_view("<>{}[]\"").find(c) != std::string_view::npos || word.size() == kLongestName)
      return fail();
    if (kind == Kind::index && (c < '0' || c > '9')) return fail();
    word += c;
    raw_ += c;
    return Step::more;
  }
  if (word.empty()) {
    // White space before the word.
    if (!is_space(c)) return fail();
    raw_ += c;
    return Step::more;
  }
  next_part();
  return push_part(c);
}

CallReader::Step CallReader::push_arguments(char c) {
  if (!scanner_) {
    if (is_space(c)) {
      raw_ += c;
      return Step::more;
    }
    if (c != '{') return fail();
    if (!announced_ && !announce()) return fail();
    scanner_.emplace();
  }
  switch (scanner_->push(c)) {
    case JsonScanner::Step::more: json_ += c; break;
    case JsonScanner::Step::last:
      json_ += c;
      give(json_);
      next_part();
      return part_ == parts_.size() ? end_call() : Step::more;
    default: give(json_); return fail();
  }
  give(json_);
  return Step::more;
}

CallReader::Step CallReader::push_parameters(char c) {
  if (!parameters_) parameters_.emplace(*syntax_.parameters, behind_, schema());
  if (!announced_) raw_ += c;
  ParameterReader::Step step = parameters_->push(c, json_);
  if (!json_.empty() && !announced_) {
    raw_.pop_back();
    if (!announce()) return Step::failed;
  }
  give(json_);
  switch (step) {
    case ParameterReader::Step::more: return Step::more;
    case ParameterReader::Step::past: next_part(); return again(parameters_->take_again(), c);
    case ParameterReader::Step::bad: break;
  }
  if (announced_) {
    raw_ += parameters_->take_again();
  } else {
    raw_.pop_back();
  }
  return fail();
}

// Between calls: another one, or the end of all.
CallReader::Step CallReader::push_between(char c) {
  if (is_space(c)) {
    raw_ += c;
    return Step::more;
  }
  bool begun = between_.begun() || section_end_.begun();
  bool had_end = alive_[1];
  if (alive_[1]) {
    Literal::Step step = section_end_.push(c);
    if (step == Literal::Step::last) {
      raw_.clear();
      return Step::last;
    }
    alive_[1] = step == Literal::Step::more;
  }
  if (alive_[0]) {
    Literal::Step step = between_.push(c);
    if (step == Literal::Step::last) {
      begin_call();
      raw_ += c;
      if (parts_.front().kind == Kind::literal) next_part();
      return Step::more;
    }
    alive_[0] = step == Literal::Step::more;
  }
  if (alive_[0] || alive_[1]) {
    raw_ += c;
    return Step::more;
  }
  // Nothing stands between: a call may just follow.
  if (between_.empty() && !begun && had_end && parts_.front().kind == Kind::object && c == '{') {
    begin_call();
    return push_part(c);
  }
  return Step::past;
}

CallReader::Step CallReader::push_part(char c) {
  if (part_ >= parts_.size()) {
    // The last part has no end of its own: what follows it is its end.
    if (!announced_) return fail();
    return end_call() == Step::more ? push_between(c) : Step::past;
  }
  Part& part = parts_[part_];
  switch (part.kind) {
    case Kind::literal: return push_literal(part, c);
    case Kind::object: return push_object(c);
    case Kind::name:
    case Kind::id:
    case Kind::index: return push_word(part.kind, c);
    case Kind::arguments: return push_arguments(c);
    case Kind::parameters: return push_parameters(c);
  }
  return Step::failed;
}

CallReader::Step CallReader::push(char c) {
  if (opening_) {
    switch (section_.push(c)) {
      case Literal::Step::bad: return Step::failed;
      case Literal::Step::last: opening_ = false; [[fallthrough]];
      case Literal::Step::more: raw_ += c; return Step::more;
    }
  }
  return waiting_ ? push_between(c) : push_part(c);
}

void CallReader::finish() {
  if (!announced_) return;
  // Half an end is an end.
  if (waiting_ || parts_[part_].kind == Kind::literal) raw_.clear();
  if (closed_) return;
  bool whole = part_ < parts_.size() && parts_[part_].kind == Kind::literal;
  if (parameters_ && !whole) {
    whole = parameters_->finish(json_);
    give(json_);
    raw_ += parameters_->take_again();
  }
  sink_.end_call(id_, !whole);
  closed_ = true;
}

}  // namespace hearth
