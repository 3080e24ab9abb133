#include "quant/tq2_0/tq2_0.h"

#include <gtest/gtest.h>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Tq2_0, ABlockByHand) {
  Tq2_0Block block{};
  block.d = f16_from_f32(0.5f);
  block.q[33] = 0x24;  // numbers 129, 161, 193, 225: -1, 0, 1, -1
  float y[256];
  decode_tq2_0(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[0], -0.5f);
  EXPECT_EQ(y[129], -0.5f);
  EXPECT_EQ(y[161], 0.0f);
  EXPECT_EQ(y[193], 0.5f);
  EXPECT_EQ(y[225], -0.5f);
}

}  // namespace
}  // namespace hearth
