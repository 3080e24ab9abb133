#include "quant/q6_k/q6_k.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q6_K, ABlockByHand) {
  Q6_KBlock block{};
  block.d = f16_from_f32(0.5f);
  for (int i = 0; i < 16; ++i) block.scales[i] = static_cast<int8_t>(i - 8);
  block.low[0] = 0xa5;    // numbers 0 and 64
  block.low[63] = 0x3c;   // numbers 63 and 127
  block.high[0] = 0x32;   // the high bits of numbers 0 (2), 32 (0), 64 (3), 96 (0)
  block.high[63] = 0xc0;  // of number 255 (3)
  float y[256];
  decode_q6_k(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[0], 0.5f * -8 * (37 - 32));
  EXPECT_EQ(y[32], 0.5f * -6 * -32);
  EXPECT_EQ(y[63], 0.5f * -5 * (12 - 32));
  EXPECT_EQ(y[64], 0.5f * -4 * (58 - 32));
  EXPECT_EQ(y[127], 0.5f * -1 * (3 - 32));
  EXPECT_EQ(y[255], 0.5f * 7 * (48 - 32));
}

}  // namespace
}  // namespace hearth
