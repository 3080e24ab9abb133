#include "sample/grammar/json_schema.h"

#include "sample/grammar/schema_compiler.h"

namespace hearth::grammar {

Result<RuleId> JsonSchemas::add(std::string_view text) {
  if (!basics_) {
    TRY(basics_, JsonBasics::make(expressions_));
    TRY(auto anything, SchemaDocument::parse("true"));
    SchemaCompiler compiler(std::move(anything), *basics_, expressions_, budget_);
    TRY(ExprId body, compiler.any_value());
    expressions_.define(basics_->any_value, body);
  }
  TRY(auto document, SchemaDocument::parse(text));
  return SchemaCompiler(std::move(document), *basics_, expressions_, budget_).compile();
}

Result<RuleId> SchemaCompiler::compile() {
  RuleId root = rule_of({0});
  for (size_t i = 0; i < todo_.size(); ++i) {
    if (!budget_.take(16)) return budget_.error();
    auto [schemas, rule] = todo_[i];
    TRY(ExprId body, value_of(schemas));
    ex_.define(rule, body);
  }
  return root;
}

RuleId SchemaCompiler::rule_of(const Schemas& schemas) {
  if (schemas.empty()) return basics_.any_value;
  auto [at, is_new] = rules_.emplace(schemas, 0);
  if (is_new) {
    at->second = ex_.add_rule(text_.pointer(schemas[0]));
    todo_.push_back({schemas, at->second});
  }
  return at->second;
}

Result<ExprId> SchemaCompiler::value_of(const Schemas& schemas) {
  TRY(auto alternatives, doc_.alternatives_of(schemas, budget_));
  std::vector<ExprId> choices;
  for (const Schemas& plain : alternatives) {
    TRY(ExprId choice, plain.empty() ? Result(ex_.rule(basics_.any_value)) : plain_value(plain));
    choices.push_back(choice);
  }
  return ex_.choice(choices);
}

Result<ExprId> SchemaCompiler::plain_value(const Schemas& schemas) {
  TRY(uint8_t types, doc_.types_of(schemas));
  if (doc_.any_has(schemas, {"enum", "const"})) return listed_values(schemas, types);
  std::vector<ExprId> choices;
  if (types & kNullType) choices.push_back(ex_.literal("null"));
  if (types & kBooleanType) choices.push_back(ex_.choice({ex_.literal("true"), ex_.literal("false")}));
  if (types & kNumberType) {
    TRY(ExprId number, number_value(schemas, types));
    choices.push_back(number);
  }
  if (types & kStringType) {
    TRY(ExprId string, string_value(schemas));
    choices.push_back(string);
  }
  if (types & kArrayType) {
    TRY(ExprId array, array_value(schemas));
    choices.push_back(array);
  }
  if (types & kObjectType) {
    TRY(ExprId object, object_value(schemas));
    choices.push_back(object);
  }
  return ex_.choice(choices);
}

// What describes the item at `index`.
Result<Schemas> SchemaCompiler::item_schemas(const Schemas& schemas, size_t index) const {
  Schemas result;
  for (uint32_t schema : schemas) {
    size_t prefix = 0;
    if (auto member = text_.member(schema, "prefixItems")) {
      if (text_.at(*member).kind != JsonKind::array)
        return doc_.error(*member, "expected an array of schemas");
      auto items = text_.children(*member);
      prefix = items.size();
      if (index < prefix) add_to(result, items[index]);
    }
    if (auto items = text_.member(schema, "items"); items && index >= prefix) add_to(result, *items);
  }
  return result;
}

Result<ExprId> SchemaCompiler::array_value(const Schemas& schemas) {
  TRY(Counts counts, doc_.counts_of(schemas, "minItems", "maxItems"));
  size_t prefix = 1;  // the first item has no comma before it in any case
  for (uint32_t schema : schemas) {
    if (auto member = text_.member(schema, "prefixItems"))
      prefix = std::max<size_t>(prefix, text_.at(*member).size);
  }
  Network network;
  uint32_t at = network.add_state();  // as many items as the chain of states is long
  network.add(Network::kBegin, ex_.sequence({ex_.literal("["), basics_.space}), at);
  for (size_t done = 0;; ++done) {
    if (!budget_.take(8)) return budget_.error();
    TRY(Schemas item, item_schemas(schemas, done));
    bool goes_on = done < counts.most && !doc_.allows_nothing(item);
    if (done >= prefix && goes_on) {
      ExprId more = after_comma(reference(item));
      uint32_t least = counts.least > done ? counts.least - static_cast<uint32_t>(done) : 0;
      uint32_t most = counts.most == kUnbounded ? kUnbounded : counts.most - static_cast<uint32_t>(done);
      if (least <= most)
        network.add(at, ex_.sequence({ex_.repeat(more, least, most), basics_.space, ex_.literal("]")}),
                    Network::kEnd);
      break;
    }
    if (done >= counts.least)
      network.add(at, done == 0 ? ex_.literal("]") : ex_.sequence({basics_.space, ex_.literal("]")}),
                  Network::kEnd);
    if (!goes_on) break;
    uint32_t next = network.add_state();
    network.add(at, done == 0 ? reference(item) : after_comma(reference(item)), next);
    at = next;
  }
  return ex_.network(std::move(network));
}

}  // namespace hearth::grammar
