// For tests: folders that nobody else has, gone with whoever made them. Tests run side by side, and make files of
// one name.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hearth {

class OwnFolder {
 public:
  OwnFolder() {
    std::string pattern = testing::TempDir() + "hearth_test_XXXXXX";
    if (::mkdtemp(pattern.data())) path_ = std::filesystem::canonical(pattern);
    EXPECT_FALSE(path_.empty()) << pattern;
  }
  ~OwnFolder() {
    std::error_code failed;
    if (!path_.empty()) std::filesystem::remove_all(path_, failed);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// This process's.
inline const std::filesystem::path& own_folder() {
  static const OwnFolder folder;
  return folder.path();
}

}  // namespace hearth
