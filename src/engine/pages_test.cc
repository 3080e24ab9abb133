// Pages outside of memory: records, the folder that keeps them, and sessions; what is damaged or foreign is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/own_folder_testing.h"
#include "engine/page_files.h"
#include "engine/session_file.h"

namespace hearth {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const PageShape kShape{4, {16, 8}, 42};

PageRecord page_of(TokenId first, bool state = true) {
  PageRecord page;
  page.tokens = {first, first + 1, first + 2, first + 3};
  page.places.resize(2);
  page.places[0].assign(16, static_cast<std::byte>(first));
  if (state) page.places[1].assign(8, std::byte{7});
  return page;
}

class Folder : public testing::Test {
 protected:
  std::unique_ptr<PageFiles> open(uint64_t most = 1 << 20, PageShape shape = kShape) {
    auto files = PageFiles::open(path_ / "pages", most, shape);
    EXPECT_TRUE(files.ok()) << files.error().message;
    return *std::move(files);
  }
  static void write(PageFiles& files, const PageKey& key, const PageRecord& page) {
    files.write(key, page.kinds(), files.now(), encode(kShape, page));
  }
  std::vector<fs::path> all() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(path_)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }

  const OwnFolder own_;
  const fs::path& path_ = own_.path();
};

TEST(PageRecords, ComeBackAsTheyWere) {
  for (bool state : {true, false}) {
    auto bytes = encode(kShape, page_of(5, state));
    EXPECT_EQ(bytes.size(), encoded_bytes(kShape, state ? 3 : 1));
    std::span<const std::byte> rest = bytes;
    auto page = decode_page(kShape, rest);
    ASSERT_TRUE(page.ok()) << page.error().message;
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(page->tokens, page_of(5).tokens);
    EXPECT_EQ(page->places, page_of(5, state).places);
  }
}

TEST(PageRecords, ThatAreDamagedOrForeignAreRefused) {
  auto bytes = encode(kShape, page_of(5));
  auto refused = [](std::vector<std::byte> damaged, const PageShape& shape = kShape) {
    std::span<const std::byte> rest = damaged;
    auto page = decode_page(shape, rest);
    return page.ok() ? "" : page.error().message;
  };
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{1};
    EXPECT_NE(refused(damaged), "") << i;
    damaged.resize(i);
    EXPECT_NE(refused(damaged), "") << i;
  }
  PageShape other = kShape;
  other.fingerprint = 43;
  EXPECT_THAT(refused(bytes, other), HasSubstr("another model"));
  other = kShape;
  other.place_bytes = {16};
  EXPECT_THAT(refused(bytes, other), HasSubstr("another shape"));
}

TEST_F(Folder, KeepsPagesFromRunToRun) {
  auto first = open();
  PageKey one = first->root(0).next(page_of(1).tokens), two = one.next(page_of(5).tokens);
  write(*first, one, page_of(1));
  write(*first, two, page_of(5, false));
  first.reset();
  auto second = open();
  EXPECT_EQ(second->kinds(one), 3u);
  EXPECT_EQ(second->kinds(two), 1u);
  auto page = second->read(two);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->places, page_of(5, false).places);
  // Another salt, and another model, know nothing of them.
  EXPECT_EQ(second->kinds(second->root(9).next(page_of(1).tokens)), 0u);
  PageShape other = kShape;
  other.fingerprint = 43;
  EXPECT_EQ(open(1 << 20, other)->kinds(one), 0u);
}

TEST_F(Folder, DamagedPagesWereNeverThere) {
  auto files = open();
  PageKey key = files->root(0).next(page_of(1).tokens);
  write(*files, key, page_of(1));
  files.reset();
  ASSERT_EQ(all().size(), 1u);
  std::fstream file(all().front(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(40);
  file.put('x');
  file.close();
  files = open();
  EXPECT_EQ(files->kinds(key), 3u);
  EXPECT_FALSE(files->read(key));
  EXPECT_EQ(files->kinds(key), 0u);
  EXPECT_TRUE(all().empty());
}

TEST_F(Folder, HoldsNoMoreThanItMay) {
  const uint64_t each = encoded_bytes(kShape, 3);
  auto files = open(5 * each);
  std::vector<PageKey> keys;
  PageKey at = files->root(0);
  for (TokenId i = 0; i < 5; ++i) {
    keys.push_back(at = at.next(page_of(10 * i).tokens));
    write(*files, at, page_of(10 * i));
  }
  files.reset();
  files = open(5 * each);
  files->touch(keys);  // a conversation of five pages
  PageKey other = files->root(0).next(page_of(3).tokens);
  write(*files, other, page_of(3));
  write(*files, other.next(page_of(4).tokens), page_of(4));
  files.reset();
  files = open(5 * each);
  EXPECT_LE(files->bytes(), 5 * each);
  // The ends of the older one are gone, its beginning is not.
  EXPECT_EQ(files->kinds(keys[4]), 0u);
  EXPECT_EQ(files->kinds(keys[3]), 0u);
  EXPECT_NE(files->kinds(keys[2]), 0u);
  EXPECT_NE(files->kinds(other), 0u);
  // A smaller bound holds as soon as it is given.
  files.reset();
  files = open(2 * each);
  EXPECT_EQ(files->pages(), 2);
  EXPECT_EQ(all().size(), 2u);
}

TEST_F(Folder, StrangeFilesAreLeftAlone) {
  auto files = open();
  fs::path folder = path_ / "pages" / fmt::format("{:016x}", kShape.fingerprint);
  for (const char* name : {"notes.txt", "0-0-0.txt", "a-b-c.page.tmp"})
    std::ofstream(folder / name) << "mine";
  files.reset();
  files = open(1);
  EXPECT_EQ(files->pages(), 0);
  EXPECT_TRUE(fs::exists(folder / "notes.txt"));
  EXPECT_TRUE(fs::exists(folder / "0-0-0.txt"));
}

class Sessions : public Folder {
 protected:
  std::vector<std::byte> saved() {
    SessionHead head;
    for (TokenId i = 0; i < 11; ++i) head.tokens.push_back(i);
    head.text = "what was said";
    head.pages = 2;
    auto writer = SessionWriter::create(path_ / "s", kShape, head);
    EXPECT_TRUE(writer->add(page_of(0, false)).ok());
    EXPECT_TRUE(writer->add(page_of(4)).ok());
    auto bytes = writer->finish();
    EXPECT_TRUE(bytes.ok());
    auto file = MappedFile::open(path_ / "s");
    EXPECT_EQ(file->bytes().size(), *bytes);
    return {file->bytes().begin(), file->bytes().end()};
  }
  // What is wrong with it; nothing if all of it can be read.
  static std::string problem_of(const std::vector<std::byte>& bytes, const PageShape& shape = kShape,
                                int64_t vocabulary = 100) {
    auto reader = SessionReader::open(bytes, shape, vocabulary);
    if (!reader.ok()) return reader.error().message;
    for (uint32_t i = 0; i < reader->head().pages; ++i) {
      auto page = reader->next();
      if (!page.ok()) return page.error().message;
    }
    return "";
  }
};

TEST_F(Sessions, ComeBackAsTheyWere) {
  auto bytes = saved();
  auto reader = SessionReader::open(bytes, kShape, 11);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ(reader->head().tokens.size(), 11u);
  EXPECT_EQ(reader->head().text, "what was said");
  EXPECT_EQ(reader->next()->places, page_of(0, false).places);
  EXPECT_EQ(reader->next()->places, page_of(4).places);
}

TEST_F(Sessions, ThatAreDamagedOrForeignAreRefused) {
  auto bytes = saved();
  EXPECT_EQ(problem_of(bytes), "");
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0x81};
    EXPECT_NE(problem_of(damaged), "") << i;
    damaged.resize(i);
    EXPECT_NE(problem_of(damaged), "") << i;
  }
  PageShape other = kShape;
  other.fingerprint = 1;
  EXPECT_THAT(problem_of(bytes, other), HasSubstr("another model"));
  EXPECT_THAT(problem_of(bytes, kShape, 10), HasSubstr("token 10"));
  auto newer = bytes;
  newer[8] = std::byte{9};
  EXPECT_THAT(problem_of(newer), HasSubstr("version 9"));
  EXPECT_THAT(problem_of({}), HasSubstr("is not a session"));
  // Sizes of which a product would overflow, or that would take all memory.
  for (size_t field : {size_t{32}, size_t{40}}) {
    for (uint64_t size : {~uint64_t{0}, uint64_t{1} << 62, uint64_t{1} << 40}) {
      auto huge = bytes;
      std::memcpy(huge.data() + field, &size, sizeof(size));
      EXPECT_THAT(problem_of(huge), HasSubstr("damaged"));
    }
  }
}

}  // namespace
}  // namespace hearth
