#include "formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error_of.h"
#include "base/own_folder_testing.h"
#include "formats/allocated.h"
#include "formats/safetensors_writer.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string length(uint64_t number) { return std::string(reinterpret_cast<const char*>(&number), 8); }

std::string file_of(std::string_view header, size_t data) {
  return length(header.size()) + std::string(header) + std::string(data, '\x11');
}

// A header with one tensor whose row is this.
std::string with_row(std::string_view row, size_t data) {
  return file_of(fmt::format("{{\"t\":{}}}", row), data);
}

std::string row(std::string_view type, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"({{"dtype":"{}","shape":{},"data_offsets":{}}})", type, shape, offsets);
}

struct HeadCase {
  const char* name;
  std::string bytes;
  const char* expected;
};

std::vector<HeadCase> safetensors_head_cases() {
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  return {
      {"empty", "", "has 0 bytes, expected at least 8"},
      {"seven_bytes", std::string(7, '\0'), "has 7 bytes, expected at least 8"},
      {"header_missing", length(2), "the header's length is 2, expected at most 0"},
      {"header_cut", length(3) + "{}", "the header's length is 3, expected at most 2"},
      {"header_max", length(UINT64_MAX) + "{}",
       "the header's length is 18446744073709551615, expected at most 2"},
      {"header_wraps", length(UINT64_MAX - 7) + "{}", "the header's length is 18446744073709551608"},
      {"header_2_63", length(uint64_t{1} << 63) + "{}", "the header's length is 9223372036854775808"},
      {"header_100mb", length(100'000'001) + "{}", "the header's length is 100000001"},
      {"header_empty", length(0), "the header begins with \"\", expected \"{\""},
      {"gguf", std::string("GGUF\3\0\0\0", 8) + std::string(64, '\0'), "the header's length is"},
      {"begins_with_blank", file_of(" {}", 0), "the header begins with \" {}\", expected \"{\""},
      {"array", file_of("[]", 0), "the header begins with \"[]\", expected \"{\""},
      {"not_closed", file_of("{", 0), "header: line 1, column 2: expected a string, but the text ends"},
      {"not_json", file_of("{nonsense}", 0),
       "header: line 1, column 2: expected a string, but found \"nonsense\""},
      {"more_after", file_of("{}{}", 0), "expected the end, but found \"{\""},
      {"zeros_after", file_of(std::string("{}\0\0", 4), 0), "expected the end, but found \"\\x00\\x00\""},
      {"not_utf8", file_of("{\"\xff\":1}", 0), "a byte that is not UTF-8"},
      {"deep", file_of(deep, 0), "line 1, column 7: has \"a\", expected only"},
      {"trailing_data", file_of("{}", 1), "the tensors' data ends at 0, but the file has 1 bytes of data"},
      {"metadata_number", file_of(R"({"__metadata__":{"a":1}})", 0), "expected a string, but found \"1\""},
      {"metadata_nested", file_of(R"({"__metadata__":{"a":{"b":"c"}}})", 0), "expected a string, but found"},
      {"metadata_text", file_of(R"({"__metadata__":"a"})", 0), "expected an object, but found"},
      {"metadata_twice", file_of(R"({"__metadata__":{},"__metadata__":{}})", 0),
       "the key \"__metadata__\" occurs twice"},
      {"metadata_key_twice", file_of(R"({"__metadata__":{"a":"1","a":"1"}})", 0),
       "the key \"a\" occurs twice"},
  };
}

std::vector<HeadCase> safetensors_tensor_cases() {
  auto two = [](std::string_view first, std::string_view second, size_t data) {
    return file_of(fmt::format(R"({{"a":{},"b":{}}})", first, second), data);
  };
  return {
      {"row_null", with_row("null", 0),
       "tensor \"t\": line 1, column 6: expected an object, but found \"null\""},
      {"row_array", with_row("[]", 0), "expected an object"},
      {"row_empty", with_row("{}", 0), "tensor \"t\": has no \"dtype\""},
      {"no_dtype", with_row(R"({"shape":[1],"data_offsets":[0,4]})", 4), "has no \"dtype\""},
      {"no_shape", with_row(R"({"dtype":"F32","data_offsets":[0,4]})", 4), "has no \"shape\""},
      {"no_offsets", with_row(R"({"dtype":"F32","shape":[1]})", 4), "has no \"data_offsets\" of two numbers"},
      {"another_member", with_row(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1})", 4),
       "has \"x\", expected only \"dtype\", \"shape\" and \"data_offsets\""},
      {"member_twice", with_row(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})", 4),
       "the key \"dtype\" occurs twice"},
      {"name_twice",
       file_of(fmt::format(R"({{"a":{},"a":{}}})", row("U8", "[1]", "[0,1]"), row("U8", "[1]", "[1,2]")), 2),
       "the key \"a\" occurs twice"},
      {"dtype_number", with_row(R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})", 4),
       "expected a string, but found \"32\""},
      {"dtype_unknown", with_row(row("Q4_0", "[1]", "[0,4]"), 4),
       "\"dtype\" is \"Q4_0\", which is not a known type"},
      {"dtype_lower", with_row(row("f32", "[1]", "[0,4]"), 4), "\"dtype\" is \"f32\""},
      {"dtype_empty", with_row(row("", "[1]", "[0,4]"), 4), "\"dtype\" is \"\""},
      {"dtype_complex", with_row(row("C64", "[1]", "[0,8]"), 8), "\"dtype\" is \"C64\""},
      {"dtype_f4", with_row(row("F4", "[2]", "[0,1]"), 1), "\"dtype\" is \"F4\""},
      {"dtype_hostile", with_row(row("\\u001b[2J", "[1]", "[0,4]"), 4), "\"dtype\" is \"\\x1b[2J\""},
      {"shape_negative", with_row(row("F32", "[-1]", "[0,4]"), 4), "expected an integer from 0"},
      {"shape_fraction", with_row(row("F32", "[1.0]", "[0,4]"), 4), "expected an integer from 0"},
      {"shape_exponent", with_row(row("F32", "[1e0]", "[0,4]"), 4), "expected an integer from 0"},
      {"shape_too_large", with_row(row("F32", "[18446744073709551616]", "[0,4]"), 4),
       "expected an integer from 0"},
      {"shape_text", with_row(row("F32", "[\"1\"]", "[0,4]"), 4), "expected an integer from 0"},
      {"shape_null", with_row(row("F32", "null", "[0,4]"), 4), "expected an array"},
      {"shape_number", with_row(row("F32", "1", "[0,4]"), 4), "expected an array"},
      {"shape_nested", with_row(row("F32", "[[1]]", "[0,4]"), 4), "expected an integer from 0"},
      {"shape_17", with_row(row("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]"), 1),
       "more than 16 numbers"},
      {"product_wraps", with_row(row("U8", "[4294967296,4294967296]", "[0,0]"), 0),
       "its size overflows: u8 of shape"},
      {"product_wraps_to_8", with_row(row("U8", "[6148914691236517206,12]", "[0,8]"), 8),
       "its size overflows"},
      {"bytes_wrap", with_row(row("F32", "[4611686018427387904]", "[0,0]"), 0), "its size overflows"},
      {"bytes_wrap_to_4", with_row(row("F32", "[4611686018427387905]", "[0,4]"), 4), "its size overflows"},
      {"bytes_wrap_f64", with_row(row("F64", "[2305843009213693952]", "[0,0]"), 0), "its size overflows"},
      {"zero_hides_wrap", with_row(row("U8", "[0,4294967296,4294967296,4294967296]", "[0,0]"), 0),
       "its size overflows"},
      {"offsets_empty", with_row(row("F32", "[1]", "[]"), 4), "has no \"data_offsets\" of two numbers"},
      {"offsets_1", with_row(row("F32", "[1]", "[0]"), 4), "has no \"data_offsets\" of two numbers"},
      {"offsets_3", with_row(row("F32", "[1]", "[0,4,8]"), 4), "more than 2 numbers"},
      {"offsets_negative", with_row(row("F32", "[1]", "[-4,0]"), 4), "expected an integer from 0"},
      {"offsets_object", with_row(row("F32", "[1]", "{}"), 4), "expected an array"},
      {"offsets_reversed", with_row(row("F32", "[1]", "[4,0]"), 4),
       "\"data_offsets\" are 4 and 0, but f32 of shape [1] takes 4"},
      {"offsets_reversed_wrap", with_row(row("U8", "[18446744073709551612]", "[4,0]"), 4),
       "\"data_offsets\" are 4 and 0"},
      {"offsets_max", with_row(row("F32", "[1]", "[18446744073709551611,18446744073709551615]"), 4),
       "its data begins at 18446744073709551611, but the data before it ends at 0: there is a hole"},
      {"size_less", with_row(row("F32", "[2]", "[0,4]"), 4),
       "are 0 and 4, but f32 of shape [2] takes 8 bytes"},
      {"size_more", with_row(row("F32", "[1]", "[0,8]"), 8),
       "are 0 and 8, but f32 of shape [1] takes 4 bytes"},
      {"size_of_nothing", with_row(row("F32", "[0]", "[0,4]"), 4), "f32 of shape [0] takes 0 bytes"},
      {"data_missing", with_row(row("F32", "[1]", "[0,4]"), 0),
       "its data ends at 4, but the file has 0 bytes of data"},
      {"data_one_short", with_row(row("F32", "[1]", "[0,4]"), 3),
       "its data ends at 4, but the file has 3 bytes of data"},
      {"data_one_more", with_row(row("F32", "[1]", "[0,4]"), 5),
       "the tensors' data ends at 4, but the file has 5"},
      {"data_huge", with_row(row("U8", "[1099511627776]", "[0,1099511627776]"), 8),
       "its data ends at 1099511627776"},
      {"hole_first", with_row(row("F32", "[1]", "[4,8]"), 8),
       "begins at 4, but the data before it ends at 0: there is a hole"},
      {"hole_between", two(row("U8", "[4]", "[0,4]"), row("U8", "[4]", "[8,12]"), 12),
       "tensor \"b\": its data begins at 8"},
      {"overlap", two(row("U8", "[4]", "[0,4]"), row("U8", "[4]", "[2,6]"), 6),
       "begins at 2, but the data before it ends at 4: they overlap"},
      {"same_place", two(row("U8", "[4]", "[0,4]"), row("U8", "[4]", "[0,4]"), 4), "they overlap"},
      {"empty_inside", two(row("U8", "[4]", "[0,4]"), row("U8", "[0]", "[2,2]"), 4), "they overlap"},
      {"sum_wraps",
       two(row("U8", "[18446744073709551615]", "[0,18446744073709551615]"), row("U8", "[1]", "[0,1]"), 1),
       "\"a\""},
  };
}

void expect_safetensors_refused(const HeadCase& one) {
  SCOPED_TRACE(one.name);
  uint64_t before = allocated_so_far();
  auto file = SafetensorsFile::parse(as_bytes(one.bytes), "model.safetensors");
  uint64_t allocated = allocated_so_far() - before;
  ASSERT_FALSE(file.ok());
  const std::string& message = file.error().message;
  EXPECT_NE(message.find(one.expected), std::string::npos) << message;
  EXPECT_TRUE(message.starts_with("model.safetensors: ")) << message;
  EXPECT_LT(message.size(), 400u);
  for (char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << message;
  EXPECT_LE(allocated, 16 * 1024 + 8 * one.bytes.size());
}

TEST(SafetensorsMalformed, Head) {
  for (const HeadCase& one : safetensors_head_cases()) expect_safetensors_refused(one);
}

TEST(SafetensorsMalformed, Tensors) {
  for (const HeadCase& one : safetensors_tensor_cases()) expect_safetensors_refused(one);
}

TEST(SafetensorsMalformed, EveryTruncation) {
  std::string good = file_of(fmt::format(R"({{"__metadata__":{{"format":"pt"}},"a":{},"b":{}}}   )",
                                         row("F32", "[2,2]", "[0,16]"), row("BF16", "[3]", "[16,22]")),
                             22);
  ASSERT_TRUE(SafetensorsFile::parse(as_bytes(good), "good").ok());
  for (size_t size = 0; size < good.size(); ++size) {
    std::vector<char> prefix(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(SafetensorsFile::parse(as_bytes({prefix.data(), size}), "cut").ok()) << size;
  }
}

TEST(Safetensors, ReadsWhatIsThere) {
  std::string bytes = file_of(
      fmt::format(R"({{"b":{},"__metadata__":{{"format":"pt","k":"v"}},"nothing":{},"a":{},"scalar":{}}}  )",
                  row("BF16", "[3]", "[16,22]"), row("F32", "[0,5]", "[16,16]"),
                  row("F32", "[2,2]", "[0,16]"), row("U8", "[]", "[22,23]")),
      23);
  auto file = SafetensorsFile::parse(as_bytes(bytes), "m");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_THAT(file->metadata(), ElementsAre(Pair("format", "pt"), Pair("k", "v")));
  std::vector<std::string_view> names;
  for (const StoredTensor& tensor : file->tensors()) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("a", "nothing", "b", "scalar"));  // in the order of their data
  const StoredTensor* b = file->find_tensor("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->type, Type::bf16);
  EXPECT_EQ(b->offset, 16u);
  EXPECT_EQ(b->data.data(), as_bytes(bytes).data() + bytes.size() - 7);
  EXPECT_EQ(file->find_tensor("nothing")->elements, 0u);
  EXPECT_EQ(file->find_tensor("scalar")->elements, 1u);
  EXPECT_TRUE(SafetensorsFile::parse(as_bytes(file_of("{}", 0)), "m").ok());
}

class SafetensorsFiles : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  std::string at(const std::string& name) { return (folder_ / name).string(); }
  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(SafetensorsFiles, WhatIsWrittenIsRead) {
  SafetensorsContents contents;
  ASSERT_TRUE(contents.set("format", "pt").ok());
  std::vector<std::pair<std::string, size_t>> added;
#define X(name, type)                                               \
  {                                                                 \
    const uint64_t shape[] = {3, 1};                                \
    ASSERT_TRUE(contents.add_tensor(name, Type::type, shape).ok()); \
    added.emplace_back(name, 3 * info(Type::type).bytes);           \
  }
  HEARTH_SAFETENSORS_TYPES(X)
#undef X
  EXPECT_EQ(added.size(), 16u);
  const uint64_t none[] = {0, 7};
  ASSERT_TRUE(contents.add_tensor("quo\"te \xc3\xa9", Type::f32, none).ok());
  auto writer = SafetensorsWriter::create(folder_ / "m.safetensors", contents);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  for (const std::string& name : writer->order()) {
    auto one = std::find_if(added.begin(), added.end(), [&](const auto& each) { return each.first == name; });
    if (one == added.end()) continue;  // without elements
    ASSERT_TRUE(writer->write(name, std::vector(one->second, static_cast<std::byte>(name[0]))).ok());
  }
  ASSERT_TRUE(writer->commit().ok());
  auto file = SafetensorsFile::open(folder_ / "m.safetensors");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_THAT(file->metadata(), ElementsAre(Pair("format", "pt")));
  EXPECT_EQ(file->parts()[0].data_offset % 8, 0u);
  for (const auto& [name, bytes] : added) {
    const StoredTensor* tensor = file->find_tensor(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_THAT(tensor->shape, ElementsAre(3, 1));
    EXPECT_EQ(tensor->data.size(), bytes);
    EXPECT_EQ(tensor->data[0], static_cast<std::byte>(name[0]));
    EXPECT_EQ(tensor->offset % info(tensor->type).bytes, 0u) << name;  // aligned to its elements
  }
  EXPECT_NE(file->find_tensor("quo\"te \xc3\xa9"), nullptr);
  EXPECT_TRUE(SafetensorsFile::open(folder_).ok());  // the folder's only file
}

TEST_F(SafetensorsFiles, TheWriterRefusesWhatTheReaderWould) {
  SafetensorsContents contents;
  const uint64_t fine[] = {2}, huge[] = {uint64_t{1} << 63, 4};
  const std::vector<uint64_t> many(17, 1);
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::q4_0, fine)),
              HasSubstr("safetensors has no type q4_0"));
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, huge)), HasSubstr("overflows"));
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, many)), HasSubstr("has 17 dimensions"));
  EXPECT_THAT(error_of(contents.add_tensor("\xff", Type::f32, fine)), HasSubstr("is not UTF-8"));
  EXPECT_THAT(error_of(contents.add_tensor("__metadata__", Type::f32, fine)),
              HasSubstr("means something else"));
  EXPECT_THAT(error_of(contents.set("k", "\xff")), HasSubstr("is not UTF-8"));
  ASSERT_TRUE(contents.add_tensor("t", Type::f32, fine).ok());
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, fine)), HasSubstr("is added twice"));
}

class SafetensorsSet : public SafetensorsFiles {
 protected:
  void write(SplitLimits limits) {
    SafetensorsContents contents;
    const uint64_t shape[] = {256};
    for (int i = 0; i < 6; ++i)
      ASSERT_TRUE(contents.add_tensor(fmt::format("t{}", i), Type::f32, shape).ok());
    auto writer = SafetensorsWriter::create(folder_ / "model.safetensors", contents, limits);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (int i = 0; i < 6; ++i) {
      ASSERT_TRUE(writer->write(fmt::format("t{}", i), std::vector(1024, static_cast<std::byte>(i))).ok());
    }
    EXPECT_FALSE(std::filesystem::exists(index_));
    ASSERT_TRUE(writer->commit().ok());
  }
  void SetUp() override {
    SafetensorsFiles::SetUp();
    index_ = folder_ / "model.safetensors.index.json";
  }
  std::filesystem::path index_;
};

TEST_F(SafetensorsSet, ASetIsReadAsOneModel) {
  write({.tensors = 2});
  for (const auto& path : {folder_, index_}) {
    auto file = SafetensorsFile::open(path);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->parts().size(), 3u);
    ASSERT_EQ(file->tensors().size(), 6u);
    SafetensorsFile moved = *std::move(file);  // views outlive a move
    for (int i = 0; i < 6; ++i) {
      const StoredTensor* tensor = moved.find_tensor(fmt::format("t{}", i));
      ASSERT_NE(tensor, nullptr);
      EXPECT_EQ(tensor->data[1023], static_cast<std::byte>(i));
      EXPECT_EQ(tensor->part, static_cast<uint32_t>(i / 2));
    }
  }
}

TEST_F(SafetensorsSet, FilesStayBelowTheirLimit) {
  constexpr uint64_t kLimit = 2400;
  write({.bytes = kLimit});
  auto file = SafetensorsFile::open(folder_);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->parts().size(), 3u);
  for (const auto& part : file->parts()) EXPECT_LE(part.bytes, kLimit);
}

TEST_F(SafetensorsSet, WhatIsWrongWithASetIsNamed) {
  std::string a = file_of(fmt::format(R"({{"a":{}}})", row("U8", "[1]", "[0,1]")), 1);
  std::string b = file_of(fmt::format(R"({{"b":{}}})", row("U8", "[1]", "[0,1]")), 1);
  std::string both =
      file_of(fmt::format(R"({{"b":{},"c":{}}})", row("U8", "[1]", "[0,1]"), row("U8", "[1]", "[1,2]")), 2);
  put("1.safetensors", a);
  put("2.safetensors", b);
  put("3.safetensors", both);
  std::ofstream(folder_ / "secret") << a;
  struct IndexCase {
    const char* index;
    const char* expected;
  };
  const IndexCase cases[] = {
      {R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})", "no error"},
      {R"({"metadata":{"total_size":2,"x":[1]},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})",
       "no error"},
      {"", "index.json: line 1, column 1: expected an object, but the text ends"},
      {"[]", "expected an object"},
      {"{}", "has no \"weight_map\""},
      {R"({"weight_map":{}})", "\"weight_map\" is empty"},
      {R"({"weight_map":[]})", "expected an object"},
      {R"({"weight_map":{"a":1}})", "expected a string, but found \"1\""},
      {R"({"weight_map":{"a":"1.safetensors","a":"1.safetensors"}})", "the key \"a\" occurs twice"},
      {R"({"weight_map":{"a":"1.safetensors"},"weight_map":{}})", "the key \"weight_map\" occurs twice"},
      {R"({"weight_map":{"a":"1.safetensors"}} x)", "expected the end, but found \"x\""},
      {R"({"weight_map":{"a":"../secret.safetensors"}})",
       "tensor \"a\" is in \"../secret.safetensors\", expected the name of a .safetensors file beside the "
       "index"},
      {R"({"weight_map":{"a":"/etc/passwd"}})", "is in \"/etc/passwd\", expected the name"},
      {R"({"weight_map":{"a":"secret"}})", "is in \"secret\", expected the name of a .safetensors file"},
      {R"({"weight_map":{"a":""}})", "is in \"\", expected the name"},
      {R"({"weight_map":{"a":"x\\1.safetensors"}})", "expected the name of a .safetensors file"},
      {R"({"weight_map":{"a":"secret\u0000.safetensors"}})", "is in \"secret\\x00.safetensors\", expected"},
      {R"({"weight_map":{"a":"1.safetensors","b":"9.safetensors"}})",
       "9.safetensors: cannot open: No such file"},
      {R"({"weight_map":{"a":"1.safetensors","x":"2.safetensors","b":"2.safetensors"}})",
       "index.json: tensor \"x\" is not in 2.safetensors, where the index says it is"},
      {R"({"weight_map":{"a":"1.safetensors","b":"3.safetensors"}})",
       "tensor \"c\" of 3.safetensors is not in the index"},
      {R"({"weight_map":{"a":"2.safetensors","b":"1.safetensors"}})",
       "tensor \"a\" is in 1.safetensors, but the index says 2.safetensors"},
  };
  for (const IndexCase& one : cases) {
    put("model.safetensors.index.json", one.index);
    EXPECT_THAT(error_of(SafetensorsFile::open(folder_)), HasSubstr(one.expected)) << one.index;
  }
  put("model.safetensors.index.json", R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  put("2.safetensors", b.substr(0, 20));
  EXPECT_THAT(error_of(SafetensorsFile::open(folder_)), HasSubstr("2.safetensors: the header's length"));
}

TEST_F(SafetensorsSet, AFolderMustBeClear) {
  EXPECT_THAT(error_of(SafetensorsFile::open(folder_)), HasSubstr("holds no .safetensors file"));
  put("a.safetensors", file_of("{}", 0));
  EXPECT_TRUE(SafetensorsFile::open(folder_).ok());
  put("b.safetensors", file_of("{}", 0));
  EXPECT_THAT(error_of(SafetensorsFile::open(folder_)),
              HasSubstr("holds 2 .safetensors files but no model.safetensors.index.json"));
  EXPECT_THAT(error_of(SafetensorsFile::open(folder_ / "none")),
              HasSubstr("none: cannot open: No such file"));
}

}  // namespace
}  // namespace hearth
