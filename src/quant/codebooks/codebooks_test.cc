#include "quant/codebooks/codebooks.h"

#include <gtest/gtest.h>

#include "quant/codebooks/signs.h"

namespace hearth {
namespace {

template <class Book>
void check(const Book& book) {
  const int mask = (1 << Book::kDigitBits) - 1;
  for (int p = 0; p < Book::kPoints; ++p) {
    for (int i = 0; i < Book::kDigits; ++i) {
      int digit = book.codes[p] >> (i * Book::kDigitBits) & mask;
      ASSERT_LT(digit, Book::kLevels);
      ASSERT_EQ(book.values[p][i], book.levels[digit]);
    }
    if (p > 0) { ASSERT_GT(book.codes[p], book.codes[p - 1]); }
  }
}

TEST(Codebooks, CodesAndValuesAgreeAndAscend) {
  check(kIq1Book);
  check(kIq2_xxsBook);
  check(kIq2_xsBook);
  check(kIq2_sBook);
  check(kIq3_xxsBook);
  check(kIq3_sBook);
}

TEST(Signs, TheEighthMakesTheirNumberEven) {
  for (uint32_t seven = 0; seven < 128; ++seven) {
    EXPECT_EQ(eight_signs(seven) & 127u, seven);
    EXPECT_EQ(std::popcount(eight_signs(seven)) % 2, 0);
  }
}

TEST(Signs, FourAtOnce) {
  for (uint32_t i = 0; i < 1000; ++i) {
    uint32_t packed = i * 2654435761u, signs = four_eight_signs(packed);
    for (int k = 0; k < 4; ++k) EXPECT_EQ(signs >> (8 * k) & 255, eight_signs(packed >> (7 * k)));
  }
}

}  // namespace
}  // namespace hearth
