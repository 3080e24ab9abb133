#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <vector>

#include "base/own_folder_testing.h"
#include "base/pages.h"

namespace hearth {
namespace {

class FileTest : public testing::Test {
 protected:
  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(FileTest, MapsWhatWasWritten) {
  auto file = AtomicFile::create(folder_ / "a");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write("hearth").ok());
  ASSERT_TRUE(file->write_zeros(5000).ok());
  EXPECT_EQ(file->written(), 5006u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
  ASSERT_TRUE(file->commit().ok());
  auto mapped = MappedFile::open(folder_ / "a");
  ASSERT_TRUE(mapped.ok());
  ASSERT_EQ(mapped->bytes().size(), 5006u);
  EXPECT_EQ(mapped->bytes()[1], std::byte{'e'});
}

TEST_F(FileTest, AnUncommittedFileLeavesNothing) {
  {
    auto file = AtomicFile::create(folder_ / "a");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("half").ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(FileTest, AnEmptyFileMapsToNothing) {
  std::ofstream(folder_ / "empty");
  auto mapped = MappedFile::open(folder_ / "empty");
  ASSERT_TRUE(mapped.ok());
  EXPECT_TRUE(mapped->bytes().empty());
}

TEST_F(FileTest, OnlyRegularFilesAreRead) {
  EXPECT_NE(MappedFile::open(folder_).error().message.find("is a directory"), std::string::npos);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_NE(MappedFile::open(folder_ / "pipe").error().message.find("not a regular file"), std::string::npos);
  EXPECT_NE(read_file(folder_ / "missing").error().message.find("No such file"), std::string::npos);
}

TEST_F(FileTest, ALimitIsALimit) {
  std::ofstream(folder_ / "ten") << "0123456789";
  EXPECT_EQ(read_file(folder_ / "ten", 10).value(), "0123456789");
  EXPECT_FALSE(read_file(folder_ / "ten", 9).ok());
}

TEST_F(FileTest, DroppedPagesAreReadAgainAndOtherMemoryStays) {
  std::ofstream(folder_ / "long") << std::string(1 << 16, 'x');
  auto mapped = MappedFile::open(folder_ / "long");
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(mapped->bytes()[5000], std::byte{'x'});
  drop_file_pages(mapped->bytes());
  EXPECT_EQ(mapped->bytes()[5000], std::byte{'x'});
  std::vector<std::byte> own(1 << 16, std::byte{7});
  drop_file_pages(own);
  EXPECT_EQ(own[5000], std::byte{7});
}

}  // namespace
}  // namespace hearth
