// The metadata of the GGUF file that a checkpoint would be.
#pragma once

#include <filesystem>
#include <span>

#include "graph/checkpoint_config.h"
#include "model/checkpoint/checkpoint.h"

namespace hearth {

// general.*: what the file is. `name` is what the checkpoint is called: its folder.
void describe_model(const std::filesystem::path& name, const arch::Architecture& architecture,
                    std::span<const Checkpoint::Tensor> tensors, MetadataStore& store);

// How an embedding model makes one vector of a text, if 1_Pooling/config.json says; of `classes` that judge texts, so.
// Before the entries, whose defaults know neither.
Status describe_pooling(const std::filesystem::path& folder, std::span<const std::string> classes,
                        const arch::Architecture& architecture, MetadataStore& store);

// Every entry that has a key in GGUF, defaults included, in the types that readers expect.
Status describe_entries(const arch::Architecture& architecture, arch::CheckpointConfig& config,
                        MetadataStore& store);

// The chat template, and how its maker would have the model sampled.
Status describe_text(const std::filesystem::path& folder, MetadataStore& store);

}  // namespace hearth
