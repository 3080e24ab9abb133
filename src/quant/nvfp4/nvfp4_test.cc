#include "quant/nvfp4/nvfp4.h"

#include <gtest/gtest.h>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Nvfp4, ABlockByHand) {
  Nvfp4Block block{};
  block.d[0] = 0x38;  // 1
  block.d[3] = 0x41;  // 2 * (1 + 1/8)
  block.q[0] = 0x97;
  block.q[31] = 0x20;
  float y[64];
  decode_nvfp4(reinterpret_cast<const std::byte*>(&block), y, 64);
  EXPECT_EQ(y[0], 6.0f);
  EXPECT_EQ(y[8], -0.5f);
  EXPECT_EQ(y[63], 2.25f);
  EXPECT_EQ(y[16], 0.0f);
}

TEST(Nvfp4, Scales) {
  EXPECT_EQ(nvfp4_scale(0), 0.0f);
  EXPECT_EQ(nvfp4_scale(1), 0x1p-10f);
  EXPECT_EQ(nvfp4_scale(8), 0x1p-7f);
  EXPECT_EQ(nvfp4_scale(126), 224.0f);
  EXPECT_EQ(nvfp4_scale(127), 0.0f) << "not a number";
  EXPECT_EQ(nvfp4_scale(0xb8), 0.5f) << "the sign is not looked at";
  for (int code = 0; code < 127; ++code) {
    EXPECT_EQ(nvfp4_scale_code(nvfp4_scale(static_cast<uint8_t>(code))), code);
  }
  EXPECT_EQ(nvfp4_scale_code(1e9f), 126);
}

}  // namespace
}  // namespace hearth
