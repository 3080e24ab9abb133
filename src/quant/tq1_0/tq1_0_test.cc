#include "quant/tq1_0/tq1_0.h"

#include <gtest/gtest.h>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Tq1_0, ABlockByHand) {
  Tq1_0Block block{};
  block.d = f16_from_f32(0.5f);
  // Digits 2 1 0 0 2 of byte 1, 1 2 0 1 of the last: (their number * 256) / 243, rounded up.
  block.q[1] = ((((2 * 3 + 1) * 3 + 0) * 3 + 0) * 3 + 2) * 256 / 243 + 1;
  block.last[3] = ((((1 * 3 + 2) * 3 + 0) * 3 + 1) * 3) * 256 / 243 + 1;
  float y[256];
  decode_tq1_0(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[0], -0.5f);
  EXPECT_EQ(y[1], 0.5f);
  EXPECT_EQ(y[33], 0.0f);
  EXPECT_EQ(y[65], -0.5f);
  EXPECT_EQ(y[97], -0.5f);
  EXPECT_EQ(y[129], 0.5f);
  EXPECT_EQ(y[243], 0.0f);
  EXPECT_EQ(y[247], 0.5f);
  EXPECT_EQ(y[251], -0.5f);
  EXPECT_EQ(y[255], 0.0f);
}

TEST(Tq1_0, TernaryNumbersStayAsTheyAre) {
  float x[256], y[256];
  for (int i = 0; i < 256; ++i) x[i] = 0.75f * static_cast<float>(i * i % 7 % 3 - 1);
  Tq1_0Block block;
  scalar::encode_tq1_0(x, nullptr, reinterpret_cast<std::byte*>(&block), 256);
  decode_tq1_0(reinterpret_cast<const std::byte*>(&block), y, 256);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(y[i], x[i]) << i;
}

}  // namespace
}  // namespace hearth
