#include "chat/format/object_reader.h"

#include "chat/format/lexemes.h"

namespace hearth {

namespace {

// What models write for either of the two, whichever their template shows.
bool same_key(const std::string& a, const std::string& b) {
  auto generic = [](const std::string& key) { return key == "arguments" || key == "parameters"; };
  return a == b || (generic(a) && generic(b));
}

std::string decode(const std::string& json) {
  ChatJson value = ChatJson::parse(json, nullptr, false);
  return value.is_string() ? value.get<std::string>() : json;
}

}  // namespace

bool ObjectReader::at(const CallObject::Path& path) const {
  if (path.empty() || path.size() != path_.size()) return false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (!same_key(path[i], path_[i])) return false;
  }
  return true;
}

ObjectReader::Part ObjectReader::part_here() const {
  if (object_.name_is_key) {
    return path_.size() == object_.arguments.size() && !arguments_begun_ ? Part::arguments : Part::none;
  }
  if (at(object_.name)) return Part::name;
  if (at(object_.arguments)) return Part::arguments;
  return at(object_.id) ? Part::id : Part::none;
}

void ObjectReader::end_part() {
  switch (part_) {
    case Part::name:
      named_ = raw_.starts_with('"');
      if (named_) name_ = decode(raw_);
      break;
    case Part::id: id_ = decode(raw_); break;
    case Part::arguments:
      if (quoted_) arguments_ += decode(raw_);
      break;
    case Part::none: break;
  }
  part_ = Part::none;
  inner_.reset();
  raw_.clear();
}

JsonScanner::Step ObjectReader::push(char c) {
  using Step = JsonScanner::Step;
  size_t depth = scanner_.depth();
  bool begins = scanner_.awaits_value() && !is_space(c) && c != ']';
  bool in_key = scanner_.in_key();
  if (begins && part_ == Part::none && depth > 0) {
    part_ = part_here();
    if (part_ != Part::none) {
      inner_.emplace();
      raw_.clear();
    }
    if (part_ == Part::arguments) {
      arguments_begun_ = true;
      quoted_ = c == '"';
      if (object_.name_is_key) {
        name_ = path_.back();
        named_ = true;
      }
    }
  }

  Step step = scanner_.push(c);
  if (step == Step::bad) return step;

  if (inner_) {
    Step inner = inner_->push(c);
    if (inner == Step::more || inner == Step::last) {
      if (part_ == Part::arguments && !quoted_) {
        arguments_ += c;
      } else {
        raw_ += c;
      }
    }
    if (inner == Step::last || inner == Step::past) end_part();
  }
  // Keys say where the values are.
  if (in_key || scanner_.in_key()) key_ += c;
  if (in_key && !scanner_.in_key()) {
    path_.resize(depth);
    path_.back() = decode(key_);
    key_.clear();
  }
  if (scanner_.depth() > depth) path_.resize(scanner_.depth());
  if (scanner_.depth() < depth) path_.resize(scanner_.depth());
  return step;
}

}  // namespace hearth
