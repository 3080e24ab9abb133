#include "quant/q5_k/q5_k.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q5_K, ABlockByHand) {
  Q5_KBlock block{};
  block.d = f16_from_f32(0.5f);
  block.dmin = f16_from_f32(0.25f);
  block.scales[1] = 6;   // group 1: scale
  block.scales[5] = 4;   // group 1: minimum
  block.low[31] = 0x70;  // number 31 of group 1
  block.high[31] = 1 << 1;
  float y[256];
  decode_q5_k(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[63], 0.5f * 6 * 23 - 0.25f * 4);
  EXPECT_EQ(y[62], -1.0f);
}

}  // namespace
}  // namespace hearth
