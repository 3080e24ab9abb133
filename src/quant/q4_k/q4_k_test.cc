#include "quant/q4_k/q4_k.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q4_K, ABlockByHand) {
  Q4_KBlock block{};
  block.d = f16_from_f32(0.5f);
  block.dmin = f16_from_f32(0.25f);
  block.scales[1] = 0x40 | 6;  // group 1: scale 6; group 5: the high bits of the scale are 1
  block.scales[5] = 0x80 | 4;  // group 1: minimum 4; group 5: the high bits of the minimum are 2
  block.scales[9] = 0x35;      // group 5: the low bits, scale 5, minimum 3
  block.q[31] = 0x70;          // number 31 of group 1
  block.q[64] = 0x90;          // number 0 of group 5
  float y[256];
  decode_q4_k(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[0], 0.0f);
  EXPECT_EQ(y[32], -1.0f);
  EXPECT_EQ(y[63], 0.5f * 6 * 7 - 0.25f * 4);
  EXPECT_EQ(y[160], 0.5f * 21 * 9 - 0.25f * 35);
}

TEST(Q4_K, PackedScalesComeApartFourAtATime) {
  const uint32_t packed[3] = {0xc1824304, 0x05c6870a, 0xfedc1234};
  uint32_t scales[2], minima[2];
  scales_of_k(packed, scales, minima);
  EXPECT_EQ(scales[0], 0x01020304u);
  EXPECT_EQ(minima[0], 0x0506070au);
  EXPECT_EQ(scales[1], 0x3e2c1204u);
  EXPECT_EQ(minima[1], 0x0f3d2103u);
}

}  // namespace
}  // namespace hearth
