#include "quant/q4_1/q4_1.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q4_1, ABlockByHand) {
  Q4_1Block block{f16_from_f32(0.5f), f16_from_f32(-1), {}};
  block.q[1] = 0xf3;
  float y[32];
  decode_q4_1(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[1], 0.5f);
  EXPECT_EQ(y[17], 6.5f);
  EXPECT_EQ(y[0], -1.0f);
}

}  // namespace
}  // namespace hearth
