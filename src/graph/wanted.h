// Passes over a graph before it is laid out.
#pragma once

#include "ops/graph.h"

namespace hearth {

// Leaves out nodes that no output needs.
void drop_unused(Graph& graph);

// Computes what comes after the last mixing of tokens only for the rows whose outputs are wanted: of the last
// layer of a prompt, and of its vocabulary's worth of logits, a single row. Where a value of all rows meets a
// node of wanted rows, a `select` is put between them.
void compute_wanted_rows(Graph& graph);

}  // namespace hearth
