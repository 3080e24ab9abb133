// Files that are wrong, one row each: every one must be refused, with a message that names what is wrong, in one
// line, and without asking for more memory than such a file deserves.
#include <gtest/gtest.h>

#include "formats/allocated.h"
#include "formats/gguf.h"
#include "formats/gguf_bytes.h"

namespace hearth {
namespace {

using namespace testing_gguf;

struct Case {
  const char* name;
  std::string bytes;
  const char* expected;  // part of the message
};

std::string with_key(std::string row) { return File{.keys = {std::move(row)}}.bytes(); }

std::string with_tensors(std::vector<std::string> rows, uint64_t data) {
  return File{.tensors = std::move(rows), .data = data}.bytes();
}

// With a scalar of this type and value under a name that the reader has no opinion on.
std::string with_value(uint32_t type, std::string_view value) { return with_key(key("k", type, value)); }

std::string with_alignment(uint32_t type, std::string_view value) {
  return with_key(key("general.alignment", type, value));
}

std::string cut(std::string bytes, size_t from_end) {
  bytes.resize(bytes.size() - from_end);
  return bytes;
}

constexpr uint64_t kHuge = uint64_t{1} << 60;
constexpr uint32_t kTypeF32 = 0, kTypeQ4_0 = 2, kTypeQ8_0 = 8, kTypeQ6_K = 14;

std::vector<Case> head_cases() {
  File good{.keys = {key("k", kU32, u32(1))}, .alignment = 32};
  auto version = [](uint32_t v) { return File{.version = v}.bytes(); };
  return {
      {"empty", "", "the file is empty"},
      {"one_byte", "G", "expected the magic \"GGUF\""},
      {"magic_only", "GGUF", "ends inside the version"},
      {"magic_wrong", "GGML" + u32(3) + u64(0) + u64(0), "begins with \"GGML\", expected the magic"},
      {"magic_reversed", "FUGG" + u32(3) + u64(0) + u64(0), "begins with \"FUGG\""},
      {"magic_hostile", "\x1b[2J" + u32(3) + u64(0) + u64(0), "begins with \"\\x1b[2J\""},
      {"magic_lower", "gguf" + u32(3) + u64(0) + u64(0), "begins with \"gguf\""},
      {"safetensors", u64(2) + "{}", "not a GGUF file"},
      {"zip", "PK\x03\x04" + std::string(60, 'x'), "begins with \"PK\\x03\\x04\""},
      {"html", "<!DOCTYPE html><html>not found</html>", "begins with \"<!DO\""},
      {"version_cut", "GGUF\x03", "ends inside the version"},
      {"version_0", version(0), "version 0 is not known"},
      {"version_1", version(1), "version 1 is obsolete, expected 2 or 3"},
      {"version_4", version(4), "version 4 is not known, expected 2 or 3"},
      {"version_max", version(UINT32_MAX), "version 4294967295 is not known"},
      {"big_endian_2", version(0x02000000), "a big-endian file"},
      {"big_endian_3", version(0x03000000), "version 50331648 has its bytes reversed: a big-endian file"},
      {"counts_missing", "GGUF" + u32(3), "ends inside the number of tensors"},
      {"counts_cut", "GGUF" + u32(3) + u64(0) + u32(0), "ends inside the number of metadata keys"},
      {"keys_1", File{.key_count = 1}.bytes(), "number of metadata keys is 1, but only 0 bytes follow"},
      {"keys_2_60", File{.key_count = kHuge}.bytes(), "number of metadata keys is 1152921504606846976"},
      {"keys_max", File{.key_count = UINT64_MAX}.bytes(), "number of metadata keys is 18446744073709551615"},
      {"keys_negative", File{.key_count = uint64_t(-5)}.bytes(),
       "number of metadata keys is 184467440737095516"},
      {"keys_times_size_wraps", File{.key_count = UINT64_MAX / 14 + 2}.bytes(), "number of metadata keys is"},
      {"keys_one_more", File{.keys = good.keys, .key_count = 2}.bytes(), "number of metadata keys is 2"},
      {"keys_one_more_padded", File{.keys = good.keys, .key_count = 2, .data = 64}.bytes(), "metadata 1"},
      {"tensors_1", File{.tensor_count = 1}.bytes(), "number of tensors is 1, but only 0 bytes follow"},
      {"tensors_2_60", File{.tensor_count = kHuge}.bytes(), "number of tensors is 1152921504606846976"},
      {"tensors_max", File{.tensor_count = UINT64_MAX}.bytes(), "number of tensors is 18446744073709551615"},
      {"tensors_negative", File{.tensor_count = uint64_t(-1)}.bytes(), "number of tensors is"},
      {"tensors_one_more",
       File{.tensors = {tensor("a", {8}, kTypeF32, 0)}, .tensor_count = 2, .data = 64}.bytes(), "tensor 1"},
      {"tensors_too_many", File{.tensor_count = 65537}.bytes() + std::string(25 * 65537, '\0'),
       "number of tensors is 65537, at most 65536 are read"},
      {"keys_too_many", File{.key_count = (1 << 20) + 1}.bytes() + std::string(14 * ((1 << 20) + 1), '\0'),
       "number of metadata keys is 1048577, at most 1048576 are read"},
  };
}

std::vector<Case> metadata_cases() {
  auto with_raw = [](std::string row) { return File{.key_count = 1}.bytes() + row; };
  std::string bools(40, '\1');
  std::vector<Case> cases = {
      {"key_length_cut", with_raw(std::string(14, '\xff').replace(0, 8, u64(400))),
       "ends inside the key: 400 bytes"},
      {"key_length_max", with_key(u64(UINT64_MAX) + std::string(30, 'k')),
       "ends inside the key: 18446744073709551615"},
      {"key_length_1t", with_key(u64(uint64_t{1} << 40) + std::string(30, 'k')),
       "ends inside the key: 1099511627776"},
      {"key_length_wraps", with_key(u64(UINT64_MAX - 31) + std::string(30, 'k')), "ends inside the key"},
      {"key_empty", with_key(key("", kU32, u32(1) + "..")),
       "metadata 0: the key has 0 bytes, expected 1 to 65535"},
      {"key_65536", with_key(key(std::string(65536, 'k'), kU32, u32(1))), "the key has 65536 bytes"},
      {"key_twice",
       File{.keys = {key("a", kU32, u32(1)), key("b", kU32, u32(1)), key("a", kU8, "\1...")}}.bytes(),
       "metadata 0 and 2 have the same key \"a\""},
      {"key_hostile", with_key(key("\x1b]0;x\x07\n", 99, u32(0))),
       "metadata 0 \"\\x1b]0;x\\x07\\n\": the value's type"},
      {"key_not_utf8", with_key(key("\xff\xfe", 99, u32(0))), "\"\\xff\\xfe\""},
      {"key_hides",
       with_key(key("\xe2\x80\xae"
                    "abc",
                    99, u32(0))),
       "\"\\u202eabc\""},
      {"type_cut", with_raw(str("a longer key") + "\1\1"),
       "\"a longer key\": the file ends inside the value's type"},
      {"type_13", with_value(13, u64(0)), "metadata 0 \"k\": the value's type is 13, expected 0 to 12"},
      {"type_max", with_value(UINT32_MAX, u64(0)), "the value's type is 4294967295"},
      {"bool_2", with_value(kBool, "\2"), "a bool is 2, expected 0 or 1"},
      {"bool_255", with_value(kBool, "\xff"), "a bool is 255"},
      {"string_length_max", with_value(kString, u64(UINT64_MAX)),
       "ends inside the value: 18446744073709551615 bytes"},
      {"string_length_past_end", with_value(kString, u64(6) + "hello"), "ends inside the value: 6 bytes"},
      {"string_length_2_31", with_value(kString, u64(uint64_t{1} << 31) + "hello"),
       "ends inside the value: 2147483648"},
      {"string_length_wraps", with_value(kString, u64(UINT64_MAX - 7) + "hello"), "ends inside the value"},
      {"array_of_arrays", with_value(kArray, array(kArray, 1, array(kU8, 1, "\1"))), "is an array of arrays"},
      {"array_of_arrays_empty", with_value(kArray, array(kArray, 0, "")), "is an array of arrays"},
      {"array_type_13", with_value(kArray, array(13, 1, u64(0))), "type of the array's elements is 13"},
      {"array_type_max", with_value(kArray, array(UINT32_MAX, 1, u64(0))),
       "type of the array's elements is 4294967295"},
      {"array_1g_bools", with_value(kArray, array(kBool, 1 << 30, bools)),
       "the array's length is 1073741824, but only 40"},
      {"array_2_63_u16", with_value(kArray, array(kU16, uint64_t{1} << 63, bools)),
       "the array's length is 9223372036854775808"},
      {"array_2_61_u64", with_value(kArray, array(kU64, uint64_t{1} << 61, bools)),
       "the array's length is 2305843009213693952"},
      {"array_wraps_f64", with_value(kArray, array(kF64, (uint64_t{1} << 61) + 1, bools)),
       "the array's length is"},
      {"array_max_u8", with_value(kArray, array(kU8, UINT64_MAX, bools)),
       "the array's length is 18446744073709551615"},
      {"array_one_more", with_value(kArray, array(kU32, 11, bools)),
       "the array's length is 11, but only 40 bytes"},
      {"array_strings_huge", with_value(kArray, array(kString, kHuge, bools)),
       "the array's length is 1152921504606846976"},
      {"array_strings_more", with_value(kArray, array(kString, 6, bools)),
       "the array's length is 6, but only 40"},
      {"array_string_past_end", with_value(kArray, array(kString, 2, str("ab") + u64(99) + "x")),
       "ends inside a string of the array: 99 bytes"},
      {"array_string_max", with_value(kArray, array(kString, 1, u64(UINT64_MAX) + "x")),
       "ends inside a string of the array"},
      {"array_bool_2", with_value(kArray, array(kBool, 3, std::string("\1\2\0", 3))), "a bool is 2"},
      {"alignment_0", with_alignment(kU32, u32(0)),
       "\"general.alignment\" is u32 0, expected a u32 that is a power of two"},
      {"alignment_3", with_alignment(kU32, u32(3)), "is u32 3, expected"},
      {"alignment_24", with_alignment(kU32, u32(24)), "is u32 24, expected"},
      {"alignment_2_21", with_alignment(kU32, u32(1 << 21)),
       "is u32 2097152, expected a u32 that is a power of two up to 1048576"},
      {"alignment_2_31", with_alignment(kU32, u32(1u << 31)), "is u32 2147483648"},
      {"alignment_max", with_alignment(kU32, u32(UINT32_MAX)), "is u32 4294967295"},
      {"alignment_i32", with_alignment(kI32, u32(32)), "is i32 32, expected a u32"},
      {"alignment_u64", with_alignment(kU64, u64(32)), "is u64 32, expected a u32"},
      {"alignment_u8", with_alignment(kU8, "\x20"), "is u8 32, expected a u32"},
      {"alignment_f32", with_alignment(kF32, raw(32.0f)), "is f32 32, expected a u32"},
      {"alignment_string", with_alignment(kString, str("32")), "is string \"32\", expected a u32"},
      {"alignment_array", with_alignment(kArray, array(kU32, 1, u32(32))),
       "is array of 1 u32, expected a u32"},
  };
  // A value of each type, cut one byte short.
  const uint64_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  for (uint32_t type = 0; type < 13; ++type) {
    std::string value = type == kString  ? str("s")
                        : type == kArray ? array(kU8, 1, "\1")
                                         : std::string(sizes[type], '\1');
    // A second key keeps the count plausible, so that the value itself is what is cut.
    cases.push_back({"value_cut", cut(File{.keys = {key("long key", type, value)}}.bytes(), 1), ""});
  }
  return cases;
}

std::vector<Case> tensor_cases() {
  auto named = [](std::string_view name) { return with_tensors({tensor(name, {8}, kTypeF32, 0)}, 32); };
  auto shaped = [](std::vector<uint64_t> ne, uint32_t type) {
    return with_tensors({tensor("t", ne, type, 0)}, 4096);
  };
  auto typed = [&](uint32_t type) { return shaped({256}, type); };
  auto placed = [](uint64_t offset) { return with_tensors({tensor("t", {16}, kTypeF32, offset)}, 128); };
  auto two = [](uint64_t first, uint64_t second) {
    return with_tensors({tensor("a", {16}, kTypeF32, first), tensor("b", {16}, kTypeF32, second)}, 256);
  };
  uint64_t quarter = uint64_t{1} << 62;
  std::vector<Case> cases = {
      {"name_empty", named(""), "tensor 0: the name has 0 bytes, expected 1 to 63"},
      {"name_64", named(std::string(64, 'n')), "the name has 64 bytes"},
      {"name_65", named(std::string(65, 'n')), "the name has 65 bytes"},
      {"name_huge", with_tensors({u64(kHuge) + "abc" + std::string(40, '\0')}, 0), "ends inside its name"},
      {"name_max", with_tensors({u64(UINT64_MAX) + "abc" + std::string(40, '\0')}, 0),
       "ends inside its name"},
      {"name_hostile", with_tensors({tensor("\x1b[31m\r\n", {8}, 99, 0)}, 32),
       "tensor 0 \"\\x1b[31m\\x0d\\n\": type id 99"},
      {"name_twice",
       with_tensors({tensor("a", {8}, 0, 0), tensor("b", {8}, 0, 32), tensor("a", {8}, 0, 64)}, 96),
       "tensors 0 and 2 have the same name \"a\""},
      {"dims_5", shaped({1, 1, 1, 1, 1}, kTypeF32), "tensor 0 \"t\": has 5 dimensions, expected at most 4"},
      {"dims_huge", with_tensors({str("t") + u32(1 << 30) + std::string(40, '\1')}, 0),
       "has 1073741824 dimensions"},
      {"dims_max", with_tensors({str("t") + u32(UINT32_MAX) + std::string(40, '\1')}, 0),
       "has 4294967295 dimensions"},
      {"ne0_zero", shaped({0}, kTypeF32), "a dimension of its shape [0] is 0, expected at least 1"},
      {"ne1_zero", shaped({8, 0}, kTypeF32), "a dimension of its shape [0, 8] is 0"},
      {"ne3_zero", shaped({8, 1, 1, 0}, kTypeF32), "a dimension of its shape [0, 1, 1, 8] is 0"},
      {"ne_zero_hides_wrap", shaped({kHuge, kHuge, 0}, kTypeF32), "is 0, expected at least 1"},
      {"ne_zero_q4_0", shaped({32, 0}, kTypeQ4_0), "is 0, expected at least 1"},
      {"ne_negative", shaped({uint64_t(-8)}, kTypeF32),
       "its size overflows: f32 of shape [18446744073709551608]"},
      {"ne_negative_pair", shaped({uint64_t(-8), uint64_t(-8)}, kTypeF32), "its size overflows"},
      {"ne_product_wraps", shaped({uint64_t{1} << 32, uint64_t{1} << 32}, kTypeF32), "its size overflows"},
      {"ne_product_wraps_i8", shaped({uint64_t{1} << 32, uint64_t{1} << 32}, 24), "its size overflows"},
      {"ne_product_wraps_to_small", shaped({(uint64_t{1} << 32) + 1, uint64_t{1} << 32, 1, 1}, 24),
       "its size overflows"},
      {"ne_product_wraps_4", shaped({65536, 65536, 65536, 65536}, 24), "its size overflows"},
      {"nbytes_wraps_f32", shaped({quarter}, kTypeF32), "its size overflows"},
      {"nbytes_wraps_f32_to_4", shaped({quarter + 1}, kTypeF32), "its size overflows"},
      {"nbytes_wraps_f64", shaped({uint64_t{1} << 61}, 28), "its size overflows"},
      {"nbytes_wraps_q4_0", shaped({uint64_t{1} << 63, 64}, kTypeQ4_0), "its size overflows"},
      {"nbytes_wraps_q8_0", shaped({uint64_t{1} << 59, 32}, kTypeQ8_0), "its size overflows"},
      {"nbytes_exabytes_q4_0", shaped({quarter}, kTypeQ4_0), "lies outside the file's data"},
      {"pad_wraps_f32", shaped({UINT64_MAX / 4}, kTypeF32), "lies outside the file's data"},
      {"pad_wraps_i8", shaped({UINT64_MAX}, 24), "lies outside the file's data"},
      {"pad_wraps_i8_16", shaped({UINT64_MAX - 15}, 24), "lies outside the file's data"},
      {"sizes_add_to_2_64_and_64",
       with_tensors(
           {tensor("a", {(uint64_t{1} << 63) + 32}, 24, 0), tensor("b", {(uint64_t{1} << 63) + 32}, 24, 32)},
           64),
       "tensor 0 \"a\": offset 0 + 9223372036854775840 bytes lies outside"},
      {"second_wraps", with_tensors({tensor("a", {32}, 24, 0), tensor("b", {UINT64_MAX - 31}, 24, 32)}, 64),
       "tensor 1 \"b\": offset 32 + 18446744073709551584 bytes lies outside"},
      {"block_q4_0", shaped({33}, kTypeQ4_0),
       "has rows of 33 elements, expected a multiple of 32, the block of q4_0"},
      {"block_q4_0_scalar", shaped({}, kTypeQ4_0), "has rows of 1 elements, expected a multiple of 32"},
      {"block_q6_k", shaped({128, 2}, kTypeQ6_K), "has rows of 128 elements, expected a multiple of 256"},
      {"block_product_only", shaped({16, 2}, kTypeQ8_0), "has rows of 16 elements"},
      {"offset_at_end", placed(128), "offset 128 + 64 bytes lies outside the file's data (128 bytes)"},
      {"offset_past_end", placed(1 << 20), "offset 1048576 + 64 bytes lies outside"},
      {"offset_reaches_past_end", placed(96), "offset 96 + 64 bytes lies outside"},
      {"offset_max", placed(UINT64_MAX - 31), "offset 18446744073709551584 + 64 bytes lies outside"},
      {"offset_wraps", placed(UINT64_MAX - 63), "offset 18446744073709551552 + 64 bytes lies outside"},
      {"offset_1", placed(1), "tensor 0 \"t\": offset 1 is not a multiple of the alignment 32"},
      {"offset_16", placed(16), "offset 16 is not a multiple of the alignment 32"},
      {"offset_max_unaligned", placed(UINT64_MAX), "is not a multiple of the alignment"},
      {"offset_other_alignment",
       File{.tensors = {tensor("t", {16}, 0, 32)},
            .keys = {key("general.alignment", kU32, u32(64))},
            .alignment = 64,
            .data = 128}
           .bytes(),
       "offset 32 is not a multiple of the alignment 64"},
      {"same_place", two(0, 0), "overlaps tensor"},
      {"overlap", two(0, 32), "tensor \"b\" at offset 32 overlaps tensor \"a\" at offset 0 of 64 bytes"},
      {"overlap_reversed", two(32, 0),
       "tensor \"a\" at offset 32 overlaps tensor \"b\" at offset 0 of 64 bytes"},
      {"overlap_inside", with_tensors({tensor("a", {64}, 0, 0), tensor("b", {8}, 0, 64)}, 256),
       "overlaps tensor \"a\""},
      {"data_missing", with_tensors({tensor("t", {8}, kTypeF32, 0)}, 0),
       "data should begin at byte 64, but the file has 57"},
      {"data_one_byte_short", cut(with_tensors({tensor("t", {8}, kTypeF32, 0)}, 32), 1),
       "lies outside the file's data (31 bytes)"},
      {"data_begins_past_end",
       File{.tensors = {tensor("t", {8}, 0, 0)}, .keys = {key("general.alignment", kU32, u32(1 << 20))}}
           .bytes(),
       "data should begin at byte 1048576, but the file has"},
      {"padding_cut", with_tensors({tensor("t", {9}, kTypeF32, 0)}, 50),
       "ends inside the padding of tensor \"t\""},
  };
  for (uint32_t id : {4u, 5u, 31u, 32u, 33u, 36u, 37u, 38u, 43u, 255u, 1u << 31, UINT32_MAX}) {
    cases.push_back({"type_unknown", typed(id), "is not a known tensor type"});
  }
  return cases;
}

void expect_refused(const Case& row) {
  SCOPED_TRACE(row.name);
  uint64_t before = allocated_so_far();
  auto file = GgufFile::parse(as_bytes(row.bytes), "model.gguf");
  uint64_t allocated = allocated_so_far() - before;
  ASSERT_FALSE(file.ok());
  const std::string& message = file.error().message;
  EXPECT_NE(message.find(row.expected), std::string::npos) << message;
  EXPECT_TRUE(message.starts_with("model.gguf: ")) << message;
  EXPECT_LT(message.size(), 400u);
  for (char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << message;
  EXPECT_LE(allocated, 16 * 1024 + 8 * row.bytes.size());
}

TEST(GgufMalformed, Head) {
  for (const Case& row : head_cases()) expect_refused(row);
}

TEST(GgufMalformed, Metadata) {
  for (const Case& row : metadata_cases()) expect_refused(row);
}

TEST(GgufMalformed, Tensors) {
  for (const Case& row : tensor_cases()) expect_refused(row);
}

// A file with everything in it: each of its prefixes must be refused.
TEST(GgufMalformed, EveryTruncation) {
  File file{.tensors = {tensor("a", {8, 3}, kTypeF32, 0), tensor("b", {64}, kTypeQ4_0, 96),
                        tensor("c", {9}, 24, 160)},
            .data = 192};
  for (uint32_t type : {kU8, kI8, kBool}) file.keys.push_back(key(fmt::format("key.{}", type), type, "\1"));
  for (uint32_t type : {kU16, kI16}) file.keys.push_back(key(fmt::format("key.{}", type), type, u16(1)));
  for (uint32_t type : {kU32, kI32, kF32})
    file.keys.push_back(key(fmt::format("key.{}", type), type, u32(1)));
  for (uint32_t type : {kU64, kI64, kF64})
    file.keys.push_back(key(fmt::format("key.{}", type), type, u64(1)));
  file.keys.push_back(key("key.string", kString, str("hello")));
  file.keys.push_back(key("key.strings", kArray, array(kString, 3, str("a") + str("") + str("ccc"))));
  file.keys.push_back(key("key.floats", kArray, array(kF32, 2, u64(0))));

  std::string padded = file.bytes();
  ASSERT_TRUE(GgufFile::parse(as_bytes(padded), "good").ok());
  std::string bytes = cut(padded, 32 - 9);  // the padding of the last tensor
  ASSERT_TRUE(GgufFile::parse(as_bytes(bytes), "good").ok());
  for (size_t size = 0; size < padded.size(); ++size) {
    if (size == bytes.size()) continue;
    // A copy of its own, so that the address sanitizer sees a read past its end.
    std::vector<char> prefix(padded.begin(), padded.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(GgufFile::parse(as_bytes({prefix.data(), size}), "cut").ok()) << size;
  }
}

// One byte of a good file changed to each of some values: whatever the verdict, what is accepted can be walked.
TEST(GgufMalformed, EveryByteChanged) {
  std::string good = File{.tensors = {tensor("a", {8, 3}, kTypeF32, 0), tensor("b", {64}, kTypeQ4_0, 96)},
                          .keys = {key("general.alignment", kU32, u32(32)),
                                   key("x", kArray, array(kString, 2, str("a") + str("b")))},
                          .data = 160}
                         .bytes();
  ASSERT_TRUE(GgufFile::parse(as_bytes(good), "good").ok());
  for (size_t i = 0; i < good.size(); ++i) {
    for (char value : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
      std::string changed = good;
      changed[i] = value;
      auto file = GgufFile::parse(as_bytes(changed), "changed");
      if (!file.ok()) continue;
      uint64_t total = 0;
      for (const StoredTensor& tensor : file->tensors()) total += tensor.data.size();
      EXPECT_LE(total, changed.size());
    }
  }
}

}  // namespace
}  // namespace hearth
