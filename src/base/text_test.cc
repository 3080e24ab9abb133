#include "base/text.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Text, QuotesShowWhatCannotBeSeen) {
  EXPECT_EQ(quote("blk.0.attn_q"), "\"blk.0.attn_q\"");
  EXPECT_EQ(quote("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(quote("\x1b[31m\r\n\t"), "\"\\x1b[31m\\x0d\\n\\t\"");
  EXPECT_EQ(quote(std::string_view("\0\x7f", 2)), "\"\\x00\\x7f\"");
  EXPECT_EQ(quote("caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x94\xa5"),
            "\"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x94\xa5\"");
  EXPECT_EQ(quote("\xc2\x9b"), "\"\\u009b\"");  // a control character of the second kind
  EXPECT_EQ(quote("\xe2\x80\xae"
                  "x\xe2\x80\xa8"),
            "\"\\u202ex\\u2028\"");  // right to left, line separator
  EXPECT_EQ(quote("\xff\xc3"), "\"\\xff\\xc3\"");
}

TEST(Text, QuotesAreCut) {
  EXPECT_EQ(quote(std::string(200, 'x'), 10), "\"xxxxxxxxx...\"");
  EXPECT_LT(quote(std::string(1000, '\x1b')).size(), 110u);
  EXPECT_EQ(escape(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(escape("abcdef", 3), "abc...");
}

TEST(Text, EscapesKeepQuotes) { EXPECT_EQ(escape("say \"hi\"\n"), "say \"hi\"\\n"); }

TEST(Text, Utf8IsWhatTheStandardSays) {
  struct Case {
    const char* text;
    size_t length;
    uint32_t code;
  };
  const Case cases[] = {{"a", 1, 'a'},
                        {"\xc2\x80", 2, 0x80},
                        {"\xdf\xbf", 2, 0x7ff},
                        {"\xe0\xa0\x80", 3, 0x800},
                        {"\xef\xbf\xbf", 3, 0xffff},
                        {"\xf0\x90\x80\x80", 4, 0x10000},
                        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
                        {"\x80", 0, 0},              // a continuation alone
                        {"\xc1\xbf", 0, 0},          // overlong
                        {"\xe0\x9f\xbf", 0, 0},      // overlong
                        {"\xf0\x8f\xbf\xbf", 0, 0},  // overlong
                        {"\xed\xa0\x80", 0, 0},      // a surrogate
                        {"\xf4\x90\x80\x80", 0, 0},  // past the last code point
                        {"\xf8\x88\x80\x80\x80", 0, 0},
                        {"\xe2\x82", 0, 0},  // cut
                        {"\xe2\x82g", 0, 0}};
  for (const Case& row : cases) {
    uint32_t code = 0;
    EXPECT_EQ(utf8_character(row.text, code), row.length) << quote(row.text);
    if (row.length == 0) continue;
    EXPECT_EQ(code, row.code);
    std::string out;
    append_utf8(out, row.code);
    EXPECT_EQ(out, row.text);
  }
}

TEST(Text, RepairReplacesEachStrayByte) {
  EXPECT_EQ(repair_utf8("ok \xc3\xa9"), "ok \xc3\xa9");
  EXPECT_EQ(repair_utf8("a\xff"
                        "b\xe2\x82"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace hearth
