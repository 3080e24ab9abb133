#include "quant/iq2_s/iq2_s.h"

#include <gtest/gtest.h>

#include "quant/codebooks/codebooks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq2_s, ABlockByHand) {
  Iq2_sBlock block{};
  block.d = f16_from_f32(8);
  block.q[7] = 0xff;
  block.high[1] = 0xc0;
  block.signs[7] = 0x10;
  block.scales[1] = 0x30;  // group 3
  float y[256];
  decode_iq2_s(reinterpret_cast<const std::byte*>(&block), y, 256);
  EXPECT_EQ(block.point(7), 1023);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(y[56 + i], (i == 4 ? -7.0f : 7.0f) * kIq2_sBook.values[1023][i]) << i;
  }
  EXPECT_EQ(y[0], 8.0f);
}

}  // namespace
}  // namespace hearth
