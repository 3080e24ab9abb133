#include "quant/q1_0/q1_0.h"

#include <gtest/gtest.h>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q1_0, ABlockByHand) {
  Q1_0Block block{};
  block.d = f16_from_f32(0.5f);
  block.q[1] = 0x82;
  float y[128];
  decode_q1_0(reinterpret_cast<const std::byte*>(&block), y, 128);
  EXPECT_EQ(y[8], -0.5f);
  EXPECT_EQ(y[9], 0.5f);
  EXPECT_EQ(y[15], 0.5f);
  EXPECT_EQ(y[127], -0.5f);
}

TEST(Q1_0, TheMagnitudeIsTheMeanByImportance) {
  float x[128], w[128];
  for (int i = 0; i < 128; ++i) {
    x[i] = i % 2 ? 1.0f : -3.0f;
    w[i] = i % 2 ? 3.0f : 1.0f;
  }
  Q1_0Block block;
  scalar::encode_q1_0(x, w, reinterpret_cast<std::byte*>(&block), 128);
  EXPECT_EQ(f32_from_f16(block.d), 1.5f);
  EXPECT_EQ(block.q[0], 0xaa);
}

}  // namespace
}  // namespace hearth
