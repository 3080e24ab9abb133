#include "server/field_table.h"

#include "base/text.h"
#include "server/fields.h"

namespace hearth {

namespace {

ChatJson reference_to(const FieldTable& table) {
  return {{"$ref", fmt::format("#/components/schemas/{}", table.name())}};
}

ChatJson either(ChatJson first, ChatJson second) {
  ChatJson both = ChatJson::array();
  both.push_back(std::move(first));
  both.push_back(std::move(second));
  return {{"anyOf", std::move(both)}};
}

ChatJson plain_schema(const Kind& kind) {
  using Type = Kind::Type;
  ChatJson schema;
  switch (kind.type) {
    case Type::json: return kind.json_value;
    case Type::only: return {{"const", kind.json_value}};
    case Type::flag: return {{"type", "boolean"}};
    case Type::number:
      return {{"type", "number"}, {"minimum", kind.least_number}, {"maximum", kind.most_number}};
    case Type::text:
      schema = {{"type", "string"}};
      if (!kind.choices.empty()) schema["enum"] = kind.choices;
      return schema;
    case Type::integer:
      schema = {{"type", "integer"}, {"minimum", kind.least}};
      if (kind.most < INT64_MAX) schema["maximum"] = kind.most;
      return schema;
    case Type::texts:
      return either({{"type", "string"}},
                    {{"type", "array"}, {"items", {{"type", "string"}}}, {"maxItems", kind.most}});
    case Type::object: return kind.inside ? reference_to(kind.inside()) : ChatJson{{"type", "object"}};
    case Type::list:
      schema = {{"type", "array"}, {"items", reference_to(kind.inside())}};
      if (kind.least > 0) schema["minItems"] = kind.least;
      return schema;
  }
  return schema;
}

std::string plainly_expected(const Kind& kind) {
  using Type = Kind::Type;
  std::string list;
  switch (kind.type) {
    case Type::json: return "what /openapi.json shows";
    case Type::only: return json_text(kind.json_value);
    case Type::flag: return "true or false";
    case Type::number: return fmt::format("a number from {} to {}", kind.least_number, kind.most_number);
    case Type::text:
      for (size_t i = 0; i < kind.choices.size(); ++i) {
        if (i > 0) list += i + 1 < kind.choices.size() ? ", " : " or ";
        list += quote(kind.choices[i], 40);
      }
      return list.empty() ? "a string" : list;
    case Type::integer:
      return kind.most == INT64_MAX ? fmt::format("an integer from {} on", kind.least)
                                    : fmt::format("an integer from {} to {}", kind.least, kind.most);
    case Type::texts: return fmt::format("a string, or an array of at most {} strings", kind.most);
    case Type::object: return "an object";
    case Type::list: return kind.least > 0 ? "an array that is not empty" : "an array";
  }
  return {};
}

}  // namespace

Kind Kind::json(std::string_view schema, TableOf inside) {
  return {.inside = inside, .json_value = ChatJson::parse(schema)};
}

std::string Kind::expected() const { return (takes_text ? "a string or " : "") + plainly_expected(*this); }

ChatJson Kind::schema() const {
  return takes_text ? either({{"type", "string"}}, plain_schema(*this)) : plain_schema(*this);
}

FieldTable::FieldTable(std::string name, std::vector<FieldRow> rows, const std::vector<TableOf>& parts)
    : name_(std::move(name)) {
  for (FieldRow& row : rows) {
    std::string key = row.name;
    rows_.emplace(std::move(key), std::move(row));
  }
  for (TableOf part : parts) rows_.insert(part().rows_.begin(), part().rows_.end());
}

const FieldRow* FieldTable::find(std::string_view name) const {
  auto at = rows_.find(name);
  return at == rows_.end() ? nullptr : &at->second;
}

ChatJson FieldTable::schema() const {
  ChatJson properties = ChatJson::object(), required = ChatJson::array();
  for (const auto& [name, row] : rows_) {
    ChatJson schema = row.kind.schema();
    schema["description"] = row.what;
    properties[name] = std::move(schema);
    if (row.required) required.push_back(name);
  }
  ChatJson schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

void FieldTable::describe(ChatJson& components) const {
  if (components.contains(name_)) return;
  components[name_] = schema();
  for (const auto& [name, row] : rows_) {
    if (row.kind.inside) row.kind.inside().describe(components);
  }
}

const FieldTable& model_fields() {
  static const FieldTable table("OfModel", {{"model", Kind::text(), "The model; none: the server's first"}});
  return table;
}

const FieldTable& text_part_fields() {
  static const FieldTable table("TextPart", {{"type", Kind::text(), "What kind of part it is", true},
                                             {"text", Kind::text(), "What it says"},
                                             {"refusal", Kind::text(), "What it says instead"}});
  return table;
}

}  // namespace hearth
