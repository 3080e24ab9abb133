#include "chat/format/nested_values.h"

#include <optional>

#include "chat/format/lexemes.h"
#include "chat/format/values.h"

namespace hearth {

namespace {

constexpr int kDeepestValue = 64;

class NestedReader {
 public:
  NestedReader(std::string_view text, const ParameterSyntax& syntax) : rest_(text), syntax_(syntax) {}

  // The value up to `end`, which is taken too; at the outermost, to the end of the text.
  std::optional<std::string> value(const std::string& end, const ChatJson* schema, int depth) {
    if (depth == kDeepestValue) return {};
    std::string_view ahead = trim_left(rest_);
    if (!opens(ahead)) return scalar(end, schema);
    std::string items;
    bool list = false;
    while (rest_ = trim_left(rest_), opens(rest_)) {
      rest_.remove_prefix(begin().size());
      size_t stop = rest_.find(syntax_.key_end);
      if (stop == rest_.npos) return {};
      std::string key(rest_.substr(0, stop));
      rest_.remove_prefix(stop + syntax_.key_end.size());
      list = key == syntax_.item_name && !property_schema(schema, key);
      auto item =
          value(syntax_.end_of(key), list ? items_of(schema) : property_schema(schema, key), depth + 1);
      if (!item) return {};
      if (!items.empty()) items += ", ";
      if (!list) items += json_text(key) + ": ";
      items += *item;
    }
    if (!take(end)) return {};
    return list ? "[" + items + "]" : "{" + items + "}";
  }

 private:
  std::string_view begin() const { return trim(syntax_.key_begin); }
  bool opens(std::string_view text) const {
    return text.starts_with(begin()) && text.size() > begin().size() && text[begin().size()] != '/';
  }
  static const ChatJson* items_of(const ChatJson* schema) {
    if (!schema || !schema->is_object() || !schema->contains("items")) return nullptr;
    return &(*schema)["items"];
  }
  bool take(const std::string& end) {
    if (end.empty()) return blank(rest_);
    if (!rest_.starts_with(end)) return false;
    rest_.remove_prefix(end.size());
    return true;
  }
  std::optional<std::string> scalar(const std::string& end, const ChatJson* schema) {
    size_t stop = end.empty() ? rest_.size() : rest_.find(end);
    if (stop == rest_.npos) return {};
    std::string_view raw = rest_.substr(0, stop);
    rest_.remove_prefix(stop + end.size());
    if (blank(raw) && schema && schema->is_object()) {
      auto type = schema->find("type");
      if (type != schema->end() && *type == "array") return "[]";
      if (type != schema->end() && *type == "object") return "{}";
      // What this notation has for null.
      if (type != schema->end() && *type == "null") return "null";
    }
    return value_to_json(raw, kind_of_schema(schema), {syntax_.python_words, syntax_.text_is_json});
  }

  std::string_view rest_;
  const ParameterSyntax& syntax_;
};

}  // namespace

std::string nested_to_json(std::string_view raw, const ParameterSyntax& syntax, const ChatJson* schema) {
  NestedReader reader(raw, syntax);
  auto json = reader.value("", schema, 0);
  return json ? *json : json_text(raw);
}

}  // namespace hearth
