#include "graph/item.h"

#include <fmt/format.h>

#include <cmath>

namespace hearth::arch {

bool Item::constant() const {
  return none() || as<bool>() || as<double>() || as<std::string>() || as<List>() ||
         as<std::shared_ptr<const RopeScaling>>();
}

std::optional<double> Item::number() const {
  if (auto* number = as<double>()) return *number;
  if (auto* boolean = as<bool>()) return *boolean ? 1.0 : 0.0;
  return std::nullopt;
}

std::optional<bool> Item::truth() const {
  if (none() || as<AbsentWeight>()) return false;
  if (auto n = number()) return *n != 0;
  if (auto* text = as<std::string>()) return !text->empty();
  if (auto* list = as<List>()) return !list->items->empty();
  if (as<std::shared_ptr<const RopeScaling>>() || as<WeightItem>() || as<ScoreBias>()) return true;
  return std::nullopt;
}

std::string Item::describe() const {
  if (none()) return "none";
  if (auto* boolean = as<bool>()) return *boolean ? "true" : "false";
  if (auto* number = as<double>()) return fmt::format("{}", *number);
  if (auto* text = as<std::string>()) return fmt::format("\"{}\"", text->substr(0, 60));
  if (auto* list = as<List>()) {
    std::string text = "[";
    for (const Item& item : *list->items) {
      if (text.size() > 60) return text + ", ...]";
      text += (text.size() > 1 ? ", " : "") + item.describe();
    }
    return text + "]";
  }
  if (as<std::shared_ptr<const RopeScaling>>()) return "a rotary scaling";
  if (auto* tuple = as<Tuple>()) return fmt::format("{} values", tuple->items->size());
  if (as<TensorItem>()) return "a tensor";
  if (auto* absent = as<AbsentWeight>())
    return fmt::format("`{}`, which the file does not have", absent->name);
  if (as<ScoreBias>()) return "a bias of attention scores";
  if (as<Callee>()) return "a function";
  return "a weight";
}

bool equal(const Item& a, const Item& b) {
  if (auto x = a.number(), y = b.number(); x && y) return *x == *y;
  if (auto* x = a.as<std::string>(), *y = b.as<std::string>(); x && y) return *x == *y;
  if (auto* x = a.as<List>(), *y = b.as<List>(); x && y) {
    if (x->items->size() != y->items->size()) return false;
    for (size_t i = 0; i < x->items->size(); ++i) {
      if (!equal((*x->items)[i], (*y->items)[i])) return false;
    }
    return true;
  }
  return a.none() && b.none();
}

}  // namespace hearth::arch
