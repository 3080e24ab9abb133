#include "quant/iq4_nl/iq4_nl.h"

#include <gtest/gtest.h>

#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Iq4_nl, ABlockByHand) {
  Iq4_nlBlock block{};
  block.d = f16_from_f32(0.5f);
  block.q[2] = 0x8f;
  float y[32];
  decode_iq4_nl(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[2], 56.5f);
  EXPECT_EQ(y[18], 0.5f);
  EXPECT_EQ(y[0], -63.5f);
}

}  // namespace
}  // namespace hearth
