// What each layer leaves to those after it: the residual stream, for who looks at it or pushes it.
#pragma once

#include <cstddef>
#include <vector>

#include "ops/graph.h"

namespace hearth {

struct LayerResult {
  int32_t layer;
  size_t node;  // that makes it
  ValueId value;
};

// Layer by layer, the last value that is made in it and read behind it. Keys that later layers share or first values
// that they mix in are made earlier in theirs.
std::vector<LayerResult> layer_results(const Graph& graph);

// Makes them outputs, behind the graph's own.
void show_layers(Graph& graph);

}  // namespace hearth
