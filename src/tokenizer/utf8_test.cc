#include "tokenizer/utf8.h"

#include <gtest/gtest.h>

#include "tokenizer/byte_alphabet.h"

namespace hearth {
namespace {

TEST(Utf8, AByteThatBeginsNoCharacterStandsAlone) {
  std::string_view text = "a\xC3\xA9\xFFz\xE2\x96";
  EXPECT_EQ(utf8_at(text, 0).code, 'a');
  EXPECT_EQ(utf8_at(text, 1).code, 0xE9u);
  EXPECT_EQ(utf8_at(text, 1).size, 2u);
  for (size_t at : {2, 3, 5, 6}) {
    EXPECT_FALSE(utf8_at(text, at).valid()) << at;
    EXPECT_EQ(utf8_at(text, at).size, 1u) << at;
  }
}

TEST(Utf8, TheValidPrefixEndsWhereACharacterIsBroken) {
  EXPECT_EQ(utf8_valid_prefix(""), 0u);
  EXPECT_EQ(utf8_valid_prefix("exactly 16 bytes"), 16u);
  EXPECT_EQ(utf8_valid_prefix("more than sixteen \xE2\x96\x81 bytes"), 27u);
  EXPECT_EQ(utf8_valid_prefix("0123456\xC3"), 7u);
  EXPECT_EQ(utf8_valid_prefix("01234567\xED\xA0\x80"), 8u);  // a surrogate
  EXPECT_EQ(utf8_valid_prefix("\xC0\x80"), 0u);              // overlong
}

TEST(Utf8, OnlyWhatCanStillBecomeACharacterIsUnfinished) {
  struct {
    std::string_view text;
    size_t unfinished;
  } cases[] = {
      {"", 0},
      {"a", 0},
      {"\xC3", 1},
      {"\xC3\xA9", 0},
      {"a\xE2\x96", 2},
      {"\xF0\x9F\xA6", 3},
      {"\x96", 0},
      {"\xF0\x9F\xA6\x99", 0},
      {"\xE0\x80", 0},  // overlong whatever follows
      {"\xED\xA0", 0},  // a surrogate whatever follows
      {"\xF4\x90", 0},  // beyond the last code whatever follows
      {"\xF4\x8F", 2},
      {"\xC1", 0},
      {"\xF5", 0},
      {"\xC3\x80\x80", 0},
      {"\x80\x80\x80\x80", 0},
  };
  for (const auto& c : cases)
    EXPECT_EQ(utf8_unfinished(c.text), c.unfinished) << testing::PrintToString(c.text);
}

TEST(ByteAlphabet, EveryByteHasItsCharacter) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string text;
    append_utf8(text, kByteToChar[byte]);
    EXPECT_EQ(byte_alphabet_decode(text), std::string(1, static_cast<char>(byte)));
  }
  EXPECT_EQ(kByteToChar[' '], 0x120);
  EXPECT_EQ(kByteToChar['\n'], 0x10A);
  EXPECT_EQ(kByteToChar[0xAD], 0x143);
}

TEST(ByteAlphabet, OtherCharactersAreNoBytes) {
  EXPECT_FALSE(byte_alphabet_decode("a\u2581"));
  EXPECT_FALSE(byte_alphabet_decode("\u0144"));
  EXPECT_FALSE(byte_alphabet_decode(" "));  // the space is spelled U+0120
  EXPECT_FALSE(byte_alphabet_decode("\xFF"));
}

}  // namespace
}  // namespace hearth
