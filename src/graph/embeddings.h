// From a text's rows to one vector, for models that were made to give it and for those that were not.
#pragma once

#include <optional>

#include "base/result.h"
#include "ops/graph.h"

namespace hearth {

// How rows become one, as GGUF numbers it. `rank` takes the first, for a verdict.
enum class Pooling : uint8_t { none, mean, cls, last, rank };

// Makes the graph give one embedding of each text: pooled as asked, else as its model says, else by the mean. A model
// of logits gives the state that they are made of.
Status give_embeddings(Graph& graph, std::optional<Pooling> asked);

}  // namespace hearth
