// From an architecture and a model's numbers to a graph: the text is evaluated once, and where the language says
// what is computed, a node is noted (sections 7 to 12). Conditions are decided here, so they cost nothing later.
#pragma once

#include <span>
#include <string_view>

#include "graph/config.h"
#include "graph/gguf_binding.h"

namespace hearth::arch {

// Traces graphs that run one after the other, of which each sees what the ones before it assigned. "" is the plain
// graph; "draft" is that of one draft layer, the n-th time of the n-th. A graph for each comes back, but that one
// which continues another is a part of it, with its own outputs. They share their states and the numbers of values.
// What one gives another is among the outputs of the one and the inputs of the other, or it is remembered with the
// sequence, where an encoder made it. Weights are found through `binding`, which numbers them.
Result<std::vector<::hearth::Graph>> trace(const Architecture& architecture, Config& config,
                                           GgufBinding& binding, std::span<const std::string_view> graphs);

// How many layers the draft graph has for this model: how many tokens further its drafts can look.
Result<int64_t> count_drafts(const Architecture& architecture, Config& config, GgufBinding& binding);

}  // namespace hearth::arch
