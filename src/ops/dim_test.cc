#include "ops/dim.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

const Dim heads = Dim::symbol("heads"), head_dim = Dim::symbol("head_dim"), inner = Dim::symbol("inner");

TEST(Dim, EqualSizesAreEqualHoweverWritten) {
  EXPECT_EQ(heads * head_dim, head_dim * heads);
  EXPECT_EQ(heads * head_dim / heads, head_dim);
  EXPECT_EQ(Dim(2) * inner + inner, inner * Dim(3));
  EXPECT_EQ(inner / Dim(2) + inner / Dim(2), inner);
  EXPECT_EQ((inner + heads) * Dim(2) / (inner + heads), Dim(2));
  EXPECT_NE(heads * head_dim, inner);
  EXPECT_EQ(heads - heads, Dim(0));
}

TEST(Dim, NumbersStayNumbers) {
  EXPECT_EQ((Dim(12) / Dim(4)).whole(), 3);
  EXPECT_EQ((Dim(12) / Dim(5)).whole(), std::nullopt);
  EXPECT_TRUE((Dim(12) / Dim(5)).constant());
  EXPECT_EQ(Dim(-7).floor_div(Dim(2)).whole(), -4);
  EXPECT_EQ(Dim(-7).mod(Dim(2)).whole(), 1);
  EXPECT_EQ((heads / Dim(0)).whole(), std::nullopt);
}

TEST(Dim, AProductThatLeaves64BitsIsNoNumber) {
  Dim huge = Dim(INT64_MAX / 2);
  EXPECT_EQ((huge * Dim(3)).whole(), std::nullopt);
  EXPECT_EQ((huge + huge + huge).whole(), std::nullopt);
}

TEST(Dim, ReadsAsAPersonWritesIt) {
  EXPECT_EQ((heads * head_dim + Dim(2) * inner - Dim(3)).to_string(), "head_dim*heads + 2*inner - 3");
  EXPECT_EQ((inner / heads).to_string(), "inner/heads");
  EXPECT_EQ(Dim().to_string(), "0");
}

}  // namespace
}  // namespace hearth
