#include "quant/iq3_s/iq3_s.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq3_s, ABlockByHand) {
  Iq3_sBlock block{};
  block.d = f16_from_f32(4);
  block.q[8 * 3 + 3] = 255;  // numbers 4 to 7 of the second eight of group 3
  block.high[3] = 8;
  block.signs[13] = 0x40;
  block.scales[1] = 0x30;
  float y[256];
  decode_iq3_s(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(block.point(27), 511);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(y[108 + i], 4 * (i == 2 ? -7.0f : 7.0f) * kIq3_sBook.values[511][i]) << i;
  }
  EXPECT_EQ(y[0], 4.0f);
}

}  // namespace
}  // namespace hearth
