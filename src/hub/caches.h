// What other programs keep on this machine, read and never written: Hugging Face's cache, Ollama's and LM Studio's
// folders.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/model_name.h"
#include "hub/remote_files.h"

namespace hearth {

// A model in one of them, ready to be opened.
struct CachedModel {
  std::string name;   // as it is asked for here
  std::string owner;  // "Hugging Face", "Ollama", "LM Studio"
  std::filesystem::path path;
  uint64_t bytes = 0;
};

std::vector<CachedModel> list_caches();
// Without a quant, the largest up to 8 bits.
std::optional<CachedModel> find_in_caches(const ModelName& name);

// Where a file of this hash or, with LM Studio, of this name and length may lie. Whoever uses it checks its hash.
std::optional<std::filesystem::path> cached_copy(const ModelName& name, const RemoteFile& file);

}  // namespace hearth
