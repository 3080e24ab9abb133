#include "sample/grammar/json_text.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/text.h"

namespace hearth::grammar {

namespace {
constexpr size_t kMaxDepth = 100;
}

class JsonReceiver : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return scalar(JsonKind::null, {}); }
  bool boolean(bool value) override {
    scalar(JsonKind::boolean, {});
    text_.values_.back().truth = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    return scalar(JsonKind::number, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar(JsonKind::number, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& written) override {
    return scalar(JsonKind::number, written);
  }
  bool string(string_t& value) override { return scalar(JsonKind::string, std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(JsonKind::object); }
  bool start_array(size_t) override { return open(JsonKind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (!open_.back().names.insert(name).second) {
      problem_ = fmt::format("{} has the member {} twice", text_.pointer(open_.back().value), quote(name));
      return false;
    }
    name_ = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& problem) override {
    // The library's sentence, without its number in brackets.
    std::string what = problem.what();
    size_t bracket = what.find("] ");
    problem_ = escape(bracket == std::string::npos ? what : what.substr(bracket + 2), 200);
    if (problem_.empty()) problem_ = fmt::format("byte {}", position);
    return false;
  }

  JsonText text_;
  std::string problem_;

 private:
  struct Open {
    uint32_t value;
    std::unordered_set<std::string> names;
  };

  uint32_t add(JsonKind kind, std::string text) {
    uint32_t index = static_cast<uint32_t>(text_.values_.size());
    JsonText::Value value;
    value.kind = kind;
    value.text = std::move(text);
    value.name = std::move(name_);
    name_.clear();
    value.end = index + 1;
    if (!open_.empty()) {
      value.parent = open_.back().value;
      ++text_.values_[value.parent].size;
    }
    text_.values_.push_back(std::move(value));
    return index;
  }
  bool scalar(JsonKind kind, std::string text) {
    add(kind, std::move(text));
    return true;
  }
  bool open(JsonKind kind) {
    if (open_.size() == kMaxDepth) {
      problem_ = fmt::format("nested more than {} deep", kMaxDepth);
      return false;
    }
    open_.push_back({add(kind, {}), {}});
    return true;
  }
  bool close() {
    text_.values_[open_.back().value].end = static_cast<uint32_t>(text_.values_.size());
    open_.pop_back();
    return true;
  }

  std::string name_;
  std::vector<Open> open_;
};

Result<JsonText> JsonText::parse(std::string_view text) {
  JsonReceiver receiver;
  if (!nlohmann::json::sax_parse(text, &receiver))
    return fail("not the JSON expected: {}", receiver.problem_);
  return std::move(receiver.text_);
}

std::vector<uint32_t> JsonText::children(uint32_t value) const {
  std::vector<uint32_t> result;
  for (uint32_t at = value + 1; at < values_[value].end; at = values_[at].end) result.push_back(at);
  return result;
}

std::optional<uint32_t> JsonText::member(uint32_t object, std::string_view name) const {
  if (values_[object].kind != JsonKind::object) return std::nullopt;
  for (uint32_t at = object + 1; at < values_[object].end; at = values_[at].end) {
    if (values_[at].name == name) return at;
  }
  return std::nullopt;
}

std::string JsonText::pointer(uint32_t value) const {
  std::string result;
  for (; value != 0; value = values_[value].parent) {
    std::string step;
    uint32_t parent = values_[value].parent;
    if (values_[parent].kind == JsonKind::object) {
      for (char c : values_[value].name) {
        if (c == '~') step += "~0";
        if (c == '/') step += "~1";
        if (c != '~' && c != '/') step += c;
      }
    } else {
      size_t index = 0;
      for (uint32_t at = parent + 1; at != value; at = values_[at].end) ++index;
      step = std::to_string(index);
    }
    result = "/" + step + result;
  }
  return escape("#" + result, 200);
}

std::optional<uint32_t> JsonText::find(std::string_view pointer) const {
  uint32_t at = 0;
  while (!pointer.empty()) {
    if (pointer[0] != '/') return std::nullopt;
    size_t length = std::min(pointer.find('/', 1), pointer.size());
    std::string step;
    for (size_t i = 1; i < length; ++i) {
      bool escaped = pointer[i] == '~' && i + 1 < length;
      if (escaped) ++i;
      step += escaped ? (pointer[i] == '1' ? '/' : '~') : pointer[i];
    }
    pointer.remove_prefix(length);
    if (values_[at].kind == JsonKind::object) {
      auto member = this->member(at, step);
      if (!member) return std::nullopt;
      at = *member;
    } else {
      size_t index = 0;
      auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), index);
      if (values_[at].kind != JsonKind::array || problem != std::errc() || end != step.data() + step.size() ||
          index >= values_[at].size)
        return std::nullopt;
      uint32_t child = at + 1;
      for (size_t i = 0; i < index; ++i) child = values_[child].end;
      at = child;
    }
  }
  return at;
}

std::string JsonText::print(uint32_t top) const {
  std::string result;
  std::vector<uint32_t> open;
  for (uint32_t i = top; i < values_[top].end || !open.empty();) {
    while (!open.empty() && values_[open.back()].end == i) {
      result += values_[open.back()].kind == JsonKind::object ? '}' : ']';
      open.pop_back();
      if (open.empty()) return result;
    }
    const Value& value = values_[i];
    if (!open.empty()) {
      if (open.back() + 1 != i) result += ',';
      if (values_[open.back()].kind == JsonKind::object) result += json_quote(value.name) + ':';
    }
    switch (value.kind) {
      case JsonKind::null: result += "null"; break;
      case JsonKind::boolean: result += value.truth ? "true" : "false"; break;
      case JsonKind::number: result += value.text; break;
      case JsonKind::string: result += json_quote(value.text); break;
      case JsonKind::array:
      case JsonKind::object: result += value.kind == JsonKind::object ? '{' : '['; open.push_back(i);
    }
    ++i;
    if (open.empty()) return result;
  }
  return result;
}

std::string json_quote(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    switch (c) {
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      case '\b': result += "\\b"; break;
      case '\f': result += "\\f"; break;
      case '\n': result += "\\n"; break;
      case '\r': result += "\\r"; break;
      case '\t': result += "\\t"; break;
      default:
        if (static_cast<uint8_t>(c) < 0x20) {
          result += fmt::format("\\u{:04x}", c);
        } else {
          result += c;
        }
    }
  }
  return result + '"';
}

}  // namespace hearth::grammar
