// A checkpoint written as a GGUF file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"

namespace hearth {

struct ConvertOptions {
  std::string type = "auto";  // as a TypeRule is named
  std::optional<std::filesystem::path> arch_file;
  int32_t threads = 0;
};

// Tensor by tensor; the file has its name when it is whole.
Status convert_checkpoint(const std::filesystem::path& folder, const std::filesystem::path& output,
                          const ConvertOptions& options, const Progress& progress);

}  // namespace hearth
