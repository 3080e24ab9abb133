#include "chat/format/values.h"

#include <algorithm>

#include "base/text.h"
#include "chat/format/json_scanner.h"
#include "chat/format/lexemes.h"
#include "chat/format/literal_reader.h"

namespace hearth {

namespace {

ValueKind both(ValueKind a, ValueKind b) {
  if (a == ValueKind::unknown) return b;
  if (b == ValueKind::unknown || a == b) return a;
  return ValueKind::mixed;
}

ValueKind kind_of_name(const ChatJson& name) { return name == "string" ? ValueKind::text : ValueKind::other; }

// Schemas refer to themselves; what such a part of one is stays unknown.
ValueKind kind_of(const ChatJson* schema, int depth) {
  if (!schema || !schema->is_object() || depth == 0) return ValueKind::unknown;
  ValueKind kind = ValueKind::unknown;
  if (auto type = schema->find("type"); type != schema->end()) {
    if (type->is_array()) {
      for (const ChatJson& name : *type) kind = both(kind, kind_of_name(name));
    } else {
      kind = kind_of_name(*type);
    }
    return kind;
  }
  if (auto values = schema->find("enum"); values != schema->end() && values->is_array()) {
    for (const ChatJson& value : *values) {
      kind = both(kind, value.is_string() ? ValueKind::text : ValueKind::other);
    }
    return kind;
  }
  if (auto value = schema->find("const"); value != schema->end()) {
    return value->is_string() ? ValueKind::text : ValueKind::other;
  }
  if (schema->contains("properties") || schema->contains("items")) return ValueKind::other;
  for (const char* key : {"anyOf", "oneOf", "allOf"}) {
    auto choices = schema->find(key);
    if (choices == schema->end() || !choices->is_array()) continue;
    for (const ChatJson& choice : *choices) kind = both(kind, kind_of(&choice, depth - 1));
  }
  return kind;
}

}  // namespace

ValueKind kind_of_schema(const ChatJson* schema) { return kind_of(schema, 16); }

const ChatJson* find_tool(const ChatJson& tools, std::string_view function) {
  if (!tools.is_array()) return nullptr;
  for (const ChatJson& tool : tools) {
    if (!tool.is_object()) continue;
    const ChatJson* described = &tool;
    if (auto inner = tool.find("function"); inner != tool.end() && inner->is_object()) described = &*inner;
    auto name = described->find("name");
    if (name != described->end() && *name == function) return described;
  }
  return nullptr;
}

const ChatJson* property_schema(const ChatJson* schema, std::string_view name) {
  if (!schema || !schema->is_object()) return nullptr;
  auto properties = schema->find("properties");
  if (properties == schema->end() || !properties->is_object()) return nullptr;
  auto property = properties->find(std::string(name));
  return property == properties->end() ? nullptr : &*property;
}

const ChatJson* parameter_schema(const ChatJson& tools, std::string_view function,
                                 std::string_view parameter) {
  const ChatJson* tool = find_tool(tools, function);
  if (!tool) return nullptr;
  auto parameters = tool->find("parameters");
  return parameters == tool->end() ? nullptr : property_schema(&*parameters, parameter);
}

void append_json_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  append_json_text(out, text);
  return out + '"';
}

std::optional<std::string> literal_to_json(std::string_view text) {
  text = trim(text);
  if (text.empty()) return {};
  if (json_end(text, 0) == text.size()) return std::string(text);
  LiteralReader reader({.escapes = true});
  std::string out;
  for (char c : text) {
    if (reader.push(c, out) == LiteralReader::Step::more) continue;
    return {};
  }
  if (!reader.finish(out)) return {};
  return out;
}

std::string value_to_json(std::string_view raw, ValueKind kind, const ValueReading& reading) {
  if (reading.text_is_json) {
    auto literal = literal_to_json(raw);
    return literal ? *literal : json_text(raw);
  }
  if (kind == ValueKind::text) return json_text(raw);
  auto literal = literal_to_json(raw);
  if (!literal) return json_text(raw);
  if (kind == ValueKind::other) return *literal;
  // Quotes around a text are its own, and words of another language are words.
  std::string_view text = trim(raw);
  if (literal->front() == '"') return json_text(raw);
  if (*literal != text && !reading.python_words) return json_text(raw);
  return *literal;
}

}  // namespace hearth
