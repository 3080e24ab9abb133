#include "formats/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/error_of.h"
#include "base/own_folder_testing.h"
#include "formats/gguf_bytes.h"
#include "formats/gguf_writer.h"

namespace hearth {
namespace {

using namespace testing_gguf;
using testing::ElementsAre;
using testing::HasSubstr;

GgufFile parsed(const std::string& bytes) {
  auto file = GgufFile::parse(as_bytes(bytes), "model.gguf");
  EXPECT_TRUE(file.ok()) << (file.ok() ? "" : file.error().message);
  return *std::move(file);
}

TEST(Gguf, BothVersionsRead) {
  for (uint32_t version : {2u, 3u}) {
    std::string bytes = File{.version = version, .keys = {key("k", kU16, u16(7))}}.bytes();
    GgufFile file = parsed(bytes);
    EXPECT_EQ(file.version(), version);
    EXPECT_EQ(file.metadata().get<uint64_t>("k").value(), 7u);
  }
}

TEST(Gguf, MetadataKeepTheOrderOfTheFile) {
  std::string bytes = File{.keys = {key("z", kU8, "\1"), key("a", kU8, "\2"), key("m", kU8, "\3")}}.bytes();
  GgufFile file = parsed(bytes);
  std::vector<std::string_view> keys;
  for (const auto& entry : file.metadata().entries()) keys.push_back(entry.key);
  EXPECT_THAT(keys, ElementsAre("z", "a", "m"));
  EXPECT_EQ(file.metadata().find("b"), nullptr);
}

TEST(Gguf, NumbersConvertWhereTheyFit) {
  std::string bytes =
      File{.keys = {key("u8", kU8, "\xff"), key("i8", kI8, "\xff"), key("u64", kU64, u64(UINT64_MAX)),
                    key("f32", kF32, raw(0.5f)), key("f64", kF64, raw(0.25)), key("bool", kBool, "\1"),
                    key("text", kString, str("hi"))}}
          .bytes();
  GgufFile file = parsed(bytes);
  const GgufMetadata& metadata = file.metadata();
  EXPECT_EQ(metadata.get<uint64_t>("u8").value(), 255u);
  EXPECT_EQ(metadata.get<int64_t>("i8").value(), -1);
  EXPECT_EQ(metadata.get<double>("i8").value(), -1.0);
  EXPECT_EQ(metadata.get<uint64_t>("u64").value(), UINT64_MAX);
  EXPECT_EQ(metadata.get<float>("f32").value(), 0.5f);
  EXPECT_EQ(metadata.get<float>("f64").value(), 0.25f);
  EXPECT_EQ(metadata.get<bool>("bool").value(), true);
  EXPECT_EQ(metadata.get<std::string_view>("text").value(), "hi");
  EXPECT_EQ(metadata.get_or<uint32_t>("absent", 9).value(), 9u);
  EXPECT_FALSE(metadata.get_if<uint32_t>("absent").value().has_value());

  EXPECT_EQ(error_of(metadata.get<uint64_t>("i8")),
            "model.gguf: metadata \"i8\" is i8 -1, expected an integer from 0 to 18446744073709551615");
  EXPECT_EQ(error_of(metadata.get<int32_t>("u64")),
            "model.gguf: metadata \"u64\" is u64 18446744073709551615, expected an integer from -2147483648 "
            "to 2147483647");
  EXPECT_EQ(error_of(metadata.get<double>("text")),
            "model.gguf: metadata \"text\" is string \"hi\", expected a number");
  EXPECT_EQ(error_of(metadata.get<bool>("u8")), "model.gguf: metadata \"u8\" is u8 255, expected a bool");
  EXPECT_EQ(error_of(metadata.get<std::string_view>("bool")),
            "model.gguf: metadata \"bool\" is bool true, expected a string");
  EXPECT_EQ(error_of(metadata.get<uint64_t>("f32")).find("model.gguf: metadata \"f32\" is f32 0.5, expected"),
            0u);
  EXPECT_EQ(error_of(metadata.get<bool>("absent")), "model.gguf: no metadata \"absent\", expected a bool");
  EXPECT_FALSE(metadata.get_or<uint32_t>("text", 1).ok());
}

TEST(Gguf, ArraysOfNumbersAndStrings) {
  std::string bytes = File{
      .keys = {
          key("shift the alignment", kU8, "\1"),
          key("numbers", kArray, array(kI16, 3, raw(int16_t{-1}) + raw(int16_t{2}) + raw(int16_t{300}))),
          key("floats", kArray, array(kF32, 2, raw(0.5f) + raw(-2.0f))),
          key("bools", kArray, array(kBool, 3, std::string("\1\0\1", 3))),
          key("strings", kArray, array(kString, 3, str("a") + str("") + str(std::string("c\0d", 3)))),
          key("none", kArray,
              array(kF32, 0,
                    ""))}}.bytes();
  GgufFile file = parsed(bytes);
  const GgufMetadata& metadata = file.metadata();
  EXPECT_THAT(metadata.get<std::vector<int32_t>>("numbers").value(), ElementsAre(-1, 2, 300));
  EXPECT_THAT(metadata.get<std::vector<double>>("numbers").value(), ElementsAre(-1, 2, 300));
  EXPECT_THAT(metadata.get<std::vector<float>>("floats").value(), ElementsAre(0.5f, -2.0f));
  EXPECT_THAT(metadata.get<std::vector<bool>>("bools").value(), ElementsAre(true, false, true));
  EXPECT_TRUE(metadata.get<std::vector<uint64_t>>("none").value().empty());
  auto strings = metadata.get<std::span<const std::string_view>>("strings").value();
  EXPECT_THAT(strings, ElementsAre("a", "", std::string_view("c\0d", 3)));
  EXPECT_GE(strings[0].data(), bytes.data());  // a view into the file, not a copy
  EXPECT_LT(strings[0].data(), bytes.data() + bytes.size());

  EXPECT_EQ(error_of(metadata.get<std::vector<uint64_t>>("numbers")),
            "model.gguf: metadata \"numbers\" is array of 3 i16, expected an array of integers from 0 to "
            "18446744073709551615");
  EXPECT_THAT(error_of(metadata.get<std::vector<uint8_t>>("numbers")), HasSubstr("from 0 to 255"));
  EXPECT_THAT(error_of(metadata.get<std::vector<float>>("strings")),
              HasSubstr("array of 3 string, expected an array of numbers"));
  EXPECT_THAT(error_of(metadata.get<std::span<const std::string_view>>("floats")),
              HasSubstr("expected an array of strings"));
  EXPECT_THAT(error_of(metadata.get<uint64_t>("numbers")), HasSubstr("expected an integer"));
}

TEST(Gguf, TensorsAreWhereTheFileSays) {
  File layout{.tensors = {tensor("late", {8, 2}, 0, 128), tensor("scalar", {}, 0, 0),
                          tensor("blocks", {64, 3, 2}, 2, 224)},
              .data = 448};
  std::string bytes = layout.bytes();
  GgufFile file = parsed(bytes);
  ASSERT_EQ(file.tensors().size(), 3u);
  const StoredTensor& late = file.tensors()[0];
  EXPECT_EQ(late.name, "late");
  EXPECT_THAT(late.shape, ElementsAre(2, 8));  // outermost first
  EXPECT_EQ(late.elements, 16u);
  EXPECT_EQ(late.offset, 128u);
  EXPECT_EQ(late.data.size(), 64u);
  const auto& part = file.parts()[0];
  EXPECT_EQ(part.data_offset % 32, 0u);
  EXPECT_EQ(late.data.data(), as_bytes(bytes).data() + part.data_offset + 128);
  const StoredTensor* scalar = file.find_tensor("scalar");
  ASSERT_NE(scalar, nullptr);
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_EQ(scalar->data.size(), 4u);
  EXPECT_EQ(file.find_tensor("blocks")->data.size(), 2u * 3 * 2 * 18);
  EXPECT_EQ(file.find_tensor("absent"), nullptr);
}

TEST(Gguf, EveryAlignmentOfTheFormat) {
  for (uint32_t alignment = 1; alignment <= 1 << 20; alignment *= 2) {
    std::string bytes =
        File{.tensors = {tensor("t", {3}, 24, 0), tensor("u", {3}, 24, std::max(alignment, 4u))},
             .keys = {key("general.alignment", kU32, u32(alignment))},
             .alignment = alignment,
             .data = std::max(alignment, 4u) + 3}
            .bytes();
    GgufFile file = parsed(bytes);
    EXPECT_EQ(file.parts()[0].alignment, alignment);
    EXPECT_EQ(file.parts()[0].data_offset % alignment, 0u);
  }
}

TEST(Gguf, BytesAfterTheTensorsAreLeftAlone) {
  std::string bytes = File{.tensors = {tensor("t", {9}, 0, 0)}, .data = 64}.bytes() + "signature";
  EXPECT_EQ(parsed(bytes).tensors()[0].data.size(), 36u);
}

TEST(Gguf, LongestNames) {
  std::string bytes = File{.tensors = {tensor(std::string(63, 'n'), {8}, 0, 0)},
                           .keys = {key(std::string(65535, 'k'), kU8, "\1")},
                           .data = 32}
                          .bytes();
  EXPECT_NE(parsed(bytes).find_tensor(std::string(63, 'n')), nullptr);
}

TEST(Gguf, TwoHundredThousandKeysAndAsManyStrings) {
  File layout;
  std::string strings;
  for (int i = 0; i < 200'000; ++i) {
    layout.keys.push_back(
        key(fmt::format("a.key.like.every.other.{}", i), kU32, u32(static_cast<uint32_t>(i))));
    strings += str(fmt::format("token{}", i));
  }
  layout.keys.push_back(key("tokens", kArray, array(kString, 200'000, strings)));
  std::string bytes = layout.bytes();
  GgufFile file = parsed(bytes);
  EXPECT_EQ(file.metadata().get<uint32_t>("a.key.like.every.other.199999").value(), 199'999u);
  EXPECT_EQ(file.metadata().get<std::span<const std::string_view>>("tokens").value()[123'456], "token123456");
}

// A folder of its own for every test that writes.
class GgufFiles : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }
  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(GgufFiles, WhatIsNotAFileIsRefused) {
  EXPECT_THAT(error_of(GgufFile::open(folder_)), HasSubstr("is a directory"));
  EXPECT_THAT(error_of(GgufFile::open(folder_ / "none.gguf")),
              HasSubstr("none.gguf: cannot open: No such file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe.gguf").c_str(), 0600), 0);
  EXPECT_THAT(error_of(GgufFile::open(folder_ / "pipe.gguf")), HasSubstr("is not a regular file"));
  EXPECT_THAT(error_of(GgufFile::open(put("empty.gguf", ""))), HasSubstr("the file is empty"));
}

// Everything that a file can hold, written and read.
GgufContents everything(std::vector<std::string>& keep) {
  GgufContents contents;
  static constexpr float kFloats[] = {1.5f, -2.0f};
  static constexpr bool kBools[] = {true, false, true};
  static constexpr int64_t kLongs[] = {INT64_MIN, INT64_MAX};
  keep = {"tok0", "", std::string("with \0 zero", 11)};
  static std::vector<std::string_view> views;
  views.assign(keep.begin(), keep.end());
  auto set = [&](std::string_view name, const GgufValue& value) {
    EXPECT_TRUE(contents.set(name, value).ok()) << name;
  };
  set("general.architecture", std::string_view("test"));
  set("u8", uint8_t{255});
  set("i8", int8_t{-128});
  set("u16", uint16_t{65535});
  set("i16", int16_t{-32768});
  set("u32", UINT32_MAX);
  set("i32", INT32_MIN);
  set("f32", 3.25f);
  set("bool", true);
  set("string", std::string_view("h\xc3\xa9llo"));
  set("u64", UINT64_MAX);
  set("i64", INT64_MIN);
  set("f64", 1e300);
  set("floats", GgufArray(std::span<const float>(kFloats)));
  set("bools", GgufArray(std::span<const bool>(kBools)));
  set("longs", GgufArray(std::span<const int64_t>(kLongs)));
  set("strings", GgufArray(std::span<const std::string_view>(views)));
  return contents;
}

std::string value_text(const GgufValue& value) {
  if (auto* array = std::get_if<GgufArray>(&value)) {
    std::string out = describe(value);
    for (uint64_t i = 0; i < array->size(); ++i) out += " " + describe(array->at(i));
    return out;
  }
  return describe(value);
}

std::vector<std::byte> pattern(size_t size, int seed) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + static_cast<size_t>(seed));
  return bytes;
}

TEST_F(GgufFiles, WhatIsWrittenIsRead) {
  std::vector<std::string> keep;
  for (uint32_t alignment : {1u, 8u, 32u, 4096u}) {
    GgufContents contents = everything(keep);
    ASSERT_TRUE(contents.set("general.alignment", alignment).ok());
    struct Tensor {
      const char* name;
      Type type;
      std::vector<uint64_t> shape;
      size_t bytes;
    };
    const Tensor tensors[] = {{"scalar", Type::f32, {}, 4},
                              {"odd", Type::i8, {3, 5}, 15},
                              {"blocks", Type::q4_k, {2, 3, 256}, 864},
                              {"four", Type::bf16, {2, 1, 3, 4}, 48}};
    for (const Tensor& tensor : tensors)
      ASSERT_TRUE(contents.add_tensor(tensor.name, tensor.type, tensor.shape).ok());

    auto path = folder_ / fmt::format("{}.gguf", alignment);
    auto writer = GgufWriter::create(path, contents);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    int seed = 0;
    for (const Tensor& tensor : tensors) {
      auto data = pattern(tensor.bytes, seed++);
      ASSERT_TRUE(writer->write(tensor.name, std::span(data).first(1)).ok());  // in two pieces
      ASSERT_TRUE(writer->write(tensor.name, std::span(data).subspan(1)).ok());
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    ASSERT_TRUE(writer->commit().ok());

    auto file = GgufFile::open(path);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->version(), 3u);
    EXPECT_EQ(file->parts()[0].alignment, alignment);
    std::vector<std::string> values;
    for (const auto& entry : file->metadata().entries())
      values.push_back(std::string(entry.key) + " = " + value_text(entry.value));
    EXPECT_THAT(
        values,
        ElementsAre("general.architecture = string \"test\"", "u8 = u8 255", "i8 = i8 -128",
                    "u16 = u16 65535", "i16 = i16 -32768", "u32 = u32 4294967295", "i32 = i32 -2147483648",
                    "f32 = f32 3.25", "bool = bool true", "string = string \"h\xc3\xa9llo\"",
                    "u64 = u64 18446744073709551615", "i64 = i64 -9223372036854775808", "f64 = f64 1e+300",
                    "floats = array of 2 f32 f32 1.5 f32 -2",
                    "bools = array of 3 bool bool true bool false bool true",
                    "longs = array of 2 i64 i64 -9223372036854775808 i64 9223372036854775807",
                    "strings = array of 3 string string \"tok0\" string \"\" string \"with \\x00 zero\"",
                    fmt::format("general.alignment = u32 {}", alignment)));
    seed = 0;
    for (const Tensor& tensor : tensors) {
      const StoredTensor* read = file->find_tensor(tensor.name);
      ASSERT_NE(read, nullptr) << tensor.name;
      EXPECT_EQ(read->type, tensor.type);
      EXPECT_EQ(read->shape, tensor.shape);
      auto data = pattern(tensor.bytes, seed++);
      EXPECT_TRUE(std::equal(data.begin(), data.end(), read->data.begin(), read->data.end())) << tensor.name;
    }
    EXPECT_EQ(std::filesystem::file_size(path) % alignment, 0u);
  }
}

TEST_F(GgufFiles, EveryTypeOfTensorSurvives) {
  GgufContents contents;
  std::vector<std::pair<std::string, size_t>> expected;
#define X(enumerator, name, id, block, bytes)                             \
  {                                                                       \
    const uint64_t shape[] = {2, block};                                  \
    bool added = contents.add_tensor(name, Type::enumerator, shape).ok(); \
    EXPECT_EQ(added, id >= 0) << name;                                    \
    if (added) expected.emplace_back(name, 2 * bytes);                    \
  }
  HEARTH_TENSOR_TYPES(X)
#undef X
  auto writer = GgufWriter::create(folder_ / "types.gguf", contents);
  ASSERT_TRUE(writer.ok());
  for (const auto& [name, bytes] : expected) ASSERT_TRUE(writer->write(name, pattern(bytes, 0)).ok());
  ASSERT_TRUE(writer->commit().ok());
  auto file = GgufFile::open(folder_ / "types.gguf");
  ASSERT_TRUE(file.ok()) << file.error().message;
  for (const auto& [name, bytes] : expected) {
    const StoredTensor* tensor = file->find_tensor(name);
    ASSERT_NE(tensor, nullptr) << name;
    EXPECT_EQ(info(tensor->type).name, name);
    EXPECT_EQ(tensor->data.size(), bytes) << name;
  }
}

TEST_F(GgufFiles, TheWriterRefusesWhatTheReaderWould) {
  GgufContents contents;
  const uint64_t zero[] = {8, 0}, five[] = {1, 1, 1, 1, 1}, odd[] = {33}, huge[] = {uint64_t{1} << 62, 32},
                 fine[] = {8};
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, zero)), HasSubstr("is 0, expected at least 1"));
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, five)), HasSubstr("has 5 dimensions"));
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::q8_0, odd)), HasSubstr("rows of 33 elements"));
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, huge)), HasSubstr("overflows"));
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::u8, fine)), HasSubstr("GGUF has no type u8"));
  EXPECT_THAT(error_of(contents.add_tensor("", Type::f32, fine)), HasSubstr("0 bytes, expected 1 to 63"));
  EXPECT_THAT(error_of(contents.add_tensor(std::string(64, 'n'), Type::f32, fine)), HasSubstr("64 bytes"));
  EXPECT_TRUE(contents.add_tensor("t", Type::f32, fine).ok());
  EXPECT_THAT(error_of(contents.add_tensor("t", Type::f32, fine)), HasSubstr("tensor \"t\": is added twice"));
  EXPECT_THAT(error_of(contents.set("", uint8_t{1})), HasSubstr("0 bytes"));
  EXPECT_THAT(error_of(contents.set("general.alignment", uint32_t{3})),
              HasSubstr("expected a u32 that is a power of two"));
  EXPECT_THAT(error_of(contents.set("general.alignment", uint64_t{32})), HasSubstr("is u64 32"));
  EXPECT_THAT(error_of(contents.set("a", GgufArray(GgufType::array, 0, nullptr))),
              HasSubstr("array of arrays"));
}

TEST_F(GgufFiles, TheDataMustBeWhatWasAnnounced) {
  GgufContents contents;
  const uint64_t shape[] = {8};
  ASSERT_TRUE(contents.add_tensor("a", Type::f32, shape).ok());
  ASSERT_TRUE(contents.add_tensor("b", Type::f32, shape).ok());
  auto path = folder_ / "m.gguf";
  {
    auto writer = GgufWriter::create(path, contents);
    ASSERT_TRUE(writer.ok());
    auto data = pattern(33, 0);
    EXPECT_THAT(error_of(writer->write("b", data)),
                HasSubstr("data of tensor \"b\", expected \"a\" at byte 0 of 32"));
    EXPECT_THAT(error_of(writer->write("a", data)), HasSubstr("tensor \"a\": more data than its 32 bytes"));
    ASSERT_TRUE(writer->write("a", std::span(data).first(32)).ok());
    ASSERT_TRUE(writer->write("b", std::span(data).first(30)).ok());
    EXPECT_THAT(error_of(writer->commit()), HasSubstr("tensor \"b\" has 30 of its 32 bytes"));
    ASSERT_TRUE(writer->write("b", std::span(data).first(2)).ok());
    EXPECT_THAT(error_of(writer->write("b", std::span(data).first(1))), HasSubstr("after the last tensor"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));  // never committed
}

TEST_F(GgufFiles, SettingAKeyAgainReplacesItsValue) {
  GgufContents contents;
  ASSERT_TRUE(contents.set("a", uint8_t{1}).ok());
  ASSERT_TRUE(contents.set("b", uint8_t{2}).ok());
  ASSERT_TRUE(contents.set("a", std::string_view("new")).ok());
  auto writer = GgufWriter::create(folder_ / "m.gguf", contents);
  ASSERT_TRUE(writer.ok() && writer->commit().ok());
  auto file = GgufFile::open(folder_ / "m.gguf");
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->metadata().entries().size(), 2u);
  EXPECT_EQ(file->metadata().entries()[0].key, "a");
  EXPECT_EQ(file->metadata().get<std::string_view>("a").value(), "new");
}

class GgufSplit : public GgufFiles {
 protected:
  // Six tensors of 4 KiB, in files of at most two.
  std::vector<std::filesystem::path> write(SplitLimits limits) {
    std::vector<std::string> keep;
    GgufContents contents = everything(keep);
    EXPECT_TRUE(contents.set("split.count", uint16_t{77}).ok());  // of a set that this one is made from
    const uint64_t shape[] = {1024};
    for (int i = 0; i < 6; ++i)
      EXPECT_TRUE(contents.add_tensor(fmt::format("t{}", i), Type::f32, shape).ok());
    auto writer = GgufWriter::create(folder_ / "model.gguf", contents, limits);
    EXPECT_TRUE(writer.ok()) << error_of(writer);
    if (!writer.ok()) return {};
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(writer->write(fmt::format("t{}", i), pattern(4096, i)).ok());
    EXPECT_TRUE(writer->commit().ok());
    return {writer->paths().begin(), writer->paths().end()};
  }
  std::filesystem::path part(int i) { return folder_ / fmt::format("model-0000{}-of-00003.gguf", i); }
};

TEST_F(GgufSplit, ASetIsReadAsOneModel) {
  auto paths = write({.tensors = 2});
  EXPECT_THAT(paths, ElementsAre(part(1), part(2), part(3)));
  auto file = GgufFile::open(part(1));
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->parts().size(), 3u);
  ASSERT_EQ(file->tensors().size(), 6u);
  for (int i = 0; i < 6; ++i) {
    const StoredTensor* tensor = file->find_tensor(fmt::format("t{}", i));
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->part, static_cast<uint32_t>(i / 2));
    auto data = pattern(4096, i);
    EXPECT_TRUE(std::equal(data.begin(), data.end(), tensor->data.begin(), tensor->data.end()));
  }
  EXPECT_EQ(file->metadata().get<std::string_view>("general.architecture").value(), "test");
  GgufFile moved = *std::move(file);  // views outlive a move
  EXPECT_EQ(moved.find_tensor("t5")->name, "t5");
}

TEST_F(GgufSplit, FilesStayBelowTheirLimit) {
  constexpr uint64_t kLimit = 10'000;
  auto paths = write({.bytes = kLimit});
  EXPECT_EQ(paths.size(), 3u);
  for (const auto& path : paths) EXPECT_LE(std::filesystem::file_size(path), kLimit);
  EXPECT_TRUE(GgufFile::open(paths[0]).ok());
}

TEST_F(GgufSplit, OneFileIsNoSet) {
  EXPECT_THAT(write({.bytes = 1 << 20, .tensors = 6}), ElementsAre(folder_ / "model.gguf"));
  auto file = GgufFile::open(folder_ / "model.gguf");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->metadata().find("split.count"), nullptr);
}

TEST_F(GgufSplit, ATensorTooLargeForAnyFileIsRefused) {
  GgufContents contents;
  const uint64_t shape[] = {1024};
  ASSERT_TRUE(contents.add_tensor("big", Type::f32, shape).ok());
  EXPECT_THAT(error_of(GgufWriter::create(folder_ / "m.gguf", contents, {.bytes = 4096})),
              HasSubstr("tensor \"big\" takes"));
}

TEST_F(GgufSplit, ALaterPartSaysWhichToOpen) {
  write({.tensors = 2});
  EXPECT_EQ(error_of(GgufFile::open(part(3))),
            part(3).string() + ": is file 3 of a set of 3; open the first, model-00001-of-00003.gguf");
}

TEST_F(GgufSplit, AMissingPartIsNamed) {
  write({.tensors = 2});
  std::filesystem::remove(part(2));
  EXPECT_EQ(error_of(GgufFile::open(part(1))), part(2).string() + ": cannot open: No such file or directory");
}

TEST_F(GgufSplit, ARenamedSetIsToldItsName) {
  write({.tensors = 2});
  std::filesystem::rename(part(1), folder_ / "other.gguf");
  EXPECT_THAT(error_of(GgufFile::open(folder_ / "other.gguf")),
              HasSubstr("is the first of 3 files, so its name should end in -00001-of-00003.gguf"));
}

TEST_F(GgufSplit, PartsThatDoNotBelongAreNamed) {
  write({.tensors = 2});
  std::filesystem::copy_file(part(3), part(2), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(error_of(GgufFile::open(part(1))),
            part(2).string() + ": says that it is file 3 of 3, expected 2 of 3");
  put(part(2).filename().string(), File{}.bytes());
  EXPECT_EQ(
      error_of(GgufFile::open(part(1))),
      part(2).string() + ": no metadata \"split.no\", expected an integer from 0 to 18446744073709551615");
  put(part(2).filename().string(), "GG");
  EXPECT_THAT(error_of(GgufFile::open(part(1))), HasSubstr("model-00002-of-00003.gguf: begins with \"GG\""));
}

TEST_F(GgufSplit, HandMadeSets) {
  auto keys = [](uint16_t number, uint32_t tensors) {
    return std::vector{key("split.no", kU16, u16(number)), key("split.count", kU16, u16(2)),
                       key("split.tensors.count", kI32, u32(tensors))};
  };
  auto first = put("m-00001-of-00002.gguf",
                   File{.tensors = {tensor("a", {8}, 0, 0)}, .keys = keys(0, 2), .data = 32}.bytes());
  put("m-00002-of-00002.gguf",
      File{.tensors = {tensor("b", {8}, 0, 0)}, .keys = keys(1, 2), .data = 32}.bytes());
  EXPECT_TRUE(GgufFile::open(first).ok());

  put("m-00002-of-00002.gguf",
      File{.tensors = {tensor("a", {8}, 0, 0)}, .keys = keys(1, 2), .data = 32}.bytes());
  EXPECT_EQ(error_of(GgufFile::open(first)), first + ": tensor \"a\" is in both " + first + " and " +
                                                 (folder_ / "m-00002-of-00002.gguf").string());

  put("m-00002-of-00002.gguf", File{.keys = keys(1, 2)}.bytes());
  EXPECT_EQ(error_of(GgufFile::open(first)),
            first + ": \"split.tensors.count\" is 2, but the 2 files hold 1 tensors");

  auto odd = put("n-00001-of-00002.gguf", File{.keys = {key("split.count", kString, str("2"))}}.bytes());
  EXPECT_THAT(error_of(GgufFile::open(odd)),
              HasSubstr("metadata \"split.count\" is string \"2\", expected an integer"));
  odd = put("n-00001-of-00002.gguf", File{.keys = {key("split.count", kU16, u16(2))}}.bytes());
  EXPECT_THAT(error_of(GgufFile::open(odd)), HasSubstr("no metadata \"split.no\""));
  odd = put("n-00001-of-00003.gguf", File{.keys = keys(0, 1)}.bytes());
  EXPECT_THAT(error_of(GgufFile::open(odd)), HasSubstr("its name should end in -00001-of-00002.gguf"));
}

}  // namespace
}  // namespace hearth
