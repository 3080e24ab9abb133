// Changes to what a model computes that leave its weights alone: low-rank terms beside matrices, and vectors that
// push the residual stream.
#pragma once

#include <span>

#include "base/result.h"
#include "ops/graph.h"

namespace hearth {

// Adds scale * up(down(x)) to what the matrix `base` makes of x. Of a table whose rows are looked up, `down` is such
// a table too. Weights of several matrices, one for each head or expert, have terms likewise.
struct LowRankTerm {
  WeightId base = -1, down = -1, up = -1;
  int64_t rank = 1;
  bool of_rows = false;
  int32_t adapter = 0;  // whose scale it takes
};

// The scales are the last of the graph's inputs: for each token, one of each of `adapters`. So sequences of one batch
// may differ in them. A term whose matrix the graph does not use is left out.
Status add_terms(Graph& graph, std::span<const LowRankTerm> terms, int32_t adapters);

struct LayerPush {
  int32_t layer = 0;
  WeightId vector = -1;  // added to what the layer leaves
  int64_t width = 0;
};

// An error if a layer is not there, or its residual stream is not one vector of that width.
Status push_layers(Graph& graph, std::span<const LayerPush> pushes);

}  // namespace hearth
