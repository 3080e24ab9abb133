#include "quant/iq2_xs/iq2_xs.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq2_xs, ABlockByHand) {
  Iq2_xsBlock block{};
  block.d = f16_from_f32(8);
  block.q[7] = 511 | 6 << 9;  // numbers 1 and 2 are negative
  block.scales[1] = 0x30;     // group 3
  float y[256];
  decode_iq2_xs(reinterpret_cast<const std::byte*>(&block), y, 256);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(y[56 + i], (i == 1 || i == 2 ? -7.0f : 7.0f) * kIq2_xsBook.values[511][i]) << i;
  }
  EXPECT_EQ(y[0], 8.0f);
}

}  // namespace
}  // namespace hearth
