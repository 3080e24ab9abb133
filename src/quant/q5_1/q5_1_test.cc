#include "quant/q5_1/q5_1.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q5_1, ABlockByHand) {
  Q5_1Block block{f16_from_f32(0.5f), f16_from_f32(-1), {}, {}};
  block.low[1] = 0xf3;
  block.high[2] = 1 << 1;  // number 17
  float y[32];
  decode_q5_1(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[1], 0.5f);
  EXPECT_EQ(y[17], 14.5f);
}

}  // namespace
}  // namespace hearth
