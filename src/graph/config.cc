#include "graph/config.h"

#include <algorithm>
#include <cmath>

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

std::string head_of(std::string_view name) { return std::string(name.substr(0, name.find('.'))); }

}  // namespace

Status Config::check() {
  for (const Entry& entry : architecture_.entries) TRY_STATUS(known(entry, entry.name.at));
  for (const Require& require : architecture_.requires_) {
    std::vector<const Expr*> names;
    collect_names(*require.condition, names);
    // What names a key of config.json was checked when the checkpoint was converted.
    bool ours = std::all_of(names.begin(), names.end(), [&](const Expr* name) {
      return name->text == "layer" || architecture_.entry(name->text) ||
             architecture_.entry(head_of(name->text));
    });
    if (!ours) continue;
    TRY(bool by_layer, depends_on_layer(*require.condition));
    int64_t times = 1;
    if (by_layer) { TRY(times, layers("", require.at)); }
    for (int64_t layer = 0; layer < times; ++layer) {
      TRY(Item item, evaluate_in(*require.condition, by_layer ? std::optional(layer) : std::nullopt));
      if (item.truth().value_or(false)) continue;
      std::string found;
      for (const Expr* name : names) {
        if (name->text == "layer") continue;
        TRY(Item value, evaluate_in(*name, by_layer ? std::optional(layer) : std::nullopt));
        found += fmt::format("{}{} is {}", found.empty() ? "" : ", ", name->text, value.describe());
      }
      return error_at(require.at, "require {}; {}{}", require.text, found,
                      by_layer ? fmt::format(" in layer {}", layer) : "");
    }
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
  if (!entry.gguf.empty()) {
    TRY(std::optional<Item> found, from_file(entry));
    if (found) {
      auto* list = found->as<List>();
      if (!list || entry.whole) return Known{*std::move(found), false};
      TRY(int64_t count, layers("", entry.name.at));
      if (static_cast<int64_t>(list->items->size()) != count) {
        return error_at(entry.name.at, "`{}` has {} values for {} layers", entry.name.text,
                        list->items->size(), count);
      }
      return Known{*std::move(found), true};
    }
  }
  if (!entry.value) {
    return error_at(entry.name.at, "`{}`: the file has no {}{} and there is no default", entry.name.text,
                    entry.gguf.starts_with('.') ? "" : std::string(facts_.architecture()) + ".",
                    entry.gguf.starts_with('.') ? entry.gguf.substr(1) : entry.gguf);
  }
  if (architecture_.is_word(*entry.value)) return Known{Item(entry.value->text), false};
  TRY(bool layered, depends_on_layer(*entry.value));
  if (layered) return by_layer(entry, *entry.value);
  TRY(Item item, evaluate(*entry.value));
  return Known{std::move(item), false};
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

Result<std::optional<Item>> Config::from_file(const Entry& entry) {
  if (entry.gguf == "rope.scaling") return rope_scaling();
  std::string key = entry.gguf.starts_with('.') ? entry.gguf.substr(1)
                                                : fmt::format("{}.{}", facts_.architecture(), entry.gguf);
  TRY(std::optional<Item> found, facts_.metadata(key));
  // A number n in place of a list: every n-th layer is global.
  if (found && found->as<double>() && entry.gguf.ends_with("sliding_window_pattern") && entry.value) {
    TRY(bool layered, depends_on_layer(*entry.value));
    if (layered) {
      double period = *found->as<double>();
      if (!(period >= 1)) return std::optional<Item>();
      TRY(int64_t count, layers("", entry.name.at));
      std::vector<Item> items;
      for (int64_t layer = 0; layer < count; ++layer) {
        items.push_back(Item(std::fmod(static_cast<double>(layer), period) != period - 1));
      }
      return std::optional<Item>(list_of(std::move(items)));
    }
  }
  return found;
}

Result<std::optional<Item>> Config::rope_scaling() {
  RopeScaling scaling;
  auto key = [&](std::string_view member) {
    return fmt::format("{}.rope.scaling.{}", facts_.architecture(), member);
  };
  TRY(std::optional<Item> type, facts_.metadata(key("type")));
  struct Row {
    std::string_view member;
    std::optional<double>& value;
  };
  Row rows[] = {{"factor", scaling.factor},
                {"original_context_length", scaling.original},
                {"attn_factor", scaling.attn},
                {"yarn_beta_fast", scaling.beta_fast},
                {"yarn_beta_slow", scaling.beta_slow}};
  for (Row& row : rows) {
    TRY(std::optional<Item> found, facts_.metadata(key(row.member)));
    if (!found) continue;
    row.value = found->number();
    if (!row.value || !std::isfinite(*row.value))
      return fail("{} is {}; a number is expected", key(row.member), found->describe());
  }
  if (type) {
    auto* text = type->as<std::string>();
    if (!text) return fail("{} is {}; a string is expected", key("type"), type->describe());
    scaling.type = *text;
  } else if (scaling.original && facts_.shape("rope_factors_long.weight")) {
    scaling.type = "longrope";
  }
  if (scaling.type.empty() || scaling.type == "none") return std::optional<Item>(Item());
  static constexpr std::string_view kTypes[] = {"linear", "yarn", "longrope"};
  if (std::find(std::begin(kTypes), std::end(kTypes), scaling.type) == std::end(kTypes)) {
    return fail("{} is \"{}\"; linear, yarn, longrope and none are known", key("type"), scaling.type);
  }
  if (scaling.type != "longrope" && !(scaling.factor && *scaling.factor > 0)) {
    return fail("{} is {}; a positive number is expected with scaling of type {}", key("factor"),
                scaling.factor ? fmt::format("{}", *scaling.factor) : "absent", scaling.type);
  }
  return std::optional<Item>(Item(std::make_shared<const RopeScaling>(std::move(scaling))));
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
