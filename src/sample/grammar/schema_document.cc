#include "sample/grammar/schema_document.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "sample/grammar/json_numbers.h"

namespace hearth::grammar {

namespace {

struct TypeName {
  std::string_view name;
  uint8_t types;
};
constexpr TypeName kTypes[] = {{"null", kNullType},    {"boolean", kBooleanType}, {"object", kObjectType},
                               {"array", kArrayType},  {"string", kStringType},   {"integer", kIntegerType},
                               {"number", kNumberType}};

}  // namespace

void add_to(Schemas& schemas, uint32_t schema) {
  auto at = std::lower_bound(schemas.begin(), schemas.end(), schema);
  if (at == schemas.end() || *at != schema) schemas.insert(at, schema);
}

Result<SchemaDocument> SchemaDocument::parse(std::string_view text) {
  TRY(JsonText read, JsonText::parse(text));
  SchemaDocument document(std::move(read));
  TRY_STATUS(document.check_all());
  return document;
}

Error SchemaDocument::error(uint32_t value, std::string_view message) const {
  return fail("{}: {}", text_.pointer(value), message);
}

// The schemas that describe the same value as `schema` does.
Result<std::vector<uint32_t>> SchemaDocument::in_place(uint32_t schema) const {
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

Result<std::vector<uint32_t>> SchemaDocument::schemas_in(uint32_t schema, std::string_view name) const {
  auto member = text_.member(schema, name);
  if (!member) return std::vector<uint32_t>();
  if (text_.at(*member).kind != JsonKind::array || text_.at(*member).size == 0)
    return error(*member, "expected an array of at least one schema");
  return text_.children(*member);
}

Result<uint32_t> SchemaDocument::resolve(uint32_t ref) const {
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

Result<std::vector<Schemas>> SchemaDocument::alternatives_of(const Schemas& schemas, Budget& budget) const {
  struct Partial {
    std::vector<uint32_t> todo;
    Schemas done;
    std::vector<std::vector<uint32_t>> choices;  // of each, one will be taken
  };
  std::vector<Schemas> result;
  std::vector<Partial> partials = {{schemas, {}, {}}};
  while (!partials.empty()) {
    if (!budget.take(8)) return budget.error();
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
      if (!budget.take(8 + partial.done.size())) return budget.error();
      partials.push_back(partial);
      partials.back().todo.push_back(*option);
    }
  }
  return result;
}

bool SchemaDocument::any_has(const Schemas& schemas, std::initializer_list<std::string_view> keywords) const {
  return std::any_of(schemas.begin(), schemas.end(), [&](uint32_t schema) {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](std::string_view keyword) { return text_.member(schema, keyword).has_value(); });
  });
}

Result<uint32_t> SchemaDocument::count_at(uint32_t value) const {
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

Result<SchemaDocument::Counts> SchemaDocument::counts_of(const Schemas& schemas, std::string_view least,
                                                         std::string_view most) const {
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

Result<uint8_t> SchemaDocument::types_of(const Schemas& schemas) const {
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

bool SchemaDocument::allows_nothing(const Schemas& schemas) const {
  return std::any_of(schemas.begin(), schemas.end(), [&](uint32_t schema) {
    return text_.at(schema).kind == JsonKind::boolean && !text_.at(schema).truth;
  });
}

}  // namespace hearth::grammar
