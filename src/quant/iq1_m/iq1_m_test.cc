#include "quant/iq1_m/iq1_m.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq1_m, ABlockByHand) {
  Iq1_mBlock block{};
  block.q[7] = 0xff;
  block.high[3] = 0xf0;
  block.scales[1] = 0x2 << 4 | 3 << 1;  // 8 as f16 is 0x4800; group 3
  EXPECT_EQ(block.d(), 2);
  block.scales[1] = 3 << 1;
  block.scales[5] = 0x80;
  block.scales[7] = 0x40;
  float y[256];
  decode_iq1_m(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(f32_from_f16(block.d()), 8.0f);
  EXPECT_EQ(block.point(7), 2047);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(y[56 + i], 8 * 7 * (kIq1Book.values[2047][i] - 0.125f)) << i;
  EXPECT_EQ(y[0], -7.0f);
}

}  // namespace
}  // namespace hearth
