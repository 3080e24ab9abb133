#include "quant/iq3_xxs/iq3_xxs.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq3_xxs, ABlockByHand) {
  Iq3_xxsBlock block{};
  block.d = f16_from_f32(4);
  block.q[8 * 3 + 3] = 255;  // numbers 4 to 7 of the second eight of group 3
  block.rest[3].low = 0x40 << 7;
  block.rest[3].high = 3 << 12;
  float y[256];
  decode_iq3_xxs(reinterpret_cast<const std::byte*>(&block), y, 256);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(y[108 + i], (i == 2 || i == 3 ? -7.0f : 7.0f) * kIq3_xxsBook.values[255][i]) << i;
  }
  EXPECT_EQ(y[0], 4.0f);
}

}  // namespace
}  // namespace hearth
