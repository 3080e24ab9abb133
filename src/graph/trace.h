// From an architecture and a model's numbers to a graph: the text is evaluated once, and where the language says
// what is computed, a node is noted (sections 7 to 12). Conditions are decided here, so they cost nothing later.
#pragma once

#include "graph/binding.h"
#include "graph/config.h"

namespace hearth::arch {

// Traces the graph of that name ("" is the plain one). Weights are found through `binding`, which numbers them.
Result<::hearth::Graph> trace(const Architecture& architecture, Config& config, Binding& binding,
                              std::string_view graph);

}  // namespace hearth::arch
