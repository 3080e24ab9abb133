// What an expression of the language stands for while a graph is being built: a constant, or something that
// the graph will compute with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "graph/ast.h"
#include "ops/graph.h"

namespace hearth::arch {

struct Item;
using Items = std::shared_ptr<const std::vector<Item>>;

// Rotary scaling is one object, the same from either kind of file (section 4.1 of the language).
struct RopeScaling {
  std::string type;
  std::optional<double> factor, original, attn, beta_fast, beta_slow;
  // Of checkpoints alone: in GGUF they have become tensors.
  std::optional<double> low, high;
  std::vector<double> short_factors, long_factors;
  std::optional<double> length;  // dynamic: of the longest sequence, which the base is made for
};

struct List {
  Items items;
};
struct Tuple {  // what a def with several results returns
  Items items;
};
struct TensorItem {
  ValueId id;
};
struct WeightItem {
  WeightId id;
};
struct AbsentWeight {  // an optional weight that the file lacks: false in a condition, otherwise an error
  std::string name;
};
struct ChosenExperts {  // W[e], a linear map for each chosen expert
  WeightId weight;
  ValueId ids;
};
struct Callee {  // a def or an operator, by name
  const Definition* definition = nullptr;
  const Operator* op = nullptr;
};

struct Item {
  using Variant =
      std::variant<std::monostate, bool, double, std::string, List, Tuple, std::shared_ptr<const RopeScaling>,
                   TensorItem, WeightItem, AbsentWeight, ChosenExperts, ScoreBias, Callee>;
  Variant value;

  Item() = default;  // none
  template <class T>
  requires(!std::is_same_v<std::decay_t<T>, Item> && std::is_constructible_v<Variant, T>) Item(T&& from)
      : value(std::forward<T>(from)) {}

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  bool none() const { return std::holds_alternative<std::monostate>(value); }
  bool constant() const;
  // A number, or a boolean as 1 or 0.
  std::optional<double> number() const;
  // Only constants and weights have one: what flows through the graph decides nothing.
  std::optional<bool> truth() const;
  std::string describe() const;  // for messages: `12`, `"silu"`, `a tensor`
};

inline Item list_of(std::vector<Item> items) {
  return List{std::make_shared<const std::vector<Item>>(std::move(items))};
}
bool equal(const Item& a, const Item& b);  // of constants

}  // namespace hearth::arch
