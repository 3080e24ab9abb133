// What MODEL on the command line stands for: a path, a name in hearth.toml, or a model of the store, of another
// program's cache or of a hub, which is pulled when it is not here.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/model_settings.h"
#include "hub/pull.h"

namespace hearth {

struct NamedModel {
  std::string path;  // empty: the built-in one
  ModelSettings settings;
};

inline constexpr const char* kModelHelp =
    "a .gguf file (of a split set, the first), the folder of a checkpoint, or a name: org/repo[:quant], "
    "ollama:name[:tag], an address, or one of hearth.toml";

Result<NamedModel> find_model(const std::string& given);
// The same without pulling.
struct FoundModel {
  std::optional<std::string> path;  // nothing: it is not here
  std::string name;                 // as parse_model_name takes it, where it is not
  ModelSettings settings;
};
Result<FoundModel> find_model_here(const std::string& given);
// The same for those that need the file alone.
Result<std::string> find_model_path(const std::string& given);

// With a bar on a terminal, and a line of what was done.
Result<StoredModel> pull_here(const ModelName& name, const PullOptions& options);
PullOptions pull_options();

// Of the store and, where `name` has no such thing, an error.
Result<StoredModel> stored_model(const ModelStore& store, const std::string& name);

}  // namespace hearth
