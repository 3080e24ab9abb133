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

GrammarText schema_grammar(const ChatJson& schema) { return {GrammarKind::json_schema, json_text(schema)}; }

std::optional<AnswerGrammar> format_grammar(const Fields& fields, std::string_view name) {
  const ChatJson* format = fields.object(name);
  if (!format) return std::nullopt;
  Fields inner = fields.inside(name, *format);
  std::string type = inner.required_text("type");
  if (inner.failed() || type == "text") return std::nullopt;
  if (type != "json_object" && type != "json_schema") {
    inner.refuse("type",
                 fmt::format("is {}, expected \"text\", \"json_object\" or \"json_schema\"", shown(type)));
    return std::nullopt;
  }
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
