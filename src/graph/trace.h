// From an architecture and a model's numbers to a graph: the text is evaluated once, and where the language says
// what is computed, a node is noted (sections 7 to 12). Conditions are decided here, so they cost nothing later.
#pragma once

#include <span>
#include <string_view>

#include "graph/config.h"
#include "graph/gguf_binding.h"

namespace hearth::arch {

// Traces graphs that run one after the other, of which each sees what the ones before it assigned; the outputs are
// the last one's. "" is the plain graph. Weights are found through `binding`, which numbers them.
Result<::hearth::Graph> trace(const Architecture& architecture, Config& config, GgufBinding& binding,
                              std::span<const std::string_view> graphs);

}  // namespace hearth::arch
