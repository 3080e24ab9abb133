// Which architecture describes a model's file.
#pragma once

#include <filesystem>
#include <optional>

#include "formats/gguf.h"
#include "graph/ast.h"

namespace hearth {

// The definition of `arch_file` if it is given, else the one that the file carries (metadata key
// `hearth.architecture`), else the one of the library whose `gguf` line names the file's general.architecture.
Result<arch::Architecture> find_architecture(const GgufFile& file,
                                             const std::optional<std::filesystem::path>& arch_file);

// A definition in a text file; parents are looked for beside it, then in the library.
Result<arch::Architecture> read_architecture(const std::filesystem::path& path);

}  // namespace hearth
