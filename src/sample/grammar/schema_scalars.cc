// Strings, numbers, and values that are listed.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "sample/grammar/json_formats.h"
#include "sample/grammar/json_numbers.h"
#include "sample/grammar/language.h"
#include "sample/grammar/regex.h"
#include "sample/grammar/schema_compiler.h"

namespace hearth::grammar {

namespace {
constexpr std::string_view kNumberRules[] = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                             "multipleOf"};
}

Result<ExprId> SchemaCompiler::listed_values(const Schemas& schemas, uint8_t types) {
  std::vector<std::vector<uint32_t>> lists;
  TRY_STATUS(doc_.for_each(schemas, "enum", [&](uint32_t member) -> Status {
    if (text_.at(member).kind != JsonKind::array) return doc_.error(member, "expected an array");
    lists.push_back(text_.children(member));
    return {};
  }));
  TRY_STATUS(doc_.for_each(schemas, "const", [&](uint32_t member) -> Status {
    lists.push_back({member});
    return {};
  }));
  std::optional<Machine> strings, numbers;
  if (has_string_rules(schemas)) { TRY(strings, string_language(schemas)); }
  if (has_number_rules(schemas)) { TRY(numbers, number_machine(schemas, false)); }
  std::vector<ExprId> choices;
  std::vector<std::set<std::string>> others;
  for (size_t i = 1; i < lists.size(); ++i) {
    others.emplace_back();
    for (uint32_t value : lists[i]) others.back().insert(comparable(value));
  }
  for (uint32_t value : lists[0]) {
    if (!budget_.take(4)) return budget_.error();
    std::string compared = comparable(value);
    if (!std::all_of(others.begin(), others.end(),
                     [&](const auto& other) { return other.contains(compared); }))
      continue;
    TRY(bool right, allows(schemas, value, types, strings, numbers));
    if (right) choices.push_back(written(value));
  }
  return ex_.choice(choices);
}

// Equal numbers are one value however they are written.
std::string SchemaCompiler::comparable(uint32_t value) const {
  if (text_.at(value).kind != JsonKind::number) return text_.print(value);
  auto decimal = Decimal::parse(text_.at(value).text);
  if (!decimal.ok()) return text_.at(value).text;
  return fmt::format("{}{}.{}", decimal->negative ? "-" : "", decimal->whole, decimal->fraction);
}

Result<bool> SchemaCompiler::allows(const Schemas& schemas, uint32_t value, uint8_t types,
                                    const std::optional<Machine>& strings,
                                    const std::optional<Machine>& numbers) const {
  const auto& written = text_.at(value);
  switch (written.kind) {
    case JsonKind::null: return (types & kNullType) != 0;
    case JsonKind::boolean: return (types & kBooleanType) != 0;
    case JsonKind::string: return (types & kStringType) != 0 && (!strings || matches(*strings, written.text));
    case JsonKind::number: {
      auto decimal = Decimal::parse(written.text);
      if (!decimal.ok()) return doc_.within_schema(value, decimal.error());
      if ((types & (decimal->fraction.empty() ? kIntegerType : kFractionType)) == 0) return false;
      std::string plain = decimal->negative ? "-" : "";
      plain += decimal->whole.empty() ? "0" : decimal->whole;
      if (!decimal->fraction.empty()) plain += "." + decimal->fraction;
      return !numbers || matches(*numbers, plain);
    }
    case JsonKind::array:
      if ((types & kArrayType) != 0 &&
          doc_.any_has(schemas, {"items", "prefixItems", "minItems", "maxItems"}))
        return doc_.error(value, "a listed array beside keywords for arrays is not supported");
      return (types & kArrayType) != 0;
    case JsonKind::object:
      if ((types & kObjectType) != 0 &&
          doc_.any_has(schemas, {"properties", "patternProperties", "additionalProperties", "propertyNames",
                                 "required", "minProperties", "maxProperties"}))
        return doc_.error(value, "a listed object beside keywords for objects is not supported");
      return (types & kObjectType) != 0;
  }
  return false;
}

// A given value, with blanks where any value may have them. Recursive: JsonText bounds the depth.
ExprId SchemaCompiler::written(uint32_t value) {
  const auto& given = text_.at(value);
  bool is_object = given.kind == JsonKind::object;
  if (!is_object && given.kind != JsonKind::array) return ex_.literal(text_.print(value));
  std::vector<ExprId> parts = {ex_.literal(is_object ? "{" : "["), basics_.space};
  bool first = true;
  for (uint32_t child : text_.children(value)) {
    if (!first) {
      parts.push_back(ex_.literal(","));
      parts.push_back(basics_.space);
    }
    first = false;
    if (is_object) {
      parts.push_back(ex_.literal(json_quote(text_.at(child).name) + ":"));
      parts.push_back(basics_.blank);
    }
    parts.push_back(written(child));
  }
  if (!first) parts.push_back(basics_.space);
  parts.push_back(ex_.literal(is_object ? "}" : "]"));
  return ex_.sequence(parts);
}

bool SchemaCompiler::has_number_rules(const Schemas& schemas) const {
  return std::ranges::any_of(kNumberRules,
                             [&](std::string_view rule) { return doc_.any_has(schemas, {rule}); });
}

Result<ExprId> SchemaCompiler::number_value(const Schemas& schemas, uint8_t types) {
  bool integer = (types & kFractionType) == 0;
  if (!has_number_rules(schemas)) return parse_whole_regex(integer ? kJsonInteger : kJsonNumber, ex_);
  // Many tools ask for the same few ranges.
  std::string key = integer ? "integer" : "number";
  for (std::string_view bound : kNumberRules) {
    TRY_STATUS(doc_.for_each(schemas, bound, [&](uint32_t member) -> Status {
      key += fmt::format(" {} {}", bound, text_.at(member).text);
      return {};
    }));
  }
  if (auto known = basics_.ranges.find(key); known != basics_.ranges.end()) return known->second;
  TRY(Machine machine, number_machine(schemas, integer));
  ExprId range = basics_.apart(embed(machine, ex_), "a number in a range");
  basics_.ranges.emplace(std::move(key), range);
  return range;
}

Result<Machine> SchemaCompiler::number_machine(const Schemas& schemas, bool integer) {
  TRY(Machine machine, number_language(integer, budget_));
  auto narrow = [&](std::string_view keyword, auto language) {
    return doc_.for_each(schemas, keyword, [&](uint32_t member) -> Status {
      if (text_.at(member).kind != JsonKind::number) return doc_.error(member, "expected a number");
      auto narrowed = [&]() -> Result<Machine> {
        TRY(Decimal bound, Decimal::parse(text_.at(member).text));
        TRY(Machine allowed, language(bound));
        return intersect(machine, allowed, budget_);
      }();
      if (!narrowed.ok()) return doc_.within_schema(member, narrowed.error());
      machine = *std::move(narrowed);
      return {};
    });
  };
  TRY_STATUS(narrow("minimum", [&](const Decimal& bound) { return at_least(bound, true, budget_); }));
  TRY_STATUS(
      narrow("exclusiveMinimum", [&](const Decimal& bound) { return at_least(bound, false, budget_); }));
  TRY_STATUS(narrow("maximum", [&](const Decimal& bound) { return at_most(bound, true, budget_); }));
  TRY_STATUS(
      narrow("exclusiveMaximum", [&](const Decimal& bound) { return at_most(bound, false, budget_); }));
  TRY_STATUS(narrow("multipleOf", [&](const Decimal& divisor) -> Result<Machine> {
    if (divisor.negative || divisor.is_zero()) return fail("expected more than 0");
    return multiples_of(divisor, budget_);
  }));
  minimize(machine);
  return machine;
}

bool SchemaCompiler::has_string_rules(const Schemas& schemas) const {
  return doc_.any_has(schemas, {"pattern", "format", "minLength", "maxLength"});
}

Result<ExprId> SchemaCompiler::string_value(const Schemas& schemas) {
  if (doc_.any_has(schemas, {"pattern", "format"})) {
    TRY(Machine machine, string_language(schemas));
    return basics_.apart(in_quotes(embed_in_json(machine, ex_), ex_), "a string");
  }
  TRY(Counts length, doc_.counts_of(schemas, "minLength", "maxLength"));
  if (length.least > length.most) return Expressions::kNothing;
  if (length.least == 0 && length.most == kUnbounded) return basics_.string;
  return basics_.apart(in_quotes(ex_.repeat(basics_.character, length.least, length.most), ex_), "a string");
}

Result<Machine> SchemaCompiler::string_language(const Schemas& schemas) {
  std::optional<Machine> machine;
  auto narrow = [&](uint32_t member, Result<Machine> allowed) -> Status {
    if (allowed.ok() && machine) allowed = intersect(*machine, *allowed, budget_);
    if (!allowed.ok()) return doc_.within_schema(member, allowed.error());
    machine = *std::move(allowed);
    return {};
  };
  auto text_of = [&](uint32_t member) -> Result<std::string> {
    if (text_.at(member).kind != JsonKind::string) return doc_.error(member, "expected a string");
    return text_.at(member).text;
  };
  TRY_STATUS(doc_.for_each(schemas, "pattern", [&](uint32_t member) -> Status {
    TRY(std::string pattern, text_of(member));
    return narrow(member, basics_.language(pattern, false, budget_));
  }));
  TRY_STATUS(doc_.for_each(schemas, "format", [&](uint32_t member) -> Status {
    TRY(std::string name, text_of(member));
    auto regex = format_regex(name);
    if (!regex)
      return doc_.error(
          member, fmt::format("the format {} is not supported; known are {}", quote(name), format_names()));
    return narrow(member, basics_.language(*regex, true, budget_));
  }));
  TRY(Counts length, doc_.counts_of(schemas, "minLength", "maxLength"));
  if (length.least > length.most) return Machine{.states = std::vector<Machine::State>(1)};
  if (!machine) { TRY(machine, any_text()); }
  minimize(*machine);
  if (length.least > 0 || length.most != kUnbounded) {
    auto limited = limit_length(*machine, length.least, length.most, budget_);
    if (!limited.ok()) return doc_.within_schema(schemas[0], limited.error());
    machine = *std::move(limited);
  }
  return *std::move(machine);
}

}  // namespace hearth::grammar
