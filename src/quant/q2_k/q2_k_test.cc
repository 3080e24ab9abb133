#include "quant/q2_k/q2_k.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q2_K, ABlockByHand) {
  Q2_KBlock block{};
  block.d = f16_from_f32(0.5f);
  block.dmin = f16_from_f32(0.25f);
  block.scales[9] = 0x37;  // numbers 144 to 159: the second half's first run
  block.q[32 + 16] = 0x02;
  float y[256];
  decode_q2_k(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(y[144], 0.5f * 7 * 2 - 0.25f * 3);
  EXPECT_EQ(y[145], -0.25f * 3);
  EXPECT_EQ(y[0], 0.0f);
}

}  // namespace
}  // namespace hearth
