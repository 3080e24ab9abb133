#include "base/human.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Human, NumbersHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.00 kB");
  EXPECT_EQ(human_bytes(999499), "999 kB");
  EXPECT_EQ(human_bytes(999500), "1.00 MB");
  EXPECT_EQ(human_bytes(4080000000), "4.08 GB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "18.4 EB");
  EXPECT_EQ(human_count(7240000000), "7.24 B");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(percent(1, 8), "12.5 %");
  EXPECT_EQ(percent(1, 0), "0.0 %");
}

TEST(Human, ColumnsAreAsWideAsWhatTheyHold) {
  Table table("<>");
  table.add({"a", "10"});
  table.add({"müde", "9"});
  EXPECT_EQ(table.text(""), "a     10\nmüde   9\n");
}

}  // namespace
}  // namespace hearth
