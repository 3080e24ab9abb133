// What a schema may have in it.
#include "base/text.h"
#include "sample/grammar/schema_document.h"

#include <map>

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

}  // namespace

Status SchemaDocument::check_all() const {
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

Status SchemaDocument::check(uint32_t schema) const {
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
std::vector<uint32_t> SchemaDocument::inner_schemas(uint32_t schema) const {
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

// A schema that stands, through $ref, allOf, anyOf or oneOf, for itself says nothing.
Status SchemaDocument::check_cycles(const std::set<uint32_t>& schemas) const {
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

}  // namespace hearth::grammar
