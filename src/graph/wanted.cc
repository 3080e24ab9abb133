#include "graph/wanted.h"

#include <map>

namespace hearth {

namespace {

enum class Demand : uint8_t { nothing, wanted, all };

void raise(Demand& demand, Demand to) {
  if (to > demand) demand = to;
}

bool by_tokens(const Value& value) {
  return value.shape.lead.size() == 1 && value.shape.lead[0] == tokens_rows();
}

// The rows of its i-th argument that a node needs when it has to give `result`.
Demand needs(const Node& node, size_t i, Demand result) {
  if (row_of(node.op).mixing == Mixing::row) return result;
  // Only what queries of attention bring keeps to the rows that ask.
  return is_of_query(node.op, i) ? result : Demand::all;
}

// The rows that a node gives, when some of them are asked for: what remembers must see every row pass.
Demand gives(const Node& node, Demand asked) {
  bool by_row = row_of(node.op).mixing == Mixing::row || node.op == Op::attend || node.op == Op::indexer;
  return by_row ? asked : Demand::all;
}

std::vector<Demand> demands(const Graph& graph) {
  std::vector<Demand> demand(graph.values.size(), Demand::nothing);
  for (const Graph::Output& output : graph.outputs)
    raise(demand[static_cast<size_t>(output.value)], output.all ? Demand::all : Demand::wanted);
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    // What leaves something for another graph is wanted for that.
    Demand asked = node.results.empty() ? Demand::all : Demand::nothing;
    for (ValueId result : node.results) raise(asked, demand[static_cast<size_t>(result)]);
    if (asked == Demand::nothing) continue;
    asked = gives(node, asked);
    for (ValueId result : node.results) demand[static_cast<size_t>(result)] = asked;
    for (size_t i = 0; i < node.arguments.size(); ++i) {
      const NodeArgument& argument = node.arguments[i];
      if (argument.kind == ArgumentKind::value)
        raise(demand[static_cast<size_t>(argument.id)], needs(node, i, asked));
    }
  }
  return demand;
}

}  // namespace

void drop_unused(Graph& graph) {
  std::vector<Demand> demand = demands(graph);
  std::erase_if(graph.nodes, [&](const Node& node) {
    if (node.results.empty()) return false;
    for (ValueId result : node.results) {
      if (demand[static_cast<size_t>(result)] != Demand::nothing) return false;
    }
    return true;
  });
}

void compute_wanted_rows(Graph& graph) {
  std::vector<Demand> demand = demands(graph);
  // Inputs come with all rows, whatever is asked of them.
  std::vector<ValueId> inputs = graph.inputs;
  inputs.insert(inputs.end(), {graph.tokens, graph.positions});
  for (ValueId input : inputs) {
    if (input >= 0) demand[static_cast<size_t>(input)] = Demand::all;
  }
  auto is_wanted = [&](ValueId id) {
    return demand[static_cast<size_t>(id)] == Demand::wanted &&
           by_tokens(graph.values[static_cast<size_t>(id)]);
  };
  std::map<ValueId, ValueId> selected;
  std::vector<Node> nodes;
  auto select = [&](ValueId id, int32_t layer) {
    auto [at, fresh] = selected.try_emplace(id, -1);
    if (fresh) {
      Value value = graph.values[static_cast<size_t>(id)];
      value.shape.lead = {wanted_rows()};
      graph.values.push_back(value);
      at->second = static_cast<ValueId>(graph.values.size() - 1);
      Node node{Op::select, {NodeArgument::of_value(id)}, {at->second}, nullptr, std::nullopt, -1, layer, 0};
      nodes.push_back(std::move(node));
    }
    return at->second;
  };
  for (Node& node : graph.nodes) {
    if (!node.results.empty() && is_wanted(node.results.front())) {
      for (size_t i = 0; i < node.arguments.size(); ++i) {
        NodeArgument& argument = node.arguments[i];
        if (argument.kind != ArgumentKind::value || needs(node, i, Demand::wanted) != Demand::wanted)
          continue;
        if (by_tokens(graph.values[static_cast<size_t>(argument.id)]) && !is_wanted(argument.id)) {
          argument.id = select(argument.id, node.layer);
        }
      }
    }
    nodes.push_back(std::move(node));
  }
  for (Graph::Output& output : graph.outputs) {
    if (output.all) continue;
    if (by_tokens(graph.values[static_cast<size_t>(output.value)]) && !is_wanted(output.value)) {
      output.value = select(output.value, -1);
    }
  }
  for (size_t id = 0; id < demand.size(); ++id) {
    if (is_wanted(static_cast<ValueId>(id))) graph.values[id].shape.lead = {wanted_rows()};
  }
  graph.nodes = std::move(nodes);
}

}  // namespace hearth
