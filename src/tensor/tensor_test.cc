#include <gtest/gtest.h>

#include <cmath>

#include "tensor/half.h"
#include "tensor/type.h"

namespace hearth {
namespace {

TEST(Half, EveryF16SurvivesARoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = f32_from_f16(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(f32_from_f16(f16_from_f32(value))));
    } else {
      EXPECT_EQ(f16_from_f32(value), bits);
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(f32_from_f16(f16_from_f32(1.0f + 0x1p-11f)), 1.0f);                     // a tie, down to even
  EXPECT_EQ(f32_from_f16(f16_from_f32(1.0f + 3 * 0x1p-11f)), 1.0f + 2 * 0x1p-10f);  // a tie, up to even
  EXPECT_EQ(f16_from_f32(65519.0f), 0x7bff);
  EXPECT_EQ(f16_from_f32(65520.0f), 0x7c00);
  EXPECT_EQ(f16_from_f32(0x1p-25f), 0);
  EXPECT_EQ(f16_from_f32(0x1.8p-25f), 1);
  EXPECT_EQ(f32_from_bf16(bf16_from_f32(1.0f + 0x1p-8f)), 1.0f);
  EXPECT_EQ(f32_from_bf16(bf16_from_f32(1.0f + 3 * 0x1p-8f)), 1.0f + 2 * 0x1p-7f);
}

TEST(Type, RowsHaveWholeBlocks) {
  EXPECT_EQ(row_bytes(Type::q4_k, 512), 288u);
  EXPECT_EQ(row_bytes(Type::q4_k, 511), std::nullopt);
  EXPECT_EQ(row_bytes(Type::f32, UINT64_MAX / 2), std::nullopt);
  EXPECT_EQ(type_of_gguf(12), Type::q4_k);
  EXPECT_EQ(type_of_gguf(4), std::nullopt);
  EXPECT_EQ(type_of_gguf(0xffffffff), std::nullopt);
  EXPECT_EQ(type_named("mxfp4"), Type::mxfp4);
}

}  // namespace
}  // namespace hearth
