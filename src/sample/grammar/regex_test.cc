#include "sample/grammar/regex.h"

#include <gmock/gmock.h>

#include "sample/grammar/testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;

TEST(Regex, WholeTexts) {
  struct {
    const char* regex;
    std::vector<std::string> right, wrong;
  } cases[] = {
      {"", {""}, {"a"}},
      {"abc", {"abc"}, {"ab", "xabc", "abcd"}},
      {"a|bc|", {"a", "bc", ""}, {"b", "abc"}},
      {"a*b+c?", {"b", "aabbc"}, {"a", "bcc"}},
      {"(ab|c){2,3}", {"abc", "cc", "ababab"}, {"ab", "cccc"}},
      {"a{2}b{1,}c{,2}", {"aabc{,2}"}, {"aab"}},
      {"x{", {"x{"}, {"x"}},
      {"(?:a)(?<name>b)(?P<other>c)", {"abc"}, {"ab"}},
      {"a*?b+?", {"aab", "b"}, {"a"}},
      {"[a-c_-]+", {"a-_c"}, {"d", ""}},
      {"[^a-c]", {"d", "\n", "\u20ac"}, {"a", "dd"}},
      {"[\\]\\d\\-x]+", {"]0-x"}, {"a", "\\"}},
      {"[a-\\d]+", {"a-5"}, {"b"}},
      {"\\d\\D\\w\\W\\s\\S", {"1aa- x"}, {"aaa- x"}},
      {"\\t\\n\\x41\\u0042\\u{1F600}\\.\\/", {"\t\nAB\U0001F600./"}, {}},
      {"\\ud83d\\ude00[\\u4e00-\\u9fff]", {"\U0001F600\u4e2d"}, {}},
      {".", {"a", "\u20ac", "\U0001F600"}, {"\n", "\r", "", "\xff"}},
      {"^abc$", {"abc"}, {"abcd"}},
      {"^(?:a|b$)|c", {"a", "b", "c"}, {""}},
      {"(^a|b)$", {"a", "b"}, {}},
      {"((a+)+)+{100}", {std::string(100, 'a'), std::string(500, 'a')}, {std::string(99, 'a')}},
      {"(a*)*", {"", "aaa"}, {"b"}},
      {"(a?){50}a{50}",
       {std::string(50, 'a'), std::string(100, 'a')},
       {std::string(49, 'a'), std::string(101, 'a')}},
      {"[\u00e4\u00f6]+", {"\u00e4\u00f6"}, {"a", "\xc3"}},
      {"]", {"]"}, {}},
      {"a]b}", {"a]b}"}, {}},
  };
  for (const auto& c : cases) {
    auto grammar = compiled(GrammarKind::regex, c.regex);
    ASSERT_TRUE(grammar);
    for (const auto& text : c.right) EXPECT_TRUE(accepts(grammar, text)) << c.regex << "\n" << text;
    for (const auto& text : c.wrong) EXPECT_FALSE(accepts(grammar, text)) << c.regex << "\n" << text;
  }
}

TEST(Regex, WhatIsWrongIsSaid) {
  const std::pair<std::string, const char*> cases[] = {
      {"(", "column 1: this ( is never closed"},
      {"a)", "column 2: this ) has no ("},
      {"*", "nothing before this to repeat"},
      {"(?=a)b", "cannot look ahead"},
      {"(?<!a)b", "cannot look ahead or behind"},
      {"(?i)a", "knows no flags"},
      {"(a)\\1", "cannot refer to what a group matched"},
      {"\\p{L}", "Unicode properties"},
      {"\\bword", "word boundaries"},
      {"\\q", "unknown escape \\q"},
      {"a\\", "expected what the backslash escapes"},
      {"[a", "this [ is never closed"},
      {"[z-a]", "runs backwards"},
      {"a{3,2}", "the second count is less"},
      {"a{99999999999}", "is too large"},
      {"a^b", "nothing can come before ^"},
      {"a$b", "nothing can follow $"},
      {"(^a)*", "cannot be repeated"},
      {"\\ud83d", "second half of a surrogate pair"},
      {"\\udc00", "U+DC00 is no character"},
      {"\xff", "not UTF-8"},
      {"[]", "matches no text"},
      {std::string(100000, '('), "never closed"},
  };
  for (const auto& [regex, message] : cases)
    EXPECT_THAT(complaint(GrammarKind::regex, regex), HasSubstr(message)) << regex.substr(0, 50);
}

TEST(Choices, OneOfThem) {
  auto grammar = compiled(GrammarKind::choices, R"(["yes", "no", "né\n", ""])");
  for (const char* text : {"yes", "no", "n\u00e9\n", ""}) EXPECT_TRUE(accepts(grammar, text)) << text;
  for (const char* text : {"ye", "yesno", "n", "\"yes\""}) EXPECT_FALSE(accepts(grammar, text)) << text;
  for (const char* text : {"[]", "{}", "[1]", "\"a\"", "[[\"a\"]]"})
    EXPECT_THAT(complaint(GrammarKind::choices, text),
                HasSubstr("expected a JSON array of at least one string"))
        << text;
  EXPECT_THAT(complaint(GrammarKind::choices, "[\"a\""), HasSubstr("not the JSON expected"));
}

}  // namespace
}  // namespace hearth
