// Turns one schema into expressions. Its methods are in files by what they describe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sample/grammar/json_basics.h"
#include "sample/grammar/machine.h"
#include "sample/grammar/schema_document.h"

namespace hearth::grammar {

class SchemaCompiler {
 public:
  SchemaCompiler(SchemaDocument document, JsonBasics& basics, Expressions& expressions, Budget& budget)
      : doc_(std::move(document)), text_(doc_.text()), basics_(basics), ex_(expressions), budget_(budget) {}
  SchemaCompiler(const SchemaCompiler&) = delete;
  SchemaCompiler& operator=(const SchemaCompiler&) = delete;

  // The rule of what the schema describes.
  Result<RuleId> compile();
  // What any value is; refers to basics.any_value.
  Result<ExprId> any_value() { return plain_value({}); }

 private:
  using Counts = SchemaDocument::Counts;
  struct Property {
    std::string name;
    Schemas schemas;
    bool required = false;
  };
  // Properties that the schemas do not name: what their names are, as they are written, and what their values are.
  struct Others {
    ExprId names;
    Schemas schemas;
  };
  using Patterns = std::map<std::string, Machine>;

  // json_schema.cc
  RuleId rule_of(const Schemas& schemas);
  ExprId reference(const Schemas& schemas) { return ex_.rule(rule_of(schemas)); }
  Result<ExprId> value_of(const Schemas& schemas);
  Result<ExprId> plain_value(const Schemas& schemas);
  Result<Schemas> item_schemas(const Schemas& schemas, size_t index) const;
  Result<ExprId> array_value(const Schemas& schemas);
  ExprId after_comma(ExprId part) { return ex_.sequence({ex_.literal(","), basics_.space, part}); }

  // schema_scalars.cc
  Result<ExprId> listed_values(const Schemas& schemas, uint8_t types);
  std::string comparable(uint32_t value) const;
  Result<bool> allows(const Schemas& schemas, uint32_t value, uint8_t types,
                      const std::optional<Machine>& strings, const std::optional<Machine>& numbers) const;
  ExprId written(uint32_t value);
  bool has_number_rules(const Schemas& schemas) const;
  Result<ExprId> number_value(const Schemas& schemas, uint8_t types);
  Result<Machine> number_machine(const Schemas& schemas, bool integer);
  bool has_string_rules(const Schemas& schemas) const;
  Result<ExprId> string_value(const Schemas& schemas);
  Result<Machine> any_text() { return basics_.language("[^]*", true, budget_); }
  Result<Machine> string_language(const Schemas& schemas);

  // schema_objects.cc
  Result<Patterns> patterns_of(const Schemas& schemas);
  Result<std::vector<Property>> properties_of(const Schemas& schemas, const Patterns& patterns);
  Result<std::optional<Machine>> allowed_names(const Schemas& schemas);
  Result<Machine> name_language(const Schemas& schemas);
  Result<std::vector<Others>> others_of(const Schemas& schemas, const std::vector<Property>& properties,
                                        const Patterns& patterns, const std::optional<Machine>& allowed);
  ExprId member(ExprId name, const Schemas& value);
  Result<ExprId> object_value(const Schemas& schemas);
  Result<ExprId> members(const std::vector<Property>& possible, const std::vector<Others>& others,
                         Counts counts, uint32_t where);

  const SchemaDocument doc_;
  const JsonText& text_;
  JsonBasics& basics_;
  Expressions& ex_;
  Budget& budget_;
  std::map<Schemas, RuleId> rules_;
  std::vector<std::pair<Schemas, RuleId>> todo_;
};

}  // namespace hearth::grammar
