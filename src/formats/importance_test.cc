#include "formats/importance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error_of.h"
#include "base/file.h"
#include "base/own_folder_testing.h"
#include "formats/allocated.h"
#include "formats/gguf.h"
#include "formats/gguf_bytes.h"

namespace hearth {
namespace {

using namespace testing_gguf;
using testing::ElementsAre;
using testing::HasSubstr;

std::filesystem::path temporary(const char* name) { return own_folder() / name; }

Importance example() {
  Importance importance;
  importance.tensors["blk.0.attn_q.weight"] = {{1, 2, 3, 4}, {2}};
  importance.tensors["blk.0.ffn_up_exps.weight"] = {{1, 2, 3, 4, 0, 0}, {1, 4, 0}};
  importance.datasets = {"a text.txt"};
  importance.chunk_count = 3;
  importance.chunk_size = 128;
  return importance;
}

TEST(Importance, WhatIsWrittenIsReadBack) {
  auto path = temporary("importance_roundtrip.gguf");
  auto written = example().write(path);
  ASSERT_TRUE(written.ok()) << error_of(written);
  auto read = Importance::read(path);
  ASSERT_TRUE(read.ok()) << error_of(read);
  ASSERT_EQ(read->tensors.size(), 2u);
  EXPECT_THAT(read->find("blk.0.attn_q.weight")->sums, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(read->find("blk.0.attn_q.weight")->rows, ElementsAre(2));
  EXPECT_THAT(read->find("blk.0.ffn_up_exps.weight")->sums, ElementsAre(1, 2, 3, 4, 0, 0));
  EXPECT_THAT(read->find("blk.0.ffn_up_exps.weight")->rows, ElementsAre(1, 4, 0));
  EXPECT_EQ(read->find("blk.0.attn_k.weight"), nullptr);
  EXPECT_THAT(read->datasets, ElementsAre("a text.txt"));
  EXPECT_EQ(read->chunk_count, 3u);
  EXPECT_EQ(read->chunk_size, 128u);
}

// The layout that other programs read: one row of sums for each count.
TEST(Importance, TheFileHasTheFormatsTensors) {
  auto path = temporary("importance_layout.gguf");
  ASSERT_TRUE(example().write(path).ok());
  auto file = GgufFile::open(path);
  ASSERT_TRUE(file.ok()) << error_of(file);
  EXPECT_EQ(file->metadata().get<std::string_view>("general.type").value(), "imatrix");
  EXPECT_EQ(file->tensors().size(), 4u);
  EXPECT_THAT(file->find_tensor("blk.0.attn_q.weight.in_sum2")->shape, ElementsAre(1, 4));
  EXPECT_THAT(file->find_tensor("blk.0.attn_q.weight.counts")->shape, ElementsAre(1, 1));
  EXPECT_THAT(file->find_tensor("blk.0.ffn_up_exps.weight.in_sum2")->shape, ElementsAre(3, 2));
  EXPECT_THAT(file->find_tensor("blk.0.ffn_up_exps.weight.counts")->shape, ElementsAre(3, 1));
}

TEST(Importance, MeansAreOverTheRowsOfEachMatrix) {
  Importance importance = example();
  auto dense = importance.find("blk.0.attn_q.weight")->means(1, 4);
  ASSERT_TRUE(dense.ok()) << error_of(dense);
  EXPECT_THAT(*dense, ElementsAre(0.5f, 1, 1.5f, 2));
  auto heads = importance.find("blk.0.attn_q.weight")->means(2, 2);
  ASSERT_TRUE(heads.ok()) << error_of(heads);
  EXPECT_THAT(*heads, ElementsAre(0.5f, 1, 1.5f, 2));
  // The last expert was never chosen.
  auto experts = importance.find("blk.0.ffn_up_exps.weight")->means(3, 2);
  ASSERT_TRUE(experts.ok()) << error_of(experts);
  EXPECT_THAT(*experts, ElementsAre(1, 2, 0.75f, 1, 1, 1));

  EXPECT_THAT(error_of(importance.find("blk.0.attn_q.weight")->means(1, 5)), HasSubstr("another model"));
  EXPECT_THAT(error_of(importance.find("blk.0.ffn_up_exps.weight")->means(2, 3)), HasSubstr("another model"));
}

TEST(Importance, SumsOfTwoTextsAdd) {
  Importance importance = example();
  Importance other = example();
  other.tensors["blk.1.attn_q.weight"] = {{5}, {1}};
  other.chunk_size = 64;
  other.datasets = {"another.txt"};
  auto added = importance.add(other);
  ASSERT_TRUE(added.ok()) << error_of(added);
  EXPECT_THAT(importance.find("blk.0.attn_q.weight")->sums, ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(importance.find("blk.0.attn_q.weight")->rows, ElementsAre(4));
  EXPECT_THAT(importance.find("blk.0.ffn_up_exps.weight")->rows, ElementsAre(2, 8, 0));
  EXPECT_THAT(importance.find("blk.1.attn_q.weight")->sums, ElementsAre(5));
  EXPECT_THAT(importance.datasets, ElementsAre("a text.txt", "another.txt"));
  EXPECT_EQ(importance.chunk_count, 4u);  // 3 of 128 and 3 of 64

  // One count for all experts, as older files have it.
  other.tensors = {{"blk.0.ffn_up_exps.weight", {{1, 1, 1, 1, 1, 1}, {10}}}};
  ASSERT_TRUE(importance.add(other).ok());
  EXPECT_THAT(importance.find("blk.0.ffn_up_exps.weight")->rows, ElementsAre(12, 18, 10));

  other.tensors = {{"blk.0.attn_q.weight", {{1, 2, 3}, {1}}}};
  EXPECT_THAT(error_of(importance.add(other)),
              HasSubstr("\"blk.0.attn_q.weight\": 4 sums and 1 counts here, 3 and 1 there"));
}

std::string i32(int32_t number) { return raw(number); }
std::string short_str(std::string_view text) {
  return i32(static_cast<int32_t>(text.size())) + std::string(text);
}
std::string dat_entry(std::string_view name, int32_t chunks, const std::vector<float>& values) {
  std::string out = short_str(name) + i32(chunks) + i32(static_cast<int32_t>(values.size()));
  for (float value : values) out += raw(value);
  return out;
}

TEST(Importance, TheOlderFormatReads) {
  std::string entries = i32(2) + dat_entry("a.weight", 4, {8, 2}) + dat_entry("b.weight", 0, {3});
  for (const std::string& end : {std::string(), i32(4), i32(4) + short_str("wiki.txt")}) {
    std::string bytes = entries + end;
    auto read = Importance::parse(as_bytes(bytes), "old.dat");
    ASSERT_TRUE(read.ok()) << error_of(read);
    EXPECT_THAT(read->find("a.weight")->means(1, 2).value(), ElementsAre(2, 0.5f));
    EXPECT_THAT(read->find("b.weight")->means(1, 1).value(), ElementsAre(3));
    EXPECT_EQ(read->find("a.weight")->most_rows(), 4 * Importance::kDatChunk);
    EXPECT_EQ(read->chunk_count, end.empty() ? 0u : 4u);
  }
}

TEST(Importance, NothingIsWrittenOfWhatIsNoNumber) {
  auto path = temporary("importance_overflow.gguf");
  std::filesystem::remove(path);
  Importance importance = example();
  importance.tensors["blk.0.attn_q.weight"].sums[1] = 1e39;
  EXPECT_THAT(error_of(importance.write(path)), HasSubstr("\"blk.0.attn_q.weight\""));
  EXPECT_FALSE(std::filesystem::exists(path));
}

struct ImportanceCase {
  const char* name;
  std::string bytes;
  const char* expected;  // part of the message
};

constexpr uint32_t kF32Id = 0, kTypeF16 = 1;

struct Pair {
  std::vector<uint64_t> sums{2}, counts{1};
  uint32_t sums_type = kF32Id, counts_type = kF32Id;
  float sum = 1, count = 1;
  const char* sums_name = "a.in_sum2";
  const char* counts_name = "a.counts";
  const char* type = "imatrix";
  bool chunks = true;

  std::string bytes() const {
    File file;
    file.keys = {key("general.type", kString, str(type)),
                 key("imatrix.datasets", kArray, array(kString, 0, "")),
                 key("imatrix.chunk_count", kU32, u32(1))};
    if (chunks) file.keys.push_back(key("imatrix.chunk_size", kU32, u32(512)));
    file.tensors = {tensor(sums_name, sums, sums_type, 0), tensor(counts_name, counts, counts_type, 32)};
    std::string out = file.header();
    out.resize((out.size() + 31) / 32 * 32);
    std::string data(64, '\0');
    for (size_t at = 0; at < 32; at += sizeof(float)) data.replace(at, sizeof(float), raw(sum));
    for (size_t at = 32; at < 64; at += sizeof(float)) data.replace(at, sizeof(float), raw(count));
    return out + data;
  }
};

const std::vector<ImportanceCase>& cases() {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static const std::vector<ImportanceCase> all = {
      {"gguf_cut", "GGUF", "ends inside the version"},
      {"gguf_model", Pair{.type = "model"}.bytes(), "is \"model\", expected \"imatrix\""},
      {"gguf_no_sizes", Pair{.chunks = false}.bytes(), "imatrix.chunk_size"},
      {"gguf_no_sums", Pair{.sums_name = "a.weight"}.bytes(), "no tensors NAME.in_sum2"},
      {"gguf_no_counts", Pair{.counts_name = "b.counts"}.bytes(), "\"a.in_sum2\" is there without"},
      {"gguf_half_sums", Pair{.sums_type = kTypeF16}.bytes(), "\"a.in_sum2\" is f16, expected f32"},
      {"gguf_half_counts", Pair{.counts_type = kTypeF16}.bytes(), "\"a.counts\" is f16, expected f32"},
      {"gguf_uneven", Pair{.sums = {4}, .counts = {3}}.bytes(), "4 sums for 3 counts"},
      {"gguf_fewer_sums", Pair{.sums = {2}, .counts = {4}}.bytes(), "2 sums for 4 counts"},
      {"gguf_nan", Pair{.sum = kNan}.bytes(), "the sum of column 0 is nan"},
      {"gguf_infinite", Pair{.sum = kInfinity}.bytes(), "the sum of column 0 is inf"},
      {"gguf_negative", Pair{.sum = -1}.bytes(), "the sum of column 0 is -1"},
      {"gguf_count_nan", Pair{.count = kNan}.bytes(), "a count of nan"},
      {"gguf_count_negative", Pair{.count = -2}.bytes(), "a count of -2"},
      {"gguf_count_huge", Pair{.count = 1e30f}.bytes(), "a count of 1.0000000"},
      {"empty", "", "ends inside the number of entries"},
      {"dat_text", "Once upon a time", "neither \"GGUF\" nor a number of entries"},
      {"dat_none", i32(0), "neither \"GGUF\" nor a number of entries"},
      {"dat_negative", i32(-1), "neither \"GGUF\" nor a number of entries"},
      {"dat_cut", i32(1), "ends inside a name"},
      {"dat_no_name", i32(1) + i32(0), "a name is 0 long"},
      {"dat_name_huge", i32(1) + i32(INT32_MAX), "ends inside a name: 0 bytes are left"},
      {"dat_name_long", i32(1) + dat_entry(std::string(64, 'a'), 1, {1}), "has 64 bytes"},
      {"dat_no_values", i32(1) + dat_entry("a", 1, {}), "the values is 0 long"},
      {"dat_values_huge", i32(1) + short_str("a") + i32(1) + i32(INT32_MAX), "ends inside the values"},
      {"dat_chunks_negative", i32(1) + dat_entry("a", -1, {1}), "-1 chunks"},
      {"dat_nan", i32(1) + dat_entry("a", 1, {kNan}), "the sum of column 0 is nan"},
      {"dat_twice", i32(2) + dat_entry("a", 1, {1}) + dat_entry("a", 1, {1}), "\"a\" is there twice"},
      {"dat_fewer_entries", i32(2) + dat_entry("a", 1, {1}), "ends inside a name"},
      {"dat_behind", i32(1) + dat_entry("a", 1, {1}) + i32(1) + short_str("t") + "x", "1 bytes lie behind"},
  };
  return all;
}

class WrongImportance : public testing::TestWithParam<ImportanceCase> {};

TEST_P(WrongImportance, IsRefused) {
  uint64_t before = allocated_so_far();
  auto read = Importance::parse(as_bytes(GetParam().bytes), "file");
  EXPECT_LT(allocated_so_far() - before, 100'000u);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().expected));
  EXPECT_THAT(read.error().message, testing::StartsWith("file: "));
}

INSTANTIATE_TEST_SUITE_P(Files, WrongImportance, testing::ValuesIn(cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Importance, TheCasesAreWrongInOneThingOnly) {
  std::string bytes = Pair().bytes();
  auto read = Importance::parse(as_bytes(bytes), "file");
  ASSERT_TRUE(read.ok()) << error_of(read);
  EXPECT_THAT(read->find("a")->sums, ElementsAre(1, 1));
}

}  // namespace
}  // namespace hearth
