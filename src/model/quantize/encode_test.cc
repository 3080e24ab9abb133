#include "model/quantize/encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "tensor/half.h"

namespace hearth {
namespace {

using testing::HasSubstr;

// A tensor of f32 numbers with what it lies in.
struct Numbers {
  std::vector<float> values;
  StoredTensor tensor{};

  explicit Numbers(std::vector<uint64_t> shape) {
    uint64_t count = 1;
    for (uint64_t n : shape) count *= n;
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    values.resize(count);
    for (float& value : values) value = normal(random);
    tensor.name = "blk.0.ffn_up.weight";
    tensor.type = Type::f32;
    tensor.shape = std::move(shape);
    tensor.elements = count;
    tensor.data = std::as_bytes(std::span(values));
  }
};

class Encoding : public testing::Test {
 protected:
  // All rows at once.
  Status encode(const Numbers& numbers, Type type, ColumnWeights weights = {}) {
    RowsOf shape(numbers.tensor);
    bytes_.assign(shape.rows * *row_bytes(type, shape.columns), std::byte{0});
    error_ = {};
    return encoder_.encode(numbers.tensor, type, weights, 0, shape.rows, bytes_, error_);
  }
  std::string message(const Numbers& numbers, Type type) {
    Status status = encode(numbers, type);
    return status.ok() ? "" : status.error().message;
  }

  ThreadPool pool_{3};
  TensorEncoder encoder_{pool_, supported_isas().back()};
  std::vector<std::byte> bytes_;
  EncodingError error_;
};

TEST_F(Encoding, TheErrorIsThatOfWhatIsDecoded) {
  Numbers numbers({100, 512});
  ASSERT_TRUE(encode(numbers, Type::q4_0).ok());
  std::vector<float> decoded(numbers.values.size());
  format_of(Type::q4_0)->decode(bytes_.data(), decoded.data(), static_cast<int64_t>(decoded.size()));
  double error = 0, norm = 0;
  for (size_t i = 0; i < decoded.size(); ++i) {
    error += std::pow(double{decoded[i]} - numbers.values[i], 2);
    norm += std::pow(double{numbers.values[i]}, 2);
  }
  EXPECT_NEAR(error_.relative(), std::sqrt(error / norm), 1e-12);
  EXPECT_GT(error_.relative(), 0.05);
  EXPECT_LT(error_.relative(), 0.12);
}

TEST_F(Encoding, SlicesAndThreadsGiveTheSameBytesAndErrors) {
  Numbers numbers({999, 96});
  ASSERT_TRUE(encode(numbers, Type::q8_0).ok());
  const auto whole = bytes_;
  const EncodingError error = error_;
  for (int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    TensorEncoder encoder(pool, supported_isas().back());
    const int64_t row = static_cast<int64_t>(*row_bytes(Type::q8_0, 96));
    std::vector<std::byte> bytes;
    EncodingError sum;
    for (int64_t first = 0; first < 999; first += 342) {
      int64_t count = std::min<int64_t>(342, 999 - first);
      std::vector<std::byte> slice(count * row);
      ASSERT_TRUE(encoder.encode(numbers.tensor, Type::q8_0, {}, first, count, slice, sum).ok());
      bytes.insert(bytes.end(), slice.begin(), slice.end());
    }
    EXPECT_EQ(bytes, whole);
    EXPECT_DOUBLE_EQ(sum.error, error.error);
    EncodingError again;
    ASSERT_TRUE(encoder.encode(numbers.tensor, Type::q8_0, {}, 0, 999, bytes, again).ok());
    EXPECT_EQ(again.error, error.error);
  }
}

TEST_F(Encoding, NamesTheFirstNumberThatIsNotFinite) {
  Numbers numbers({40, 1024});
  numbers.values[39 * 1024 + 3] = -INFINITY;
  EXPECT_THAT(message(numbers, Type::q8_0),
              HasSubstr("tensor \"blk.0.ffn_up.weight\": row 39, column 3 holds -inf"));
  numbers.values[7 * 1024 + 1023] = NAN;
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(message(numbers, Type::q4_0), HasSubstr("row 7, column 1023 holds nan"));
  EXPECT_FALSE(encoder_.check(numbers.tensor, 0, 8).ok());
  EXPECT_TRUE(encoder_.check(numbers.tensor, 8, 31).ok());

  Numbers experts({4, 10, 64});
  experts.values[2 * 640 + 5 * 64 + 9] = NAN;
  EXPECT_THAT(message(experts, Type::q8_0), HasSubstr("matrix 2, row 5, column 9 holds nan"));
}

TEST_F(Encoding, NumbersTooLargeForTheTypeAreNamed) {
  Numbers numbers({2, 64});
  numbers.values[70] = 1e6f;
  EXPECT_THAT(message(numbers, Type::f16),
              HasSubstr("row 1, column 6 holds 1000000, which is too large for f16"));
  EXPECT_TRUE(encode(numbers, Type::bf16).ok());
}

TEST_F(Encoding, EachMatrixHasItsOwnImportance) {
  Numbers numbers({2, 8, 64});
  std::copy_n(numbers.values.begin(), 8 * 64, numbers.values.begin() + 8 * 64);  // two equal matrices
  std::vector<float> weights(2 * 64, 1.0f);
  for (int i = 64; i < 128; ++i) weights[i] = i % 2 ? 1.0f : 1e-3f;
  ASSERT_TRUE(encode(numbers, Type::q4_0, weights).ok());
  const auto half = bytes_.size() / 2;
  EXPECT_NE(std::memcmp(bytes_.data(), bytes_.data() + half, half), 0);

  std::vector<float> for_all(weights.begin() + 64, weights.end());
  const std::vector<std::byte> second(bytes_.begin() + static_cast<std::ptrdiff_t>(half), bytes_.end());
  ASSERT_TRUE(encode(numbers, Type::q4_0, for_all).ok());
  EXPECT_EQ(std::memcmp(bytes_.data(), second.data(), half), 0);
  EXPECT_EQ(std::memcmp(bytes_.data() + half, second.data(), half), 0);
}

TEST_F(Encoding, ASampleTellsWhatEachTypeCosts) {
  Numbers numbers({300, 256});
  const Type types[] = {Type::f32, Type::f16, Type::q8_0, Type::q4_0};
  auto measured = encoder_.measure(numbers.tensor, types, {}, 16 * 256);
  ASSERT_TRUE(measured.ok());
  EXPECT_EQ((*measured)[0].relative(), 0);
  for (size_t i = 1; i < std::size(types); ++i) {
    ASSERT_TRUE(encode(numbers, types[i]).ok());
    EXPECT_NEAR((*measured)[i].relative() / error_.relative(), 1, 0.1) << info(types[i]).name;
    EXPECT_GT((*measured)[i].relative(), (*measured)[i - 1].relative());
  }
  auto again = encoder_.measure(numbers.tensor, types, {}, 16 * 256);
  EXPECT_EQ((*again)[3].error, (*measured)[3].error);
  numbers.values[150 * 256 + 1] = 1e6f;  // what a type cannot hold at all
  auto large = encoder_.measure(numbers.tensor, types, {}, 300 * 256);
  EXPECT_EQ((*large)[1].relative(), HUGE_VAL);
  EXPECT_TRUE(std::isfinite((*large)[2].relative()));
}

}  // namespace
}  // namespace hearth
