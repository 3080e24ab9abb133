#include "quant/q5_0/q5_0.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q5_0, ABlockByHand) {
  Q5_0Block block{};
  block.d = f16_from_f32(0.5f);
  block.low[3] = 0x9c;
  block.high[0] = 1 << 3;  // number 3
  block.high[2] = 1 << 3;  // number 19
  float y[32];
  decode_q5_0(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[3], 0.5f * (28 - 16));
  EXPECT_EQ(y[19], 0.5f * (25 - 16));
  EXPECT_EQ(y[4], -8.0f);
}

}  // namespace
}  // namespace hearth
