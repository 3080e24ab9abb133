#include "quant/iq2_xxs/iq2_xxs.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq2_xxs, ABlockByHand) {
  Iq2_xxsBlock block{};
  block.d = f16_from_f32(8);
  block.groups[3].points[1] = 255;
  block.groups[3].low = 5 << 7;    // points 1: numbers 0 and 2 are negative
  block.groups[3].high = 3 << 12;  // the scale
  block.groups[4].low = 1;         // one sign: the eighth follows
  float y[256];
  decode_iq2_xxs(reinterpret_cast<const std::byte*>(&block), y, 256);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(y[104 + i], (i == 0 || i == 2 ? -7.0f : 7.0f) * kIq2_xxsBook.values[255][i]) << i;
    EXPECT_EQ(y[128 + i], i == 0 || i == 7 ? -8.0f : 8.0f) << i;
  }
  EXPECT_EQ(y[0], 8.0f);
}

}  // namespace
}  // namespace hearth
