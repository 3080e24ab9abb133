// How well an architecture describes a checkpoint: everything that does not fit at once, where loading stops at the
// first.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "graph/ast.h"
#include "model/checkpoint/config_json.h"
#include "model/checkpoint/logical_tensor.h"

namespace hearth {

struct Misfit {
  // Entries that config.json does not say, and requirements that it breaks.
  std::vector<const arch::Entry*> entries;
  std::vector<std::string> requirements;  // as messages
  // Entries that hang on what the model is called, and would be others by another name.
  std::vector<std::string> named;  // as messages
  // Weights that are not found, of each the first time: how rows call them.
  struct Missing {
    const arch::Weight* weight;
    const arch::Declaration* declaration;
    Dims shape;  // as declared; empty where entries are missing
    std::string message;
  };
  std::vector<Missing> weights;
  // Tensors that no row takes, those of all layers as one: "model.layers.#.self_attn.q_norm.weight".
  struct Extra {
    std::string pattern;
    std::string first;  // of them
    Dims shape;
  };
  std::vector<Extra> tensors;
  std::vector<std::string> keys;  // of config.json that some architecture reads, but not this one

  std::vector<std::string> unread;  // all keys that nobody asked for

  size_t distance() const {
    return 2 * entries.size() + requirements.size() + named.size() + 2 * weights.size() + 2 * tensors.size() +
           keys.size();
  }
  bool none() const { return distance() == 0; }
};

struct CheckpointParts {
  std::filesystem::path folder;
  const SafetensorsFile& files;
  const Quantization& quantization;
};

// `names` are what models of the architecture are otherwise called. Nothing of the tensors' data is read.
Result<Misfit> misfit_of(const arch::Architecture& architecture, std::span<const arch::Word> names,
                         const CheckpointParts& checkpoint);

// Every number in a name as `#`.
std::string pattern_of(std::string_view name);

}  // namespace hearth
