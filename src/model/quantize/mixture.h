// Which type a preset gives each tensor of a model, before the lengths of rows are looked at.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "model/quantize/presets.h"

namespace hearth {

// What a tensor does in a model, as its name says.
// X(role)
#define HEARTH_ROLES(X) \
  X(other)              \
  X(embedding)          \
  X(output)             \
  X(qkv)                \
  X(kv_b)               \
  X(v)                  \
  X(k)                  \
  X(q)                  \
  X(attention_output)   \
  X(up)                 \
  X(gate)               \
  X(down)

enum class Role : uint16_t {
#define X(role) role,
  HEARTH_ROLES(X)
#undef X
};

Role role_of(std::string_view tensor);

// Whether its numbers are stored in the chosen type at all. What is small, or is not the matrix of a product,
// stays as it is: norms, biases, routers, positions, convolutions.
bool is_quantized(const StoredTensor& tensor);

// What mixtures look at beside a tensor's name.
struct ModelFacts {
  bool falcon = false;
  bool llama_70b = false;  // the 80-layer Llama with fewer heads of keys than of queries
  int64_t layers = 0;
  int64_t heads_per_kv = 0;  // query heads that share a head of keys and values, in the first layer
  int64_t experts = 0;
};

// A file that does not say has as many layers as the names of its tensors count.
Result<ModelFacts> model_facts(const GgufMetadata& metadata, std::span<const StoredTensor> tensors);

// Whether the logits are computed with the token embedding, for lack of an output matrix.
bool has_tied_output(std::span<const StoredTensor> tensors);

// The type of each tensor that is_quantized(); of another, its own. `importance`: it is known which inputs
// matter.
std::vector<Type> mix_types(Preset preset, const ModelFacts& facts, std::span<const StoredTensor> tensors,
                            bool importance);

}  // namespace hearth
