// Files that whole-program tests share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/own_folder_testing.h"

namespace hearth {

inline const std::string kBuiltin = std::string(HEARTH_SOURCE_DIR) + "/models/hearth-tiny.gguf";

inline std::string temporary(const char* name) { return (own_folder() / name).string(); }

inline std::vector<float> read_floats(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::vector<float> floats(std::filesystem::file_size(path) / sizeof(float));
  stream.read(reinterpret_cast<char*>(floats.data()),
              static_cast<std::streamsize>(floats.size() * sizeof(float)));
  return floats;
}

}  // namespace hearth
