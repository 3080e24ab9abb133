#include "quant/q8_0/q8_0.h"

#include <gtest/gtest.h>

#include <cstring>

#include "quant/encoders.h"
#include "tensor/half.h"

namespace hearth {
namespace {

TEST(Q8_0, ABlockByHand) {
  Q8_0Block block{};
  block.d = f16_from_f32(0.5f);
  block.q[0] = 127;
  block.q[1] = -128;
  block.q[31] = 3;
  float y[32];
  decode_q8_0(reinterpret_cast<const std::byte*>(&block), y, 32);
  EXPECT_EQ(y[0], 63.5f);
  EXPECT_EQ(y[1], -64.0f);
  EXPECT_EQ(y[2], 0.0f);
  EXPECT_EQ(y[31], 1.5f);
}

TEST(Q8_0, WhatItHoldsStaysAsItIs) {
  float x[32], y[32];
  for (int i = 0; i < 32; ++i) x[i] = 0.25f * static_cast<float>(i * i % 255 - 127);
  Q8_0Block block;
  scalar::encode_q8_0(x, nullptr, reinterpret_cast<std::byte*>(&block), 32);
  EXPECT_EQ(f32_from_f16(block.d), 0.25f);
  EXPECT_EQ(block.q[0], -127);
  decode_q8_0(reinterpret_cast<const std::byte*>(&block), y, 32);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(y[i], x[i]);
}

}  // namespace
}  // namespace hearth
