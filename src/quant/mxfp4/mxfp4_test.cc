#include "quant/mxfp4/mxfp4.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Mxfp4, ABlockByHand) {
  Mxfp4Block block{};
  block.e = 128;
  block.q[0] = 0x97;
  float y[32];
  decode_mxfp4(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[0], 12.0f);
  EXPECT_EQ(y[16], -1.0f);
  EXPECT_EQ(y[1], 0.0f);
}

TEST(Mxfp4, ScalesGoDownToWhatIsNotNormal) {
  EXPECT_EQ(mxfp4_scale(0), 0x1p-128f);
  EXPECT_EQ(mxfp4_scale(1), 0x1p-127f);
  EXPECT_EQ(mxfp4_scale(2), 0x1p-126f);
  EXPECT_EQ(mxfp4_scale(128), 1.0f);
}

}  // namespace
}  // namespace hearth
