#include "base/letters_apart.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(LettersApart, CountsChangesEitherWay) {
  EXPECT_EQ(letters_apart("", ""), 0u);
  EXPECT_EQ(letters_apart("threads", "threads"), 0u);
  EXPECT_EQ(letters_apart("", "port"), 4u);
  EXPECT_EQ(letters_apart("thread", "threads"), 1u);
  EXPECT_EQ(letters_apart("temprature", "temperature"), 1u);
  EXPECT_EQ(letters_apart("kitten", "sitting"), 3u);
  EXPECT_EQ(letters_apart("sitting", "kitten"), 3u);
}

}  // namespace
}  // namespace hearth
