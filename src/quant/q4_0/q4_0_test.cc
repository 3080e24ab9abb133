#include "quant/q4_0/q4_0.h"

#include <gtest/gtest.h>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q4_0, ABlockByHand) {
  Q4_0Block block{};
  block.d = f16_from_f32(2);
  block.q[0] = 0xf0;
  block.q[15] = 0x97;
  float y[32];
  decode_q4_0(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[0], -16.0f);
  EXPECT_EQ(y[16], 14.0f);
  EXPECT_EQ(y[15], -2.0f);
  EXPECT_EQ(y[31], 2.0f);
}

TEST(Q4_0, TheSideThatIsFartherOutBecomesMinusEight) {
  float x[32] = {};
  x[3] = 16;
  x[17] = -14;
  Q4_0Block block;
  scalar::encode_q4_0(x, nullptr, reinterpret_cast<std::byte*>(&block), 32);
  EXPECT_EQ(f32_from_f16(block.d), -2.0f);
  EXPECT_EQ(block.q[3] & 15, 0);
  EXPECT_EQ(block.q[1] >> 4, 15);
  EXPECT_EQ(block.q[0], 0x88);
}

}  // namespace
}  // namespace hearth
