// A graph that shows what goes into a model's matrices, in place of what the model is for.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "ops/graph.h"

namespace hearth {

// A product of a matrix, or of several, with every row of a batch.
struct ObservedProduct {
  Op op;  // linear, linears or experts
  WeightId weight;
  size_t input;                  // which output is the rows that go in, [heads, width] each
  std::optional<size_t> chosen;  // experts: which output says what expert each row goes to (int32)
};

// Makes the inputs of the products with the weights that `asked` accepts the graph's outputs, instead of its own.
// They have the wanted rows of a batch. What comes after the last of them is not computed, so a look at the
// vocabulary's matrix costs no product with it. Products on pooled sequences are not looked at.
std::vector<ObservedProduct> observe_products(Graph& graph, const std::function<bool(WeightId)>& asked);

}  // namespace hearth
