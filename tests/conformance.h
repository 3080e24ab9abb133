// Where cases of other implementations lie, if this machine has them: the folder that HEARTH_CONFORMANCE names.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace hearth {

inline std::optional<std::filesystem::path> conformance(const char* folder) {
  const char* root = std::getenv("HEARTH_CONFORMANCE");
  if (!root) return std::nullopt;
  return std::filesystem::path(root) / folder;
}

}  // namespace hearth

#define CONFORMANCE_OR_SKIP(variable, folder)                                                      \
  auto variable##_found = hearth::conformance(folder);                                             \
  if (!variable##_found) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set, so there are no " folder; \
  const std::filesystem::path variable = *variable##_found
