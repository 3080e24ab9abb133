#include "base/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

namespace hearth {
namespace {

TEST(Hash, EveryBitAndTheLengthCount) {
  for (size_t size : {1, 7, 8, 63, 64, 65, 200}) {
    std::string text(size, 'a');
    const uint64_t whole = hash64(text);
    EXPECT_NE(whole, hash64(text, 1));
    EXPECT_NE(whole, hash64(text + std::string(1, '\0')));
    int changed = 0, flips = 0;
    for (size_t bit = 0; bit < 8 * size; ++bit, ++flips) {
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
      EXPECT_NE(hash64(text), whole) << size << " " << bit;
      changed += std::popcount(hash64(text) ^ whole);
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    }
    // Each flip changes about half of the 64 bits.
    EXPECT_NEAR(changed / static_cast<double>(flips), 32, 8) << size;
  }
}

// A zero in a product would swallow what came before it.
TEST(Hash, ZerosDoNotHideWhatCameBefore) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 256; ++i) {
    std::string text(1 + 640, '\0');
    text[0] = static_cast<char>(i);
    seen.insert(hash64(text));
  }
  EXPECT_EQ(seen.size(), 256u);
}

}  // namespace
}  // namespace hearth
