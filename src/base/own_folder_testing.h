// For tests: a folder of this process alone, gone with it. Tests run side by side, and make files of one name.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace hearth {

inline const std::filesystem::path& own_folder() {
  struct Folder {
    std::filesystem::path path;
    Folder() {
      std::string pattern = testing::TempDir() + "hearth_test_XXXXXX";
      if (::mkdtemp(pattern.data())) path = pattern;
      EXPECT_FALSE(path.empty()) << pattern;
    }
    ~Folder() {
      std::error_code failed;
      if (!path.empty()) std::filesystem::remove_all(path, failed);
    }
  };
  static const Folder folder;
  return folder.path;
}

}  // namespace hearth
