#include "base/base64.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Base64, FourCharactersAreThreeBytes) {
  EXPECT_EQ(base64_decode(""), "");
  EXPECT_EQ(base64_decode("aGVhcnRo"), "hearth");
  EXPECT_EQ(base64_decode("aGVhcnQ="), "heart");
  EXPECT_EQ(base64_decode("aGVhcnQ"), "heart");
  EXPECT_EQ(base64_decode("aGVhcg=="), "hear");
  EXPECT_EQ(base64_decode("+/8A"), std::string("\xFB\xFF\0", 3));
}

TEST(Base64, AnythingElseIsNone) {
  for (std::string_view wrong : {"a", "aGVh*", "aG Vh", "aGVhc", "=aGV", "aGVhcnRo===", "aGV\n"})
    EXPECT_FALSE(base64_decode(wrong)) << wrong;
}

}  // namespace
}  // namespace hearth
