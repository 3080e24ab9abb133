#include "quant/q3_k/q3_k.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q3_K, ABlockByHand) {
  Q3_KBlock block{};
  block.d = f16_from_f32(0.5f);
  block.scales[2] = 0x5a;             // low bits of groups 2 and 10
  block.scales[10] = 0x2 << 4 | 0x3;  // high bits of group 2 (3) and group 10 (2)
  EXPECT_EQ(block.scale(2), 0x3a - 32);
  EXPECT_EQ(block.scale(10), 0x25 - 32);
  block.q[0] = 0x0c;       // number 32: 3
  block.high[0] = 1 << 1;  // and its third bit
  float y[256];
  decode_q3_k(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[32], 0.5f * 26 * 3);
  EXPECT_EQ(y[33], 0.5f * 26 * -4);
  EXPECT_EQ(y[0], 0.5f * -32 * -4);
}

}  // namespace
}  // namespace hearth
