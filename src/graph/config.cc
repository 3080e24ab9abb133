#include "graph/config.h"

#include <algorithm>
#include <cmath>

#include "graph/expressions.h"

namespace hearth::arch {

namespace {

// Names of entries and keys that an expression mentions.
void collect_names(const Expr& expr, std::vector<const Expr*>& names) {
  if (expr.kind == ExprKind::name) names.push_back(&expr);
  for (size_t i = 0; i < expr.operands.size(); ++i) {
    if (!expr.operands[i]) continue;
    if (expr.kind == ExprKind::call && i == 0) continue;  // a function's name
    collect_names(*expr.operands[i], names);
  }
}

}  // namespace

Status Config::check() {
  for (const Entry& entry : architecture_.entries) TRY_STATUS(known(entry, entry.name.at));
  for (const Require& require : architecture_.requires_) TRY_STATUS(check(require));
  return {};
}

// An entry, or a member of rotary scaling that either kind of file can have.
bool Config::is_ours(std::string_view name) const {
  static constexpr std::string_view kMembers[] = {"type",      "factor", "original", "attn",  "beta_fast",
                                                  "beta_slow", "low",    "high",     "short", "long"};
  if (architecture_.entry(name)) return true;
  std::string_view head = head_of(name);
  return head.size() < name.size() && architecture_.entry(head) &&
         std::find(std::begin(kMembers), std::end(kMembers), name.substr(head.size() + 1)) !=
             std::end(kMembers);
}

Status Config::check(const Require& require) {
  std::vector<const Expr*> names, others;
  collect_names(*require.condition, names);
  std::erase_if(names, [](const Expr* name) { return name->text == "layer"; });
  for (const Expr* name : names) {
    if (!is_ours(name->text)) others.push_back(name);
  }
  if (!can_check(others)) return {};
  for (const Expr* name : others) mention(*name);
  TRY(bool by_layer, depends_on_layer(*require.condition));
  int64_t times = 1;
  if (by_layer) { TRY(times, layers("", require.at)); }
  for (int64_t layer = 0; layer < times; ++layer) {
    auto here = by_layer ? std::optional(layer) : std::nullopt;
    TRY(Item item, in_requirement(*require.condition, here));
    if (item.truth().value_or(false)) continue;
    std::string found;
    for (const Expr* name : names) {
      TRY(Item value, in_requirement(*name, here));
      found += fmt::format("{}{} is {}", found.empty() ? "" : ", ", name->text, value.describe());
    }
    return error_at(require.at, "require {}; {}{}", require.text, found,
                    by_layer ? fmt::format(" in layer {}", layer) : "");
  }
  return {};
}

Result<Item> Config::value(const Entry& entry, std::optional<int64_t> layer, Position use) {
  TRY(const Known* known_value, known(entry, use));
  if (!known_value->by_layer) return known_value->item;
  if (!layer)
    return error_at(use, "`{}` has a value for each layer, and no layer is meant here", entry.name.text);
  const auto& items = *known_value->item.as<List>()->items;
  if (*layer >= static_cast<int64_t>(items.size())) {
    return error_at(use, "`{}` has {} values; that of layer {} is asked for", entry.name.text, items.size(),
                    *layer);
  }
  return items[static_cast<size_t>(*layer)];
}

Result<Item> Config::whole_value(const Entry& entry) {
  TRY(const Known* known_value, known(entry, entry.name.at));
  return known_value->item;
}

Result<std::optional<Item>> Config::member(std::string_view dotted, Position use) {
  size_t dot = dotted.find('.');
  if (dot == std::string_view::npos) return std::optional<Item>();
  const Entry* entry = architecture_.entry(dotted.substr(0, dot));
  if (!entry) return std::optional<Item>();
  TRY(Item object, value(*entry, layer_, use));
  std::string_view name = dotted.substr(dot + 1);
  if (object.none()) return std::optional<Item>(Item());
  auto* scaling = object.as<std::shared_ptr<const RopeScaling>>();
  if (!scaling) return error_at(use, "`{}` is {} and has no `{}`", entry->name.text, object.describe(), name);
  const RopeScaling& s = **scaling;
  auto number = [](const std::optional<double>& n) { return std::optional<Item>(n ? Item(*n) : Item()); };
  if (name == "type") return std::optional<Item>(Item(s.type));
  if (name == "factor") return number(s.factor);
  if (name == "original") return number(s.original);
  if (name == "attn") return number(s.attn);
  if (name == "beta_fast") return number(s.beta_fast);
  if (name == "beta_slow") return number(s.beta_slow);
  if (name == "low") return number(s.low);
  if (name == "high") return number(s.high);
  auto factors = [](const std::vector<double>& list) {
    return std::optional<Item>(list.empty() ? Item() : list_of(std::vector<Item>(list.begin(), list.end())));
  };
  if (name == "short") return factors(s.short_factors);
  if (name == "long") return factors(s.long_factors);
  return std::optional<Item>(Item());  // members that only config.json has
}

Result<int64_t> Config::layers(const std::string& stack, Position use) {
  std::string name = stack.empty() ? "layers" : stack + "_layers";
  const Entry* entry = architecture_.entry(name);
  if (!entry) return error_at(use, "how many layers there are is not said: config has no `{}`", name);
  TRY(Item item, value(*entry, std::nullopt, use));
  auto count = item.number();
  if (!count || *count != std::floor(*count) || *count < 0 || *count > kMostLayers) {
    return error_at(entry->name.at, "`{}` is {}; it must be a whole number from 0 to {}", name,
                    item.describe(), kMostLayers);
  }
  return static_cast<int64_t>(*count);
}

Result<Item> Config::evaluate_in(const Expr& expr, std::optional<int64_t> layer) {
  auto outer = std::exchange(layer_, layer);
  auto item = evaluate(expr);
  layer_ = outer;
  return item;
}

Result<Item> Config::name(const Expr& expr) {
  if (expr.text == "layer") {
    if (!layer_) return error_at(expr.at, "`layer` has no value here");
    return Item(static_cast<double>(*layer_));
  }
  if (const Entry* entry = architecture_.entry(expr.text)) return value(*entry, layer_, expr.at);
  TRY(std::optional<Item> found, member(expr.text, expr.at));
  if (found) return *found;
  return error_at(expr.at, "unknown name `{}`", expr.text);
}

Result<const Config::Known*> Config::known(const Entry& entry, Position use) {
  if (auto at = known_.find(&entry); at != known_.end()) return &at->second;
  if (std::find(busy_.begin(), busy_.end(), &entry) != busy_.end()) {
    return error_at(use, "`{}` is defined by itself", entry.name.text);
  }
  busy_.push_back(&entry);
  auto outer = std::exchange(layer_, std::nullopt);
  auto value = work_out(entry);
  layer_ = outer;
  busy_.pop_back();
  TRY(Known item, std::move(value));
  return &known_.emplace(&entry, std::move(item)).first->second;
}

Result<Config::Known> Config::work_out(const Entry& entry) {
  TRY(std::optional<Known> said, given(entry));
  if (said) return *std::move(said);
  if (!entry.value) {
    return error_at(entry.name.at, "`{}`: {} and there is no default", entry.name.text, missing(entry));
  }
  return fallback(entry);
}

Result<Config::Known> Config::fallback(const Entry& entry) {
  if (architecture_.is_word(*entry.value)) return Known{Item(entry.value->text), false};
  TRY(bool layered, depends_on_layer(*entry.value));
  if (layered) return by_layer(entry, *entry.value);
  TRY(Item item, evaluate(*entry.value));
  return Known{std::move(item), false};
}

Result<Config::Known> Config::listed(const Entry& entry, Item item) {
  auto* list = item.as<List>();
  if (!list || entry.whole) return Known{std::move(item), false};
  TRY(int64_t count, layers("", entry.name.at));
  if (static_cast<int64_t>(list->items->size()) != count) {
    return error_at(entry.name.at, "`{}` has {} values for {} layers", entry.name.text, list->items->size(),
                    count);
  }
  return Known{std::move(item), true};
}

Result<Config::Known> Config::by_layer(const Entry& entry, const Expr& expr) {
  TRY(int64_t count, layers("", entry.name.at));
  std::vector<Item> items;
  for (int64_t layer = 0; layer < count; ++layer) {
    TRY(Item item, evaluate_in(expr, layer));
    items.push_back(std::move(item));
  }
  return Known{list_of(std::move(items)), true};
}

Result<bool> Config::depends_on_layer(const Expr& expr) {
  std::vector<const Expr*> names;
  collect_names(expr, names);
  for (const Expr* name : names) {
    if (name->text == "layer") return true;
    const Entry* entry = architecture_.entry(name->text);
    if (!entry || entry->whole) continue;
    TRY(const Known* value, known(*entry, name->at));
    if (value->by_layer) return true;
  }
  return false;
}

}  // namespace hearth::arch
