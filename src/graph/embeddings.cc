#include "graph/embeddings.h"

#include <algorithm>

namespace hearth {

namespace {

const Node* maker_of(const Graph& graph, ValueId value) {
  for (const Node& node : graph.nodes) {
    if (std::find(node.results.begin(), node.results.end(), value) != node.results.end()) return &node;
  }
  return nullptr;
}

// What goes into the product with the vocabulary's matrix. Behind it there are at most scales, caps and biases.
Result<ValueId> state_behind(const Graph& graph, ValueId logits) {
  for (ValueId at = logits;;) {
    const Node* node = maker_of(graph, at);
    if (!node || row_of(node->op).mixing != Mixing::row) break;
    if (node->op == Op::linear) return node->arguments[1].id;
    auto is_value = [](const NodeArgument& argument) { return argument.kind == ArgumentKind::value; };
    auto first = std::find_if(node->arguments.begin(), node->arguments.end(), is_value);
    if (first == node->arguments.end() || std::any_of(first + 1, node->arguments.end(), is_value)) { break; }
    at = first->id;
  }
  return fail("its logits are not made by one matrix, so there is no state to embed a text by");
}

}  // namespace

Status give_embeddings(Graph& graph, std::optional<Pooling> asked) {
  bool pools = false;
  for (Node& node : graph.nodes) {
    if (node.op != Op::pool) continue;
    pools = true;
    if (asked) node.arguments[1] = NodeArgument::of_number(static_cast<double>(*asked));
  }
  auto output = std::find_if(graph.outputs.begin(), graph.outputs.end(),
                             [](const Graph::Output& each) { return each.name != "logits"; });
  if (pools && output != graph.outputs.end()) return {};
  ValueId rows = -1;
  if (output != graph.outputs.end()) {
    rows = output->value;
  } else {
    TRY(rows, state_behind(graph, graph.outputs.front().value));
  }
  Shape shape = graph.values[static_cast<size_t>(rows)].shape;
  shape.lead = {sequence_rows()};
  ValueId pooled = graph.add_value(std::move(shape));
  auto pooling = static_cast<double>(asked.value_or(Pooling::mean));
  graph.nodes.push_back({Op::pool,
                         {NodeArgument::of_value(rows), NodeArgument::of_number(pooling)},
                         {pooled},
                         nullptr,
                         std::nullopt,
                         -1,
                         -1,
                         0});
  graph.outputs = {{"embeddings", pooled}};
  return {};
}

}  // namespace hearth
