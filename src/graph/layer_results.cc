#include "graph/layer_results.h"

#include <algorithm>
#include <map>

namespace hearth {

std::vector<LayerResult> layer_results(const Graph& graph) {
  std::vector<int32_t> made_in(graph.values.size(), -1);
  std::vector<bool> read_behind(graph.values.size(), false);
  for (const Node& node : graph.nodes) {
    for (const NodeArgument& argument : node.arguments) {
      if (argument.kind != ArgumentKind::value) continue;
      auto id = static_cast<size_t>(argument.id);
      if (made_in[id] != node.layer) read_behind[id] = true;
    }
    for (ValueId result : node.results) made_in[static_cast<size_t>(result)] = node.layer;
  }
  for (const Graph::Output& output : graph.outputs) read_behind[static_cast<size_t>(output.value)] = true;
  std::map<int32_t, LayerResult> last;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (node.layer < 0) continue;
    for (ValueId result : node.results) {
      if (!read_behind[static_cast<size_t>(result)] || graph.values[static_cast<size_t>(result)].index)
        continue;
      last.insert_or_assign(node.layer, LayerResult{node.layer, n, result});
    }
  }
  std::vector<LayerResult> results;
  for (const auto& [layer, result] : last) results.push_back(result);
  return results;
}

void show_layers(Graph& graph) {
  for (const LayerResult& result : layer_results(graph))
    graph.outputs.push_back({"layer " + std::to_string(result.layer), result.value});
}

}  // namespace hearth
