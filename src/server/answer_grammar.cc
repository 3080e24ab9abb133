#include "server/answer_grammar.h"

#include <span>

namespace hearth {

namespace {

// A row for each field whose value is a grammar. A schema is an object, or JSON in a string.
struct GrammarField {
  const char* name;
  GrammarKind kind;
};
constexpr GrammarField kFields[] = {
    {"grammar", GrammarKind::gbnf},
    {"json_schema", GrammarKind::json_schema},
    {"guided_json", GrammarKind::json_schema},
    {"guided_regex", GrammarKind::regex},
    {"guided_choice", GrammarKind::choices},
    {"guided_grammar", GrammarKind::gbnf},
};
constexpr GrammarField kStructured[] = {
    {"json", GrammarKind::json_schema},
    {"regex", GrammarKind::regex},
    {"choice", GrammarKind::choices},
    {"grammar", GrammarKind::gbnf},
};

// What a grammar of a kind looks like in a request.
Kind kind_of_grammar(GrammarKind kind) {
  switch (kind) {
    case GrammarKind::json_schema: return Kind::json(R"({"type": ["object", "boolean", "string"]})");
    case GrammarKind::choices:
      return Kind::json(R"({"type": ["array", "string"], "items": {"type": "string"}})");
    default: return Kind::text();
  }
}

std::vector<FieldRow> rows_of(std::span<const GrammarField> fields) {
  std::vector<FieldRow> rows;
  for (const auto& [name, kind] : fields)
    rows.push_back({name, kind_of_grammar(kind), "What the answer is held to"});
  return rows;
}

const FieldTable& structured_fields() {
  static const FieldTable table("StructuredOutputs", rows_of(kStructured));
  return table;
}

const FieldTable& named_schema_fields() {
  static const FieldTable table("NamedSchema",
                                {{"name", Kind::text(), "A name for people"},
                                 {"schema", Kind::json(kJsonSchema), "The JSON schema"},
                                 {"strict", Kind::flag(), "It is always followed to the letter"}});
  return table;
}

class GrammarReader {
 public:
  void add(const Fields& fields, std::string_view name, AnswerGrammar grammar) {
    if (found_)
      return fields.refuse(name,
                           fmt::format("stands beside {}; an answer can only follow one", found_->field));
    found_ = std::move(grammar);
  }

  void read(const Fields& fields, std::span<const GrammarField> rows) {
    for (const auto& [name, kind] : rows) {
      const ChatJson* value = fields.find(name);
      if (!value || *value == "") continue;
      bool is_schema = kind == GrammarKind::json_schema && (value->is_object() || value->is_boolean());
      if (value->is_string()) {
        add(fields, name, {{kind, value->get<std::string>()}, fields.path_of(name)});
      } else if (is_schema || (kind == GrammarKind::choices && value->is_array())) {
        add(fields, name, {{kind, json_text(*value)}, fields.path_of(name)});
      } else {
        const char* expected = kind == GrammarKind::json_schema ? "a schema"
                               : kind == GrammarKind::choices   ? "an array of strings"
                                                                : "a string";
        fields.refuse(name, fmt::format("is {}, expected {}", shown(*value), expected));
      }
    }
  }

  std::optional<AnswerGrammar> take() { return std::move(found_); }

 private:
  std::optional<AnswerGrammar> found_;
};

}  // namespace

const FieldTable& format_fields() {
  static const FieldTable table(
      "AnswerFormat",
      {{"type", Kind::one_of({"text", "json_object", "json_schema"}), "What the answer is to be", true},
       {"json_schema", Kind::object(named_schema_fields), "Its schema"},
       {"schema", Kind::json(kJsonSchema), "Its schema, where it is not under json_schema"}});
  return table;
}

const FieldTable& answer_fields() {
  static const FieldTable table = [] {
    std::vector<FieldRow> rows = rows_of(kFields);
    rows.push_back({"response_format", Kind::object(format_fields), "What the answer is to be"});
    rows.push_back({"structured_outputs", Kind::object(structured_fields), "What the answer is held to"});
    return FieldTable("HeldAnswer", std::move(rows));
  }();
  return table;
}

GrammarText schema_grammar(const ChatJson& schema) { return {GrammarKind::json_schema, json_text(schema)}; }

std::optional<AnswerGrammar> format_grammar(const Fields& fields, std::string_view name) {
  const ChatJson* format = fields.object(name);
  if (!format) return std::nullopt;
  Fields inner = fields.inside(name, *format);
  std::string type = inner.required_text("type");
  if (inner.failed() || type == "text") return std::nullopt;
  // In /v1/chat/completions the schema lies one deeper than in /v1/responses; llama-server has it beside json_object too.
  const ChatJson* nested = inner.object("json_schema");
  Fields holder = nested ? inner.inside("json_schema", *nested) : inner;
  const ChatJson* schema = holder.find("schema");
  if (!schema && type == "json_schema") holder.refuse("schema", "is missing; it is a JSON schema");
  if (schema && !schema->is_object() && !schema->is_boolean())
    holder.refuse("schema", fmt::format("is {}, expected a JSON schema", shown(*schema)));
  if (fields.failed()) return std::nullopt;
  return AnswerGrammar{schema_grammar(schema ? *schema : ChatJson{{"type", "object"}}),
                       schema ? holder.path_of("schema") : fields.path_of(name)};
}

std::optional<AnswerGrammar> answer_grammar(const Fields& fields) {
  GrammarReader reader;
  if (auto format = format_grammar(fields, "response_format"))
    reader.add(fields, "response_format", *std::move(format));
  reader.read(fields, kFields);
  if (const ChatJson* structured = fields.object("structured_outputs"))
    reader.read(fields.inside("structured_outputs", *structured), kStructured);
  return reader.take();
}

}  // namespace hearth
