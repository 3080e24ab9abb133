// Looking things up in an Architecture.
#include <algorithm>

#include "graph/ast.h"

namespace hearth::arch {

namespace {

template <class Items, class Name>
auto find_named(const Items& items, Name&& matches) {
  auto found = std::find_if(items.begin(), items.end(), matches);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const Entry* Architecture::entry(std::string_view name) const {
  return find_named(entries, [&](const Entry& entry) { return entry.name.text == name; });
}

const Stack* Architecture::stack(std::string_view name) const {
  return find_named(stacks, [&](const Stack& stack) { return stack.name == name; });
}

const Graph* Architecture::graph(std::string_view name) const {
  return find_named(graphs, [&](const Graph& graph) { return graph.name.text == name; });
}

const Definition* Architecture::definition(std::string_view name) const {
  return find_named(definitions, [&](const Definition& d) { return d.name.text == name; });
}

bool Architecture::is_word(const Expr& value) const {
  return value.kind == ExprKind::name && value.text != "layer" && value.text.find('.') == std::string::npos &&
         !entry(value.text);
}

std::string_view word_of(std::string_view weight) {
  if (weight.ends_with('.')) return weight.substr(0, weight.size() - 1);
  if (weight.ends_with(".bias")) return weight.substr(0, weight.size() - 5);
  return weight;
}

const Weight* Architecture::weight(std::string_view word, const std::string* stack) const {
  // As written before with something fallen away: `output.bias` is the weight of that name.
  auto among = [&](auto&& where) -> const Weight* {
    if (auto* found = find_named(weights, [&](const Weight& w) { return where(w) && w.name == word; }))
      return found;
    return find_named(weights, [&](const Weight& w) { return where(w) && word_of(w.name) == word; });
  };
  if (stack)
    if (auto* found = among([&](const Weight& w) { return w.layers && w.stack == *stack; })) return found;
  return among([](const Weight& w) { return !w.layers; });
}

}  // namespace hearth::arch
