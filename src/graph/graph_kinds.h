// The graphs that a file may have, one row each, those that run earlier first: what it is given, what it must give.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace hearth::arch {

struct GraphKind {
  std::string_view name;                     // "" is the plain one
  std::span<const std::string_view> inputs;  // visible in every def that it calls
  // Graphs that run before it for the same request; it may read the names that they assigned.
  std::span<const std::string_view> earlier;
  std::span<const std::string_view> results;  // it must assign one of these; empty: names of its own choosing
  enum Run : uint8_t {
    own,        // on tokens of its own, which are a step's
    source,     // once for a sequence, on what the later graphs look at
    continues,  // on the rows of the graph before it, as a part of it
  } run = own;
};

namespace graph_kinds {
using Names = std::string_view[];
inline constexpr Names kTextInputs = {"tokens", "positions", "pictures", "places"};
inline constexpr Names kMel = {"mel"};
inline constexpr Names kImage = {"image", "next"};
inline constexpr Names kEncoders = {"encoder", "sound"};
inline constexpr Names kPlain = {"", "encoder", "sound"};
inline constexpr Names kLogitsOrEmbeddings = {"logits", "embeddings"};
inline constexpr Names kLogits = {"logits"};
inline constexpr Names kScores = {"scores"};
inline constexpr Names kMemory = {"memory", "embeddings"};
inline constexpr Names kEmbeddings = {"embeddings"};
}  // namespace graph_kinds

inline constexpr GraphKind kGraphKinds[] = {
    {"encoder", graph_kinds::kTextInputs, {}, {}, GraphKind::source},
    {"sound", graph_kinds::kMel, {}, graph_kinds::kMemory, GraphKind::source},
    {"", graph_kinds::kTextInputs, graph_kinds::kEncoders, graph_kinds::kLogitsOrEmbeddings},
    {"draft", graph_kinds::kTextInputs, graph_kinds::kPlain, graph_kinds::kLogits},
    {"score", graph_kinds::kTextInputs, graph_kinds::kPlain, graph_kinds::kScores, GraphKind::continues},
    {"image", graph_kinds::kImage, {}, graph_kinds::kEmbeddings},
};

constexpr const GraphKind* graph_kind(std::string_view name) {
  for (const GraphKind& kind : kGraphKinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace hearth::arch
