// Every way in which checkpoints pack numbers, made here and read back; and packings that contradict themselves.
#include "model/checkpoint/logical_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace hearth {
namespace {

using testing::HasSubstr;

// Tensors by name, with the bytes that they view.
class Stored {
 public:
  template <class T>
  void put(const std::string& name, Type type, std::vector<uint64_t> shape, const std::vector<T>& numbers) {
    Entry& entry = entries_[name];
    entry.bytes.resize(numbers.size() * sizeof(T));
    if (!numbers.empty()) std::memcpy(entry.bytes.data(), numbers.data(), entry.bytes.size());
    uint64_t elements = 1;
    for (uint64_t size : shape) elements *= size;
    entry.tensor = {entries_.find(name)->first, type, std::move(shape), elements, 0, 0, entry.bytes};
  }
  void floats(const std::string& name, std::vector<uint64_t> shape, const std::vector<float>& numbers) {
    put(name, Type::f32, std::move(shape), numbers);
  }
  void words(const std::string& name, std::vector<uint64_t> shape, const std::vector<uint32_t>& numbers) {
    put(name, Type::i32, std::move(shape), numbers);
  }
  void erase(const std::string& name) { entries_.erase(name); }
  FindStored find() const {
    return [this](std::string_view name) -> const StoredTensor* {
      auto at = entries_.find(name);
      return at == entries_.end() ? nullptr : &at->second.tensor;
    };
  }

 private:
  struct Entry {
    StoredTensor tensor;
    std::vector<std::byte> bytes;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

Result<LogicalTensor> found(const Stored& stored, const Quantization& quantization) {
  TRY(auto tensor, recognise(stored.find(), "w", quantization));
  if (!tensor) return fail("nothing is called w");
  return *tensor;
}

std::vector<float> numbers(const Stored& stored, const Quantization& quantization, Dims expected_shape) {
  auto tensor = found(stored, quantization);
  EXPECT_TRUE(tensor.ok()) << tensor.error().message;
  if (!tensor.ok()) return {};
  EXPECT_EQ(tensor->shape, expected_shape);
  auto array = tensor->load(quantization);
  EXPECT_TRUE(array.ok() && array->settle().ok());
  std::vector<float> result(static_cast<size_t>(array->elements()));
  array->read(0, array->elements(), result.data());
  return result;
}

std::string error_of(const Stored& stored, const Quantization& quantization) {
  auto tensor = found(stored, quantization);
  return tensor.ok() ? "no error" : tensor.error().message;
}

uint32_t fields(std::initializer_list<uint32_t> each, int bits = 4) {
  uint32_t word = 0, at = 0;
  for (uint32_t field : each) word |= field << (bits * static_cast<int>(at++));
  return word;
}

TEST(LogicalTensor, PlainOnesAreFoundUnderEitherName) {
  Stored stored;
  stored.floats("w", {2}, {1, 2});
  EXPECT_EQ(numbers(stored, {}, {2}), (std::vector<float>{1, 2}));
  stored.floats("w.weight", {2, 1}, {3, 4});
  EXPECT_EQ(numbers(stored, {}, {2, 1}), (std::vector<float>{3, 4}));
  EXPECT_EQ(error_of(Stored(), {}), "nothing is called w");
}

TEST(LogicalTensor, EightBitFloatsWithScalesForBlocksRowsOrAll) {
  // E4M3: 0x38 is 1, 0x40 is 2, 0xb8 is -1, 0x01 the least above 0.
  Stored stored;
  stored.put<uint8_t>("w.weight", Type::f8_e4m3, {3, 3},
                      {0x38, 0x40, 0xb8, 0x38, 0x38, 0x38, 0x38, 0x38, 0x01});
  Quantization blocks{"fp8", 4, 0, true, 2, 2};
  stored.floats("w.weight_scale_inv", {2, 2}, {2, 3, 5, 7});
  EXPECT_EQ(numbers(stored, blocks, {3, 3}), (std::vector<float>{2, 4, -3, 2, 2, 3, 5, 5, 7 * 0x1p-9f}));
  stored.erase("w.weight_scale_inv");
  stored.floats("w.weight_scale", {3, 1}, {1, 2, 4});
  stored.floats("w.input_scale", {}, {9});
  EXPECT_EQ(numbers(stored, {}, {3, 3}), (std::vector<float>{1, 2, -1, 2, 2, 2, 4, 4, 4 * 0x1p-9f}));
  EXPECT_EQ(found(stored, {})->names.size(), 3u);
  stored.floats("w.weight_scale", {}, {2});
  EXPECT_EQ(numbers(stored, {}, {3, 3})[0], 2);
  stored.floats("w.weight_scale", {2, 2}, {1, 1, 1, 1});
  EXPECT_THAT(error_of(stored, {}),
              HasSubstr("\"w.weight_scale\" of shape [2, 2] beside w.weight: [3, 1] is expected"));
}

TEST(LogicalTensor, Gptq) {
  // 8 inputs, 1 output... two groups; the stored order of groups may be any.
  Stored stored;
  Quantization quantization{"gptq", 4, 4};
  stored.words("w.qweight", {1, 2},
               {fields({0, 1, 2, 3, 4, 5, 6, 7}), fields({8, 9, 10, 11, 12, 13, 14, 15})});
  stored.words("w.qzeros", {2, 1}, {fields({0, 7}), fields({1, 7})});
  stored.floats("w.scales", {2, 2}, {1, 10, 2, 20});
  // z + 1; groups of 4 inputs.
  EXPECT_EQ(numbers(stored, quantization, {2, 8}),
            (std::vector<float>{-1, 0, 1, 2, 2 * 2, 2 * 3, 2 * 4, 2 * 5,  //
                                0, 10, 20, 30, 20 * 4, 20 * 5, 20 * 6, 20 * 7}));
  quantization.zero_is_one_less = false;
  EXPECT_EQ(numbers(stored, quantization, {2, 8})[0], 0);
  stored.words("w.g_idx", {8}, {1, 1, 1, 1, 0, 0, 0, 0});
  EXPECT_EQ(numbers(stored, quantization, {2, 8})[4], 4);
  stored.words("w.g_idx", {8}, {0, 0, 0, 0, 0, 0, 0, 2});
  EXPECT_THAT(error_of(stored, quantization), HasSubstr("\"w.g_idx\": group 2 is named, there are 2"));
  stored.erase("w.g_idx");
  quantization.bits = 3;
  EXPECT_THAT(error_of(stored, quantization), HasSubstr("gptq with 3 bits is not supported"));
  quantization.bits = 4;
  stored.floats("w.scales", {2, 3}, {1, 1, 1, 1, 1, 1});
  EXPECT_THAT(error_of(stored, quantization), HasSubstr("[2, 2] is expected"));
  stored.erase("w.scales");
  EXPECT_THAT(error_of(stored, quantization), HasSubstr("\"w\" is packed, but there is no w.scales"));
}

TEST(LogicalTensor, Awq) {
  Stored stored;
  Quantization quantization{"awq", 4, 2};
  // Fields of a word are outputs 0 2 4 6 1 3 5 7.
  stored.words("w.qweight", {2, 1},
               {fields({0, 2, 4, 6, 1, 3, 5, 7}), fields({8, 10, 12, 14, 9, 11, 13, 15})});
  stored.words("w.qzeros", {1, 1}, {fields({0, 0, 0, 0, 1, 0, 0, 0})});
  stored.floats("w.scales", {1, 8}, {1, 1, 1, 1, 1, 1, 1, 2});
  auto found_numbers = numbers(stored, quantization, {8, 2});
  for (size_t o = 0; o < 8; ++o) {
    float scale = o == 7 ? 2 : 1, zero = o == 1 ? 1 : 0;
    EXPECT_EQ(found_numbers[o * 2], scale * (static_cast<float>(o) - zero));
    EXPECT_EQ(found_numbers[o * 2 + 1], scale * (static_cast<float>(o) + 8 - zero));
  }
}

TEST(LogicalTensor, CompressedTensors) {
  Stored stored;
  Quantization quantization{"compressed-tensors"};
  // Two outputs of 6 inputs in words of 8 fields, two groups of 3.
  stored.words("w.weight_packed", {2, 1}, {fields({8, 9, 10, 8, 8, 7}), fields({0, 8, 8, 8, 8, 15})});
  stored.floats("w.weight_scale", {2, 2}, {1, 2, 3, 4});
  stored.put<int64_t>("w.weight_shape", Type::i64, {2}, {2, 6});
  EXPECT_EQ(numbers(stored, quantization, {2, 6}),
            (std::vector<float>{0, 1, 2, 0, 0, -2, -24, 0, 0, 0, 0, 28}));
  stored.words("w.weight_zero_point", {1, 2}, {fields({8, 0}), fields({7, 8})});
  EXPECT_EQ(numbers(stored, quantization, {2, 6}),
            (std::vector<float>{0, 1, 2, 2, 2, 0, 0, 24, 24, 0, 0, 28}));
  stored.put<int64_t>("w.weight_shape", Type::i64, {2}, {3, 6});
  EXPECT_THAT(error_of(stored, quantization), HasSubstr("says [3, 6] of"));
}

TEST(LogicalTensor, Mxfp4IsGivenTurnedAndKeepsItsBits) {
  Stored stored;
  std::vector<uint8_t> blocks(2 * 16);
  for (size_t i = 0; i < blocks.size(); ++i) blocks[i] = static_cast<uint8_t>(i * 37);
  stored.put<uint8_t>("w_blocks", Type::u8, {1, 2, 1, 16}, blocks);
  stored.put<uint8_t>("w_scales", Type::u8, {1, 2, 1}, {127, 129});
  auto tensor = found(stored, {"mxfp4"});
  ASSERT_TRUE(tensor.ok()) << tensor.error().message;
  EXPECT_EQ(tensor->type, Type::mxfp4);
  auto values = numbers(stored, {"mxfp4"}, {1, 32, 2});
  constexpr float kFp4[16] = {0, .5f, 1, 1.5f, 2, 3, 4, 6, -0.f, -.5f, -1, -1.5f, -2, -3, -4, -6};
  for (size_t row = 0; row < 2; ++row) {
    for (size_t i = 0; i < 32; ++i) {
      uint8_t byte = blocks[row * 16 + i / 2];
      EXPECT_EQ(values[i * 2 + row], kFp4[i % 2 ? byte >> 4 : byte & 15] * (row ? 4 : 1)) << row << " " << i;
    }
  }
  stored.put<uint8_t>("w_scales", Type::u8, {2, 1}, {127, 129});
  EXPECT_THAT(error_of(stored, {"mxfp4"}), HasSubstr("[1, 2, 1] is expected"));
}

}  // namespace
}  // namespace hearth
