#include "quant/iq1_s/iq1_s.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq1_s, ABlockByHand) {
  Iq1_sBlock block{};
  block.d = f16_from_f32(8);
  block.q[7] = 0xff;
  block.high[1] = 0x8000 | 3 << 12 | 7 << 9;
  float y[256];
  decode_iq1_s(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(block.point(7), 2047);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(y[56 + i], 8 * 7 * (kIq1Book.values[2047][i] - 0.125f)) << i;
  EXPECT_EQ(y[0], -7.0f);
}

}  // namespace
}  // namespace hearth
