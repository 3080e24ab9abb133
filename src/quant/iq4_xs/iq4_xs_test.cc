#include "quant/iq4_xs/iq4_xs.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq4_xs, ABlockByHand) {
  Iq4_xsBlock block{};
  block.d = f16_from_f32(2);
  block.scales_low[1] = 0x70;    // group 3
  block.scales_high = 0x2 << 6;  // group 3
  EXPECT_EQ(block.scale(3), 0x27 - 32);
  block.q[48] = 0xf0;
  float y[256];
  decode_iq4_xs(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[96], 2 * 7 * -127.0f);
  EXPECT_EQ(y[112], 2 * 7 * 113.0f);
  EXPECT_EQ(y[0], 2 * -32 * -127.0f);
}

}  // namespace
}  // namespace hearth
