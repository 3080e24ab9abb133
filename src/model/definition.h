// Which architecture describes a model's file.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "graph/ast.h"

namespace hearth {

// The definition of `arch_file` if it is given, else the one that the file carries (metadata key
// `hearth.architecture`), else the one of the library whose `gguf` line names the file's general.architecture.
Result<arch::Architecture> find_architecture(const GgufMetadata& metadata,
                                             const std::optional<std::filesystem::path>& arch_file);

// The architectures of the library whose `hf` line has this class or model type.
Result<std::vector<arch::Architecture>> architectures_of_class(std::string_view name);

// Whether some architecture of the library reads this key of config.json.
Result<bool> is_read_somewhere(std::string_view key);

// A definition in a text file; parents are looked for beside it, then in the library.
Result<arch::Architecture> read_architecture(const std::filesystem::path& path);

}  // namespace hearth
