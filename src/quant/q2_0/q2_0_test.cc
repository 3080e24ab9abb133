#include "quant/q2_0/q2_0.h"

#include <gtest/gtest.h>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q2_0, ABlockByHand) {
  Q2_0Block block{};
  block.d = f16_from_f32(0.5f);
  block.q[1] = 0xe4;
  float y[64];
  decode_q2_0(reinterpret_cast<const std::byte*>(&block), y, 64);
  EXPECT_EQ(y[0], -0.5f);
  EXPECT_EQ(y[4], -0.5f);
  EXPECT_EQ(y[5], 0.0f);
  EXPECT_EQ(y[6], 0.5f);
  EXPECT_EQ(y[7], 1.0f);
}

}  // namespace
}  // namespace hearth
