// Objects: which members may come, in what order, and how many.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "sample/grammar/language.h"
#include "sample/grammar/regex.h"
#include "sample/grammar/schema_compiler.h"

namespace hearth::grammar {

Result<std::vector<SchemaCompiler::Property>> SchemaCompiler::properties_of(const Schemas& schemas,
                                                                            const Patterns& patterns) {
  std::vector<Property> properties;
  std::unordered_map<std::string, size_t> index;
  auto property = [&](const std::string& name) -> Property& {
    auto [at, is_new] = index.emplace(name, properties.size());
    if (is_new) properties.push_back({name, {}, false});
    return properties[at->second];
  };
  TRY_STATUS(doc_.for_each(schemas, "properties", [&](uint32_t member) -> Status {
    if (text_.at(member).kind != JsonKind::object) return doc_.error(member, "expected an object of schemas");
    for (uint32_t child : text_.children(member)) add_to(property(text_.at(child).name).schemas, child);
    return {};
  }));
  TRY_STATUS(doc_.for_each(schemas, "required", [&](uint32_t member) -> Status {
    if (text_.at(member).kind != JsonKind::array) return doc_.error(member, "expected an array of names");
    for (uint32_t name : text_.children(member)) {
      if (text_.at(name).kind != JsonKind::string) return doc_.error(name, "expected a name");
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

Result<SchemaCompiler::Patterns> SchemaCompiler::patterns_of(const Schemas& schemas) {
  constexpr size_t kMostPatterns = 6;
  Patterns patterns;
  TRY_STATUS(doc_.for_each(schemas, "patternProperties", [&](uint32_t member) -> Status {
    if (text_.at(member).kind != JsonKind::object) return doc_.error(member, "expected an object of schemas");
    for (uint32_t child : text_.children(member)) {
      auto machine = basics_.language(text_.at(child).name, false, budget_);
      if (!machine.ok()) return doc_.within_schema(child, machine.error());
      patterns.emplace(text_.at(child).name, *std::move(machine));
    }
    if (patterns.size() > kMostPatterns)
      return doc_.error(member, fmt::format("more than {} patterns", kMostPatterns));
    return {};
  }));
  return patterns;
}

// The names that propertyNames allow, if there are any.
Result<std::optional<Machine>> SchemaCompiler::allowed_names(const Schemas& schemas) {
  std::optional<Machine> names;
  TRY_STATUS(doc_.for_each(schemas, "propertyNames", [&](uint32_t member) -> Status {
    TRY(auto alternatives, doc_.alternatives_of({member}, budget_));
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
Result<Machine> SchemaCompiler::name_language(const Schemas& schemas) {
  TRY(uint8_t types, doc_.types_of(schemas));
  if ((types & kStringType) == 0) return Machine{.states = std::vector<Machine::State>(1)};
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
  TRY_STATUS(doc_.for_each(schemas, "enum", [&](uint32_t member) { return narrow(text_.children(member)); }));
  TRY_STATUS(doc_.for_each(schemas, "const", [&](uint32_t member) { return narrow({member}); }));
  return machine;
}

// Every set of patterns that a name can match at once has its own values.
Result<std::vector<SchemaCompiler::Others>> SchemaCompiler::others_of(const Schemas& schemas,
                                                                      const std::vector<Property>& properties,
                                                                      const Patterns& patterns,
                                                                      const std::optional<Machine>& allowed) {
  std::vector<std::string> texts;
  for (const auto& [text, machine] : patterns) texts.push_back(text);
  std::set<std::string> taken;
  for (const Property& property : properties) taken.insert(property.name);
  std::vector<Others> result;
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
    if (doc_.allows_nothing(values)) continue;
    if (patterns.empty() && !allowed) {  // by far the most
      TRY(ExprId names, taken.empty() ? Result(basics_.string) : basics_.string_except(taken, budget_));
      result.push_back({names, values});
      continue;
    }
    TRY(Machine names, allowed ? Result(*allowed) : any_text());
    if (!taken.empty()) {
      TRY(Machine known, text_language({taken.begin(), taken.end()}, budget_));
      TRY(names, subtract(names, known, budget_));
    }
    for (const auto& [text, machine] : patterns) {
      TRY(names, is_matched(text) ? intersect(names, machine, budget_) : subtract(names, machine, budget_));
    }
    if (names.matches_nothing()) continue;
    minimize(names);
    result.push_back({in_quotes(embed_in_json(names, ex_), ex_), values});
  }
  return result;
}

ExprId SchemaCompiler::member(ExprId name, const Schemas& value) {
  return ex_.sequence({name, ex_.literal(":"), basics_.blank, reference(value)});
}

Result<ExprId> SchemaCompiler::object_value(const Schemas& schemas) {
  TRY(Counts counts, doc_.counts_of(schemas, "minProperties", "maxProperties"));
  TRY(auto patterns, patterns_of(schemas));
  TRY(auto properties, properties_of(schemas, patterns));
  TRY(auto allowed, allowed_names(schemas));
  TRY(auto others, others_of(schemas, properties, patterns, allowed));
  uint32_t required = 0;
  std::vector<Property> possible;
  for (Property& property : properties) {
    bool excluded = doc_.allows_nothing(property.schemas) || (allowed && !matches(*allowed, property.name));
    if (excluded && property.required) return Expressions::kNothing;
    required += property.required;
    if (!excluded) possible.push_back(std::move(property));
  }
  // A name may come twice among those that are not named, and count as one.
  if (counts.least > std::max(required, 1u) && !others.empty()) {
    return doc_.error(
        schemas[0],
        fmt::format("minProperties {} beside properties that are not named is not supported", counts.least));
  }
  if (counts.least <= required) counts.least = 0;
  if (counts.most >= possible.size() && others.empty()) counts.most = kUnbounded;
  return members(possible, others, counts, schemas.empty() ? 0 : schemas[0]);
}

Result<ExprId> SchemaCompiler::members(const std::vector<Property>& possible,
                                       const std::vector<Others>& others, Counts counts, uint32_t where) {
  constexpr size_t kMostStates = 20'000;
  // States are how many of the properties are behind, and how many came, as far as that matters: up to the bounds.
  // Each is there twice: where a member comes next, and where one has just come.
  uint32_t cap = counts.most != kUnbounded ? counts.most : std::max(counts.least, 1u);
  size_t columns = size_t{std::min<uint32_t>(cap, static_cast<uint32_t>(kMostStates))} + 1;
  if (columns * (possible.size() + 1) > kMostStates)
    return doc_.error(where, fmt::format("counting the properties takes more than {} states", kMostStates));
  Network network;
  uint32_t first = network.states;
  network.states += static_cast<uint32_t>(2 * columns * (possible.size() + 1));
  auto before = [&](size_t behind, size_t came) {
    return first + 2 * static_cast<uint32_t>(behind * columns + came);
  };
  auto after = [&](size_t behind, size_t came) { return before(behind, came) + 1; };
  size_t last_required = 0;  // and one more
  for (size_t i = 0; i < possible.size(); ++i) last_required = possible[i].required ? i + 1 : last_required;

  ExprId open = ex_.sequence({ex_.literal("{"), basics_.space}), close = ex_.literal("}");
  ExprId comma = ex_.sequence({ex_.literal(","), basics_.space}), end = ex_.sequence({basics_.space, close});
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

}  // namespace hearth::grammar
