#include "sample/grammar/json_schema.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "sample/grammar/json_formats.h"
#include "sample/grammar/json_numbers.h"
#include "sample/grammar/json_text.h"
#include "sample/grammar/language.h"
#include "sample/grammar/regex.h"

namespace hearth::grammar {

namespace {

// What a keyword is to us.
enum class Keyword : uint8_t {
  enforced,
  note,          // says nothing about which values are right
  in_place,      // other schemas for the same value
  refused_true,  // not supported, but `false` asks for nothing
  alone,         // asks for nothing without the keyword that `with` names, which is not supported
};

struct KeywordRow {
  std::string_view name;
  Keyword kind;
  std::string_view with = {};
};

constexpr KeywordRow kKeywords[] = {
    {"type", Keyword::enforced},
    {"enum", Keyword::enforced},
    {"const", Keyword::enforced},
    {"minimum", Keyword::enforced},
    {"maximum", Keyword::enforced},
    {"exclusiveMinimum", Keyword::enforced},
    {"exclusiveMaximum", Keyword::enforced},
    {"multipleOf", Keyword::enforced},
    {"minLength", Keyword::enforced},
    {"maxLength", Keyword::enforced},
    {"pattern", Keyword::enforced},
    {"format", Keyword::enforced},
    {"items", Keyword::enforced},
    {"prefixItems", Keyword::enforced},
    {"minItems", Keyword::enforced},
    {"maxItems", Keyword::enforced},
    {"properties", Keyword::enforced},
    {"patternProperties", Keyword::enforced},
    {"additionalProperties", Keyword::enforced},
    {"propertyNames", Keyword::enforced},
    {"required", Keyword::enforced},
    {"minProperties", Keyword::enforced},
    {"maxProperties", Keyword::enforced},
    {"$ref", Keyword::in_place},
    {"allOf", Keyword::in_place},
    {"anyOf", Keyword::in_place},
    {"oneOf", Keyword::in_place},
    {"title", Keyword::note},
    {"description", Keyword::note},
    {"default", Keyword::note},
    {"examples", Keyword::note},
    {"deprecated", Keyword::note},
    {"readOnly", Keyword::note},
    {"writeOnly", Keyword::note},
    {"contentEncoding", Keyword::note},
    {"contentMediaType", Keyword::note},
    {"contentSchema", Keyword::note},
    {"$comment", Keyword::note},
    {"$schema", Keyword::note},
    {"$id", Keyword::note},
    {"$anchor", Keyword::note},
    {"$defs", Keyword::note},
    {"definitions", Keyword::note},
    {"uniqueItems", Keyword::refused_true},
    {"minContains", Keyword::alone, "contains"},
    {"maxContains", Keyword::alone, "contains"},
    {"then", Keyword::alone, "if"},
    {"else", Keyword::alone, "if"},
};

const KeywordRow* find_keyword(std::string_view name) {
  for (const KeywordRow& row : kKeywords) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

enum Type : uint8_t {
  kNull = 1,
  kBoolean = 2,
  kObject = 4,
  kArray = 8,
  kString = 16,
  kInteger = 32,
  kFraction = 64
};
constexpr uint8_t kNumber = kInteger | kFraction, kAnyType = 127;

struct TypeName {
  std::string_view name;
  uint8_t types;
};
constexpr TypeName kTypes[] = {{"null", kNull},    {"boolean", kBoolean}, {"object", kObject},
                               {"array", kArray},  {"string", kString},   {"integer", kInteger},
                               {"number", kNumber}};

// A value is described by several schemas at once, all of which must hold; sorted, by their place in the text.
// None: any value.
using Schemas = std::vector<uint32_t>;

void add_to(Schemas& schemas, uint32_t schema) {
  auto at = std::lower_bound(schemas.begin(), schemas.end(), schema);
  if (at == schemas.end() || *at != schema) schemas.insert(at, schema);
}

class SchemaCompiler {
 public:
  SchemaCompiler(JsonText text, Expressions& expressions, Budget& budget)
      : text_(std::move(text)), ex_(expressions), budget_(budget) {
    blank_ = ex_.optional(ex_.literal(" "));
    ExprId indent = ex_.repeat(ex_.chars({{'\t', '\t'}, {' ', ' '}}), 0, 20);
    space_ = ex_.optional(ex_.choice({ex_.literal(" "), ex_.sequence({ex_.literal("\n"), indent})}));
  }

  Result<RuleId> compile() {
    TRY_STATUS(check_all());
    RuleId root = rule_of({0});
    for (size_t i = 0; i < todo_.size(); ++i) {
      if (!budget_.take(16)) return budget_.error();
      auto [schemas, rule] = todo_[i];
      TRY(ExprId body, value_of(schemas));
      ex_.define(rule, body);
    }
    return root;
  }

 private:
  // ---- what a schema may have in it ----

  Error error(uint32_t value, std::string_view message) const {
    return fail("{}: {}", text_.pointer(value), message);
  }
  Error within_schema(uint32_t value, const Error& error) const { return this->error(value, error.message); }

  // Every value that is a schema, each checked for its keywords, and no schema in place of itself.
  Status check_all() {
    std::vector<uint32_t> todo = {0};
    std::set<uint32_t> seen;
    while (!todo.empty()) {
      uint32_t schema = todo.back();
      todo.pop_back();
      if (!seen.insert(schema).second) continue;
      TRY_STATUS(check(schema));
      TRY(auto same, in_place(schema));
      todo.insert(todo.end(), same.begin(), same.end());
      for (uint32_t inner : inner_schemas(schema)) todo.push_back(inner);
    }
    return check_cycles(seen);
  }

  Status check(uint32_t schema) {
    JsonKind kind = text_.at(schema).kind;
    if (kind == JsonKind::boolean) return {};
    if (kind != JsonKind::object) return error(schema, "a schema is an object or a boolean");
    for (uint32_t member : text_.children(schema)) {
      const std::string& name = text_.at(member).name;
      if (name.starts_with("x-")) continue;
      const KeywordRow* row = find_keyword(name);
      auto unsupported = [&] {
        return error(member, fmt::format("the keyword {} is not supported", quote(name)));
      };
      bool lone_if = name == "if" && !text_.member(schema, "then") && !text_.member(schema, "else");
      if (lone_if) continue;
      if (!row) return unsupported();
      if (row->kind == Keyword::refused_true) {
        if (text_.at(member).kind != JsonKind::boolean || text_.at(member).truth) return unsupported();
      }
      if (row->kind == Keyword::alone && text_.member(schema, row->with)) return unsupported();
      if (name == "$id" && schema != 0) return error(member, "only the whole schema may have an $id");
    }
    return {};
  }

  // The schemas in its arrays and objects of schemas, and those that stand alone.
  std::vector<uint32_t> inner_schemas(uint32_t schema) const {
    std::vector<uint32_t> result;
    for (std::string_view name : {"properties", "patternProperties", "prefixItems"}) {
      if (auto member = text_.member(schema, name)) {
        for (uint32_t inner : text_.children(*member)) result.push_back(inner);
      }
    }
    for (std::string_view name : {"items", "additionalProperties", "propertyNames"}) {
      if (auto member = text_.member(schema, name)) result.push_back(*member);
    }
    return result;
  }

  // The schemas that describe the same value as `schema` does.
  Result<std::vector<uint32_t>> in_place(uint32_t schema) const {
    std::vector<uint32_t> result;
    if (auto ref = text_.member(schema, "$ref")) {
      TRY(uint32_t target, resolve(*ref));
      result.push_back(target);
    }
    for (std::string_view name : {"allOf", "anyOf", "oneOf"}) {
      TRY(auto schemas, schemas_in(schema, name));
      result.insert(result.end(), schemas.begin(), schemas.end());
    }
    return result;
  }

  Result<std::vector<uint32_t>> schemas_in(uint32_t schema, std::string_view name) const {
    auto member = text_.member(schema, name);
    if (!member) return std::vector<uint32_t>();
    if (text_.at(*member).kind != JsonKind::array || text_.at(*member).size == 0)
      return error(*member, "expected an array of at least one schema");
    return text_.children(*member);
  }

  Result<uint32_t> resolve(uint32_t ref) const {
    std::string target = text_.at(ref).text;
    auto broken = [&](std::string_view why) {
      return error(ref, fmt::format("{} {}", quote(text_.at(ref).text), why));
    };
    if (text_.at(ref).kind != JsonKind::string) return error(ref, "expected a string");
    if (auto id = text_.member(0, "$id");
        id && !text_.at(*id).text.empty() && target.starts_with(text_.at(*id).text))
      target.erase(0, text_.at(*id).text.size());
    if (target.empty()) return 0u;
    if (target[0] != '#') return broken("is elsewhere; only places of the same schema can be referred to");
    std::string pointer;
    for (size_t i = 1; i < target.size(); ++i) {
      unsigned byte = 0;
      bool coded = target[i] == '%' && i + 2 < target.size() &&
                   std::from_chars(&target[i + 1], &target[i + 3], byte, 16).ptr == &target[i + 3];
      pointer += coded ? static_cast<char>(byte) : target[i];
      if (coded) i += 2;
    }
    if (!pointer.empty() && pointer[0] != '/') {
      for (uint32_t value = 0; value < text_.values(); ++value) {
        const auto& anchor = text_.at(value);
        if (anchor.name == "$anchor" && anchor.kind == JsonKind::string && anchor.text == pointer)
          return anchor.parent;
      }
      return broken("is no $anchor of the schema");
    }
    auto found = text_.find(pointer);
    if (!found) return broken("is no place in the schema");
    return *found;
  }

  // A schema that stands, through $ref, allOf, anyOf or oneOf, for itself says nothing.
  Status check_cycles(const std::set<uint32_t>& schemas) const {
    std::map<uint32_t, bool> open;  // and false once done
    for (uint32_t top : schemas) {
      struct Entry {
        uint32_t schema;
        bool entered = false;
      };
      std::vector<Entry> stack = {{top}};
      while (!stack.empty()) {
        Entry& entry = stack.back();
        uint32_t schema = entry.schema;
        if (entry.entered) {
          open[schema] = false;
          stack.pop_back();
          continue;
        }
        if (auto known = open.find(schema); known != open.end()) {
          if (known->second) return error(schema, "this schema refers to itself, with nothing in between");
          stack.pop_back();
          continue;
        }
        entry.entered = true;
        open[schema] = true;
        TRY(auto same, in_place(schema));
        for (uint32_t next : same) stack.push_back({next});
      }
    }
    return {};
  }

  // ---- from schemas to expressions ----

  RuleId rule_of(const Schemas& schemas) {
    auto [at, is_new] = rules_.emplace(schemas, 0);
    if (is_new) {
      at->second = ex_.add_rule(schemas.empty() ? "any value" : text_.pointer(schemas[0]));
      todo_.push_back({schemas, at->second});
    }
    return at->second;
  }

  Result<ExprId> value_of(const Schemas& schemas) {
    TRY(auto alternatives, alternatives_of(schemas));
    std::vector<ExprId> choices;
    for (const Schemas& plain : alternatives) {
      TRY(ExprId choice, plain_value(plain));
      choices.push_back(choice);
    }
    return ex_.choice(choices);
  }

  // Without in-place schemas: what to choose from, where each is all that must hold together.
  Result<std::vector<Schemas>> alternatives_of(const Schemas& schemas) {
    struct Partial {
      std::vector<uint32_t> todo;
      Schemas done;
      std::vector<std::vector<uint32_t>> choices;  // of each, one will be taken
    };
    std::vector<Schemas> result;
    std::vector<Partial> partials = {{schemas, {}, {}}};
    while (!partials.empty()) {
      if (!budget_.take(8)) return budget_.error();
      Partial partial = std::move(partials.back());
      partials.pop_back();
      bool possible = true;
      while (!partial.todo.empty() && possible) {
        uint32_t schema = partial.todo.back();
        partial.todo.pop_back();
        if (std::binary_search(partial.done.begin(), partial.done.end(), schema)) continue;
        if (text_.at(schema).kind == JsonKind::boolean) {
          possible = text_.at(schema).truth;
          continue;
        }
        add_to(partial.done, schema);
        if (auto ref = text_.member(schema, "$ref")) {
          TRY(uint32_t target, resolve(*ref));
          partial.todo.push_back(target);
        }
        TRY(auto all, schemas_in(schema, "allOf"));
        partial.todo.insert(partial.todo.end(), all.begin(), all.end());
        for (std::string_view name : {"anyOf", "oneOf"}) {
          TRY(auto any, schemas_in(schema, name));
          if (!any.empty()) partial.choices.push_back(std::move(any));
        }
      }
      if (!possible) continue;
      if (partial.choices.empty()) {
        result.push_back(std::move(partial.done));
        continue;
      }
      auto options = std::move(partial.choices.back());
      partial.choices.pop_back();
      for (auto option = options.rbegin(); option != options.rend(); ++option) {
        if (!budget_.take(8 + partial.done.size())) return budget_.error();
        partials.push_back(partial);
        partials.back().todo.push_back(*option);
      }
    }
    return result;
  }

  template <class Visit>  // visit(member) -> Status
  Status for_each(const Schemas& schemas, std::string_view keyword, const Visit& visit) const {
    for (uint32_t schema : schemas) {
      if (auto member = text_.member(schema, keyword)) TRY_STATUS(visit(*member));
    }
    return {};
  }
  bool any_has(const Schemas& schemas, std::initializer_list<std::string_view> keywords) const {
    return std::any_of(schemas.begin(), schemas.end(), [&](uint32_t schema) {
      return std::any_of(keywords.begin(), keywords.end(),
                         [&](std::string_view keyword) { return text_.member(schema, keyword).has_value(); });
    });
  }

  Result<uint32_t> count_at(uint32_t value) const {
    const auto& written = text_.at(value);
    uint32_t count = 0;
    if (written.kind == JsonKind::number) {
      auto decimal = Decimal::parse(written.text);
      if (decimal.ok() && !decimal->negative && decimal->fraction.empty() && decimal->whole.size() <= 9) {
        std::from_chars(decimal->whole.data(), decimal->whole.data() + decimal->whole.size(), count);
        return count;
      }
    }
    return error(value, "expected a count below a billion");
  }

  // The greatest of the lower bounds, the least of the upper ones.
  struct Counts {
    uint32_t least = 0, most = kUnbounded;
  };
  Result<Counts> counts_of(const Schemas& schemas, std::string_view least, std::string_view most) const {
    Counts counts;
    TRY_STATUS(for_each(schemas, least, [&](uint32_t member) -> Status {
      TRY(uint32_t count, count_at(member));
      counts.least = std::max(counts.least, count);
      return {};
    }));
    TRY_STATUS(for_each(schemas, most, [&](uint32_t member) -> Status {
      TRY(uint32_t count, count_at(member));
      counts.most = std::min(counts.most, count);
      return {};
    }));
    return counts;
  }

  Result<uint8_t> types_of(const Schemas& schemas) const {
    uint8_t types = kAnyType;
    auto named = [&](uint32_t value) -> Result<uint8_t> {
      for (const TypeName& type : kTypes) {
        if (text_.at(value).kind == JsonKind::string && type.name == text_.at(value).text) return type.types;
      }
      return error(value, "expected null, boolean, object, array, string, integer or number");
    };
    TRY_STATUS(for_each(schemas, "type", [&](uint32_t member) -> Status {
      uint8_t these = 0;
      if (text_.at(member).kind == JsonKind::array) {
        for (uint32_t item : text_.children(member)) {
          TRY(uint8_t type, named(item));
          these |= type;
        }
      } else {
        TRY(these, named(member));
      }
      types &= these;
      return {};
    }));
    return types;
  }

  Result<ExprId> plain_value(const Schemas& schemas) {
    TRY(uint8_t types, types_of(schemas));
    if (any_has(schemas, {"enum", "const"})) return listed_values(schemas, types);
    std::vector<ExprId> choices;
    if (types & kNull) choices.push_back(ex_.literal("null"));
    if (types & kBoolean) choices.push_back(ex_.choice({ex_.literal("true"), ex_.literal("false")}));
    if (types & kNumber) {
      TRY(ExprId number, number_value(schemas, types));
      choices.push_back(number);
    }
    if (types & kString) {
      TRY(ExprId string, string_value(schemas));
      choices.push_back(string);
    }
    if (types & kArray) {
      TRY(ExprId array, array_value(schemas));
      choices.push_back(array);
    }
    if (types & kObject) {
      TRY(ExprId object, object_value(schemas));
      choices.push_back(object);
    }
    return ex_.choice(choices);
  }

  Result<ExprId> regex(std::string_view text) { return parse_whole_regex(text, ex_); }

  // ---- enum and const ----

  Result<ExprId> listed_values(const Schemas& schemas, uint8_t types) {
    std::vector<std::vector<uint32_t>> lists;
    TRY_STATUS(for_each(schemas, "enum", [&](uint32_t member) -> Status {
      if (text_.at(member).kind != JsonKind::array) return error(member, "expected an array");
      lists.push_back(text_.children(member));
      return {};
    }));
    TRY_STATUS(for_each(schemas, "const", [&](uint32_t member) -> Status {
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
  std::string comparable(uint32_t value) const {
    if (text_.at(value).kind != JsonKind::number) return text_.print(value);
    auto decimal = Decimal::parse(text_.at(value).text);
    if (!decimal.ok()) return text_.at(value).text;
    return fmt::format("{}{}.{}", decimal->negative ? "-" : "", decimal->whole, decimal->fraction);
  }

  Result<bool> allows(const Schemas& schemas, uint32_t value, uint8_t types,
                      const std::optional<Machine>& strings, const std::optional<Machine>& numbers) const {
    const auto& written = text_.at(value);
    switch (written.kind) {
      case JsonKind::null: return (types & kNull) != 0;
      case JsonKind::boolean: return (types & kBoolean) != 0;
      case JsonKind::string: return (types & kString) != 0 && (!strings || matches(*strings, written.text));
      case JsonKind::number: {
        auto decimal = Decimal::parse(written.text);
        if (!decimal.ok()) return within_schema(value, decimal.error());
        if ((types & (decimal->fraction.empty() ? kInteger : kFraction)) == 0) return false;
        std::string plain = decimal->negative ? "-" : "";
        plain += decimal->whole.empty() ? "0" : decimal->whole;
        if (!decimal->fraction.empty()) plain += "." + decimal->fraction;
        return !numbers || matches(*numbers, plain);
      }
      case JsonKind::array:
        if ((types & kArray) != 0 && any_has(schemas, {"items", "prefixItems", "minItems", "maxItems"}))
          return error(value, "a listed array beside keywords for arrays is not supported");
        return (types & kArray) != 0;
      case JsonKind::object:
        if ((types & kObject) != 0 &&
            any_has(schemas, {"properties", "patternProperties", "additionalProperties", "propertyNames",
                              "required", "minProperties", "maxProperties"}))
          return error(value, "a listed object beside keywords for objects is not supported");
        return (types & kObject) != 0;
    }
    return false;
  }

  // A given value, with blanks where any value may have them. Recursive: JsonText bounds the depth.
  ExprId written(uint32_t value) {
    const auto& given = text_.at(value);
    bool is_object = given.kind == JsonKind::object;
    if (!is_object && given.kind != JsonKind::array) return ex_.literal(text_.print(value));
    std::vector<ExprId> parts = {ex_.literal(is_object ? "{" : "["), space_};
    bool first = true;
    for (uint32_t child : text_.children(value)) {
      if (!first) {
        parts.push_back(ex_.literal(","));
        parts.push_back(space_);
      }
      first = false;
      if (is_object) {
        parts.push_back(ex_.literal(json_quote(text_.at(child).name) + ":"));
        parts.push_back(blank_);
      }
      parts.push_back(written(child));
    }
    if (!first) parts.push_back(space_);
    parts.push_back(ex_.literal(is_object ? "}" : "]"));
    return ex_.sequence(parts);
  }

  // ---- numbers ----

  bool has_number_rules(const Schemas& schemas) const {
    return any_has(schemas, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"});
  }

  Result<ExprId> number_value(const Schemas& schemas, uint8_t types) {
    bool integer = (types & kFraction) == 0;
    if (!has_number_rules(schemas)) return regex(integer ? kJsonInteger : kJsonNumber);
    TRY(Machine machine, number_machine(schemas, integer));
    return embed(machine, ex_);
  }

  Result<Machine> number_machine(const Schemas& schemas, bool integer) {
    TRY(Machine machine, number_language(integer, budget_));
    auto narrow = [&](std::string_view keyword, auto language) {
      return for_each(schemas, keyword, [&](uint32_t member) -> Status {
        if (text_.at(member).kind != JsonKind::number) return error(member, "expected a number");
        auto narrowed = [&]() -> Result<Machine> {
          TRY(Decimal bound, Decimal::parse(text_.at(member).text));
          TRY(Machine allowed, language(bound));
          return intersect(machine, allowed, budget_);
        }();
        if (!narrowed.ok()) return within_schema(member, narrowed.error());
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

  // ---- strings ----

  bool has_string_rules(const Schemas& schemas) const {
    return any_has(schemas, {"pattern", "format", "minLength", "maxLength"});
  }

  Result<ExprId> string_value(const Schemas& schemas) {
    if (any_has(schemas, {"pattern", "format"})) {
      TRY(Machine machine, string_language(schemas));
      return in_quotes(embed_in_json(machine, ex_));
    }
    TRY(Counts length, counts_of(schemas, "minLength", "maxLength"));
    if (length.least > length.most) return Expressions::kNothing;
    TRY(ExprId character, any_character());
    return in_quotes(ex_.repeat(character, length.least, length.most));
  }

  ExprId in_quotes(ExprId content) { return ex_.sequence({ex_.literal("\""), content, ex_.literal("\"")}); }

  // In every way that JSON has to write it; of surrogates only pairs.
  Result<ExprId> any_character() {
    return regex(
        "[^\"\\\\\\x00-\\x1f]|\\\\(?:[\"\\\\/"
        "bfnrt]|u(?:[0-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}|"
        "[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}))");
  }

  Result<Machine> any_text() { return whole_regex_language("[^]*", budget_); }

  Result<Machine> string_language(const Schemas& schemas) {
    std::optional<Machine> machine;
    auto narrow = [&](uint32_t member, Result<Machine> allowed) -> Status {
      if (allowed.ok() && machine) allowed = intersect(*machine, *allowed, budget_);
      if (!allowed.ok()) return within_schema(member, allowed.error());
      machine = *std::move(allowed);
      return {};
    };
    auto text_of = [&](uint32_t member) -> Result<std::string> {
      if (text_.at(member).kind != JsonKind::string) return error(member, "expected a string");
      return text_.at(member).text;
    };
    TRY_STATUS(for_each(schemas, "pattern", [&](uint32_t member) -> Status {
      TRY(std::string pattern, text_of(member));
      return narrow(member, regex_language(pattern, budget_));
    }));
    TRY_STATUS(for_each(schemas, "format", [&](uint32_t member) -> Status {
      TRY(std::string name, text_of(member));
      auto regex = format_regex(name);
      if (!regex)
        return error(
            member, fmt::format("the format {} is not supported; known are {}", quote(name), format_names()));
      return narrow(member, whole_regex_language(*regex, budget_));
    }));
    TRY(Counts length, counts_of(schemas, "minLength", "maxLength"));
    if (length.least > length.most) return Machine{.states = std::vector<Machine::State>(1)};
    if (!machine) { TRY(machine, any_text()); }
    minimize(*machine);
    if (length.least > 0 || length.most != kUnbounded) {
      auto limited = limit_length(*machine, length.least, length.most, budget_);
      if (!limited.ok()) return within_schema(schemas[0], limited.error());
      machine = *std::move(limited);
    }
    return *std::move(machine);
  }

  // ---- arrays ----

  // What describes the item at `index`.
  Result<Schemas> item_schemas(const Schemas& schemas, size_t index) const {
    Schemas result;
    for (uint32_t schema : schemas) {
      size_t prefix = 0;
      if (auto member = text_.member(schema, "prefixItems")) {
        if (text_.at(*member).kind != JsonKind::array) return error(*member, "expected an array of schemas");
        auto items = text_.children(*member);
        prefix = items.size();
        if (index < prefix) add_to(result, items[index]);
      }
      if (auto items = text_.member(schema, "items"); items && index >= prefix) add_to(result, *items);
    }
    return result;
  }

  bool allows_nothing(const Schemas& schemas) const {
    return std::any_of(schemas.begin(), schemas.end(), [&](uint32_t schema) {
      return text_.at(schema).kind == JsonKind::boolean && !text_.at(schema).truth;
    });
  }

  ExprId reference(const Schemas& schemas) { return ex_.rule(rule_of(schemas)); }
  ExprId after_comma(ExprId part) { return ex_.sequence({ex_.literal(","), space_, part}); }

  Result<ExprId> array_value(const Schemas& schemas) {
    TRY(Counts counts, counts_of(schemas, "minItems", "maxItems"));
    size_t prefix = 1;  // the first item has no comma before it in any case
    for (uint32_t schema : schemas) {
      if (auto member = text_.member(schema, "prefixItems"))
        prefix = std::max<size_t>(prefix, text_.at(*member).size);
    }
    Network network;
    uint32_t at = network.add_state();  // as many items as the chain of states is long
    network.add(Network::kBegin, ex_.sequence({ex_.literal("["), space_}), at);
    for (size_t done = 0;; ++done) {
      if (!budget_.take(8)) return budget_.error();
      TRY(Schemas item, item_schemas(schemas, done));
      bool goes_on = done < counts.most && !allows_nothing(item);
      if (done >= prefix && goes_on) {
        ExprId more = after_comma(reference(item));
        uint32_t least = counts.least > done ? counts.least - static_cast<uint32_t>(done) : 0;
        uint32_t most = counts.most == kUnbounded ? kUnbounded : counts.most - static_cast<uint32_t>(done);
        if (least <= most)
          network.add(at, ex_.sequence({ex_.repeat(more, least, most), space_, ex_.literal("]")}),
                      Network::kEnd);
        break;
      }
      if (done >= counts.least)
        network.add(at, done == 0 ? ex_.literal("]") : ex_.sequence({space_, ex_.literal("]")}),
                    Network::kEnd);
      if (!goes_on) break;
      uint32_t next = network.add_state();
      network.add(at, done == 0 ? reference(item) : after_comma(reference(item)), next);
      at = next;
    }
    return ex_.network(std::move(network));
  }

  // ---- objects ----

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

  Result<std::vector<Property>> properties_of(const Schemas& schemas,
                                              std::map<std::string, Machine>& patterns) {
    std::vector<Property> properties;
    std::unordered_map<std::string, size_t> index;
    auto property = [&](const std::string& name) -> Property& {
      auto [at, is_new] = index.emplace(name, properties.size());
      if (is_new) properties.push_back({name, {}, false});
      return properties[at->second];
    };
    TRY_STATUS(for_each(schemas, "properties", [&](uint32_t member) -> Status {
      if (text_.at(member).kind != JsonKind::object) return error(member, "expected an object of schemas");
      for (uint32_t child : text_.children(member)) add_to(property(text_.at(child).name).schemas, child);
      return {};
    }));
    TRY_STATUS(for_each(schemas, "required", [&](uint32_t member) -> Status {
      if (text_.at(member).kind != JsonKind::array) return error(member, "expected an array of names");
      for (uint32_t name : text_.children(member)) {
        if (text_.at(name).kind != JsonKind::string) return error(name, "expected a name");
        property(text_.at(name).text).required = true;
      }
      return {};
    }));
    // What else describes them: each schema's patterns, or else what it says of further properties.
    for (uint32_t schema : schemas) {
      auto own = text_.member(schema, "properties");
      std::set<std::string_view> own_names;
      if (own) {
        for (uint32_t child : text_.children(*own)) own_names.insert(text_.at(child).name);
      }
      auto additional = text_.member(schema, "additionalProperties");
      auto pattern_properties = text_.member(schema, "patternProperties");
      for (Property& each : properties) {
        bool described = own_names.contains(each.name);
        if (pattern_properties) {
          for (uint32_t child : text_.children(*pattern_properties)) {
            if (!budget_.take(4)) return budget_.error();
            if (!matches(patterns.at(text_.at(child).name), each.name)) continue;
            add_to(each.schemas, child);
            described = true;
          }
        }
        if (!described && additional) add_to(each.schemas, *additional);
      }
    }
    return properties;
  }

  Result<std::map<std::string, Machine>> patterns_of(const Schemas& schemas) {
    constexpr size_t kMostPatterns = 6;
    std::map<std::string, Machine> patterns;
    TRY_STATUS(for_each(schemas, "patternProperties", [&](uint32_t member) -> Status {
      if (text_.at(member).kind != JsonKind::object) return error(member, "expected an object of schemas");
      for (uint32_t child : text_.children(member)) {
        auto machine = regex_language(text_.at(child).name, budget_);
        if (!machine.ok()) return within_schema(child, machine.error());
        patterns.emplace(text_.at(child).name, *std::move(machine));
      }
      if (patterns.size() > kMostPatterns)
        return error(member, fmt::format("more than {} patterns", kMostPatterns));
      return {};
    }));
    return patterns;
  }

  // The names that propertyNames allow, if there are any.
  Result<std::optional<Machine>> allowed_names(const Schemas& schemas) {
    std::optional<Machine> names;
    TRY_STATUS(for_each(schemas, "propertyNames", [&](uint32_t member) -> Status {
      TRY(auto alternatives, alternatives_of({member}));
      std::optional<Machine> these;
      for (const Schemas& plain : alternatives) {
        TRY(Machine machine, name_language(plain));
        if (these) {  // either: what neither excludes
          TRY(machine, intersect(complement(*these), complement(machine), budget_));
          machine = complement(machine);
        }
        these = std::move(machine);
      }
      if (!these) these = Machine{.states = std::vector<Machine::State>(1)};
      if (names) { TRY(these, intersect(*names, *these, budget_)); }
      names = std::move(these);
      return {};
    }));
    return names;
  }

  // The strings that plain schemas allow.
  Result<Machine> name_language(const Schemas& schemas) {
    TRY(uint8_t types, types_of(schemas));
    if ((types & kString) == 0) return Machine{.states = std::vector<Machine::State>(1)};
    TRY(Machine machine, string_language(schemas));
    auto narrow = [&](const std::vector<uint32_t>& values) -> Status {
      std::vector<std::string_view> texts;
      for (uint32_t value : values) {
        if (text_.at(value).kind == JsonKind::string) texts.push_back(text_.at(value).text);
      }
      TRY(Machine listed, text_language(texts, budget_));
      TRY(machine, intersect(machine, listed, budget_));
      return {};
    };
    TRY_STATUS(for_each(schemas, "enum", [&](uint32_t member) { return narrow(text_.children(member)); }));
    TRY_STATUS(for_each(schemas, "const", [&](uint32_t member) { return narrow({member}); }));
    return machine;
  }

  // Every set of patterns that a name can match at once has its own values.
  Result<std::vector<Others>> others_of(const Schemas& schemas, const std::vector<Property>& properties,
                                        const std::map<std::string, Machine>& patterns,
                                        const std::optional<Machine>& allowed) {
    std::vector<Others> result;
    std::optional<Machine> names = allowed;
    if (!properties.empty()) {
      std::vector<std::string_view> taken;
      for (const Property& property : properties) taken.push_back(property.name);
      TRY(Machine known, text_language(taken, budget_));
      if (!names) { TRY(names, any_text()); }
      TRY(names, subtract(*names, known, budget_));
    }
    std::vector<std::string> texts;
    for (const auto& [text, machine] : patterns) texts.push_back(text);
    for (uint32_t subset = 0; subset < 1u << texts.size(); ++subset) {
      auto is_matched = [&](const std::string& text) {
        auto at = std::find(texts.begin(), texts.end(), text);
        return (subset >> (at - texts.begin()) & 1) != 0;
      };
      Schemas values;
      for (uint32_t schema : schemas) {
        bool described = false;
        if (auto member = text_.member(schema, "patternProperties")) {
          for (uint32_t child : text_.children(*member)) {
            if (!is_matched(text_.at(child).name)) continue;
            add_to(values, child);
            described = true;
          }
        }
        if (auto additional = text_.member(schema, "additionalProperties"); additional && !described)
          add_to(values, *additional);
      }
      if (allows_nothing(values)) continue;
      std::optional<Machine> these = names;
      for (const auto& [text, machine] : patterns) {
        if (!these) { TRY(these, any_text()); }
        TRY(these,
            is_matched(text) ? intersect(*these, machine, budget_) : subtract(*these, machine, budget_));
      }
      if (these && these->matches_nothing()) continue;
      if (these) {
        minimize(*these);
        result.push_back({in_quotes(embed_in_json(*these, ex_)), values});
      } else {
        TRY(ExprId character, any_character());
        result.push_back({in_quotes(ex_.repeat(character, 0, kUnbounded)), values});
      }
    }
    return result;
  }

  ExprId member(ExprId name, const Schemas& value) {
    return ex_.sequence({name, ex_.literal(":"), blank_, reference(value)});
  }

  Result<ExprId> object_value(const Schemas& schemas) {
    constexpr size_t kMostStates = 20'000;
    TRY(Counts counts, counts_of(schemas, "minProperties", "maxProperties"));
    TRY(auto patterns, patterns_of(schemas));
    TRY(auto properties, properties_of(schemas, patterns));
    TRY(auto allowed, allowed_names(schemas));
    TRY(auto others, others_of(schemas, properties, patterns, allowed));
    uint32_t required = 0;
    std::vector<Property> possible;
    for (Property& property : properties) {
      bool excluded = allows_nothing(property.schemas) || (allowed && !matches(*allowed, property.name));
      if (excluded && property.required) return Expressions::kNothing;
      required += property.required;
      if (!excluded) possible.push_back(std::move(property));
    }
    // A name may come twice among those that are not named, and count as one.
    if (counts.least > std::max(required, 1u) && !others.empty()) {
      return error(schemas[0],
                   fmt::format("minProperties {} beside properties that are not named is not supported",
                               counts.least));
    }
    if (counts.least <= required) counts.least = 0;
    if (counts.most >= possible.size() && others.empty()) counts.most = kUnbounded;

    // States are how many of the properties are behind, and how many came, as far as that matters: up to the bounds.
    // Each is there twice: where a member comes next, and where one has just come.
    uint32_t cap = counts.most != kUnbounded ? counts.most : std::max(counts.least, 1u);
    size_t columns = size_t{std::min<uint32_t>(cap, static_cast<uint32_t>(kMostStates))} + 1;
    if (columns * (possible.size() + 1) > kMostStates)
      return error(schemas[0], fmt::format("counting the properties takes more than {} states", kMostStates));
    Network network;
    uint32_t first = network.states;
    network.states += static_cast<uint32_t>(2 * columns * (possible.size() + 1));
    auto before = [&](size_t behind, size_t came) {
      return first + 2 * static_cast<uint32_t>(behind * columns + came);
    };
    auto after = [&](size_t behind, size_t came) { return before(behind, came) + 1; };
    size_t last_required = 0;  // and one more
    for (size_t i = 0; i < possible.size(); ++i) last_required = possible[i].required ? i + 1 : last_required;

    ExprId open = ex_.sequence({ex_.literal("{"), space_}), close = ex_.literal("}");
    ExprId comma = ex_.sequence({ex_.literal(","), space_}), end = ex_.sequence({space_, close});
    network.add(Network::kBegin, open, before(0, 0));
    if (last_required == 0 && counts.least == 0)
      network.add(Network::kBegin, ex_.sequence({open, close}), Network::kEnd);
    for (size_t behind = 0; behind <= possible.size(); ++behind) {
      bool is_property = behind < possible.size();
      std::vector<ExprId> parts;
      if (is_property) {
        const Property& property = possible[behind];
        parts.push_back(member(ex_.literal(json_quote(property.name)), property.schemas));
      } else {
        for (const Others& other : others) parts.push_back(member(other.names, other.schemas));
      }
      for (size_t came = 0; came < columns; ++came) {
        if (!budget_.take(4)) return budget_.error();
        if (came != counts.most) {
          for (ExprId part : parts)
            network.add(before(behind, came), part,
                        after(behind + is_property, std::min(came + 1, columns - 1)));
          if (is_property && !possible[behind].required)
            network.add(before(behind, came), Expressions::kEmpty, before(behind + 1, came));
          if (came > 0) network.add(after(behind, came), comma, before(behind, came));
        }
        if (came > 0 && came >= counts.least && behind >= last_required)
          network.add(after(behind, came), end, Network::kEnd);
      }
    }
    return ex_.network(std::move(network));
  }

  const JsonText text_;
  Expressions& ex_;
  Budget& budget_;
  ExprId blank_, space_;
  std::map<Schemas, RuleId> rules_;
  std::vector<std::pair<Schemas, RuleId>> todo_;
};

}  // namespace

Result<RuleId> parse_json_schema(std::string_view text, Expressions& expressions, Budget& budget) {
  TRY(JsonText document, JsonText::parse(text));
  return SchemaCompiler(std::move(document), expressions, budget).compile();
}

}  // namespace hearth::grammar
