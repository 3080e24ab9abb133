#include "tokenizer/pretokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Words = std::vector<std::string>;

Words split(const PreTokenizer& pre, std::string_view text) {
  Words words;
  SplitMemory memory;
  Status status = pre.split(text, true, memory, [&](std::string_view word) { words.emplace_back(word); });
  EXPECT_TRUE(status.ok()) << status.error().message;
  return words;
}

Words split(std::string_view name, std::string_view text) {
  auto row = find_pre_tokenizer(name);
  auto pre = PreTokenizer::make(*row.value());
  EXPECT_TRUE(pre.ok()) << pre.error().message;
  return split(*pre, text);
}

TEST(Regex, WhiteSpaceIsUnicodes) {
  auto spaces = Regex::compile(R"(\s+)");
  auto letters = Regex::compile(R"([^\s]+|\S)");
  ASSERT_TRUE(spaces.ok() && letters.ok());
  RegexSearch search;
  for (std::string_view space : {" ", "\t", "\v", "\u0085", "\u00A0", "\u1680", "\u2028", "\u3000"}) {
    EXPECT_TRUE(search.find(*spaces, space, 0).value()) << space;
    EXPECT_FALSE(search.find(*letters, space, 0).value()) << space;
  }
  for (std::string_view other : {"\u180E", "\u200B", "\uFEFF", "_", "\x1F"}) {
    EXPECT_FALSE(search.find(*spaces, other, 0).value()) << other;
    EXPECT_TRUE(search.find(*letters, other, 0).value()) << other;
  }
}

TEST(Regex, AScriptIsNotItsExtensions) {
  // The brackets and the mark are common to scripts, and listed as extensions of these.
  RegexSearch search;
  for (auto [script, letter, extension] : {std::tuple(R"(\p{Yi})", "\uA034", "\u3009"),
                                           {R"(\p{Greek})", "\u03B1", "\u0342"},
                                           {R"(\p{Han})", "\u5815", "\u3009"}}) {
    auto regex = Regex::compile(script);
    ASSERT_TRUE(regex.ok());
    EXPECT_TRUE(search.find(*regex, letter, 0).value()) << script;
    EXPECT_FALSE(search.find(*regex, extension, 0).value()) << script;
  }
}

TEST(Regex, WhatIsWrongWithAnExpressionIsSaid) {
  auto regex = Regex::compile("a(b");
  ASSERT_FALSE(regex.ok());
  EXPECT_EQ(regex.error().message, "regular expression a(b: missing closing parenthesis");
}

TEST(Regex, ASearchThatTakesTooLongIsAnError) {
  auto regex = Regex::compile("(a+)+[bc]");
  ASSERT_TRUE(regex.ok());
  RegexSearch search;
  auto found = search.find(*regex, std::string(60, 'a'), 0);
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error().message, testing::HasSubstr("match limit exceeded"));
}

TEST(PreTokenizer, EveryRowCompilesAndEveryNameIsThereOnce) {
  std::set<std::string> names;
  for (const PreTokenizerRow& row : pre_tokenizer_rows()) {
    EXPECT_TRUE(PreTokenizer::make(row).ok()) << row.names;
    for (std::string_view rest = row.names; !rest.empty();) {
      std::string name(rest.substr(0, rest.find(' ')));
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_EQ(find_pre_tokenizer(name).value(), &row) << name;
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
  }
  EXPECT_GE(names.size(), 85u);
  EXPECT_FALSE(find_pre_tokenizer("").ok());
  EXPECT_FALSE(find_pre_tokenizer("gpt-2 phi-2").ok());
}

TEST(PreTokenizer, EachExpressionCutsWhatTheOneBeforeLeft) {
  auto pre = PreTokenizer::make({"", {"[0-9]+", "b"}});
  ASSERT_TRUE(pre.ok());
  EXPECT_THAT(split(*pre, "abc12b"), ElementsAre("a", "b", "c", "12", "b"));
  EXPECT_THAT(split(*pre, ""), IsEmpty());
  // What an expression looks at ends where its piece does.
  auto to_end = PreTokenizer::make({"", {"[0-9]+", "a$"}});
  EXPECT_THAT(split(*to_end, "ba1ba"), ElementsAre("b", "a", "1", "b", "a"));
}

TEST(PreTokenizer, AMatchOfNothingOnlyCuts) {
  auto pre = PreTokenizer::make({"", {"(?=[A-Z\u00C9])"}});
  ASSERT_TRUE(pre.ok());
  EXPECT_THAT(split(*pre, "oneTwo\u00C9trois"), ElementsAre("one", "Two", "\u00C9trois"));
}

TEST(PreTokenizer, BytesThatAreNoTextArePiecesOfTheirOwn) {
  EXPECT_THAT(split("gpt-2", "ab\xFF\xFE cd\xC3"), ElementsAre("ab", "\xFF\xFE", " cd", "\xC3"));
}

TEST(PreTokenizer, Gpt2) {
  EXPECT_THAT(split("gpt-2", "I'm  here, it'll 12345\n\n x \u00E9t\u00E9!?"),
              ElementsAre("I", "'m", " ", " here", ",", " it", "'ll", " 12345", "\n\n", " x",
                          " \u00E9t\u00E9", "!?"));
  EXPECT_THAT(split("gpt-2", "I'M"), ElementsAre("I", "'", "M"));
  EXPECT_THAT(split("gpt-2", "a   "), ElementsAre("a", "   "));
}

TEST(PreTokenizer, Llama3) {
  EXPECT_THAT(split("llama-bpe", "I'M 12345 ok!\n\n  x\t"),
              ElementsAre("I", "'M", " ", "123", "45", " ok", "!\n\n", " ", " x", "\t"));
}

TEST(PreTokenizer, DigitsOneByOneOrInThrees) {
  EXPECT_THAT(split("qwen2", "x1234"), ElementsAre("x", "1", "2", "3", "4"));
  EXPECT_THAT(split("starcoder", "x 12"), ElementsAre("x", " ", "1", "2"));
  EXPECT_THAT(split("falcon", "12345"), ElementsAre("123", "45"));
  EXPECT_THAT(split("deepseek-v3", "12345"), ElementsAre("123", "45"));
}

TEST(PreTokenizer, DigitsGroupedFromTheRight) {
  for (std::string_view name : {"tiny_aya", "afmoe", "superbpe"}) {
    EXPECT_THAT(split(name, "1234567"), ElementsAre("1", "234", "567")) << name;
    EXPECT_THAT(split(name, "12345"), ElementsAre("12", "345")) << name;
    EXPECT_THAT(split(name, "123456"), ElementsAre("123", "456")) << name;
    EXPECT_THAT(split(name, "12"), ElementsAre("12")) << name;
  }
  // Only digits that end a word.
  EXPECT_THAT(split("tiny_aya", "1234abc 1234"), ElementsAre("123", "4", "abc", " ", "1", "234"));
}

TEST(PreTokenizer, UpperCaseBeginsAWord) {
  EXPECT_THAT(split("gpt-4o", "camelCaseHTML it's"), ElementsAre("camel", "Case", "HTML", " it's"));
  EXPECT_THAT(split("gpt-4o", "\u00C9cole\u00C9T\u00C9"), ElementsAre("\u00C9cole", "\u00C9T\u00C9"));
}

TEST(PreTokenizer, HanStandsApart) {
  EXPECT_THAT(split("kimi-k2", "ab\u4F60\u597Dcd  \u4F60"),
              ElementsAre("ab", "\u4F60\u597D", "cd", " ", " ", "\u4F60"));
}

TEST(PreTokenizer, RunsOfSpacesInPowersOfTwo) {
  EXPECT_THAT(split("jais-2", "a       b"), ElementsAre("a", "    ", "  ", " b"));
  EXPECT_THAT(split("jais-2", "a     \n\n  b!\n\n"), ElementsAre("a", "     \n\n", " ", " b", "!\n\n"));
  EXPECT_EQ(split("jais-2", std::string(1000, ' ')).size(), 6u);
}

TEST(PreTokenizer, MarksStayWithTheirLetters) {
  EXPECT_THAT(split("qwen35", "e\u0301a x"), ElementsAre("e\u0301a", " x"));
  EXPECT_THAT(split("qwen2", "e\u0301a x"), ElementsAre("e", "\u0301a", " x"));
}

TEST(PreTokenizer, OnlyLinesWhereWordsAreNotCut) {
  EXPECT_THAT(split("gemma4", "one two\n\nthree"), ElementsAre("one two", "\n\n", "three"));
}

// Whatever is repeated, and whatever ends it, no expression needs more steps or stack than there are. Work that
// grows with the square of a run would make this test take minutes.
TEST(PreTokenizer, LongRunsOfAnythingAreSplit) {
  for (const PreTokenizerRow& row : pre_tokenizer_rows()) {
    auto pre = PreTokenizer::make(row);
    ASSERT_TRUE(pre.ok());
    for (std::string_view unit :
         {"a", "A", " ", "\n", "9", "'", "\u4E00", "a ", " \t", "\u0301", "a\u0301", "\xFF"}) {
      std::string text;
      while (text.size() < 60000) text += unit;
      for (std::string_view end : {"x", "\u4E00"}) {
        size_t bytes = 0;
        SplitMemory memory;
        Status status = pre->split(text + std::string(end), true, memory,
                                   [&](std::string_view word) { bytes += word.size(); });
        ASSERT_TRUE(status.ok()) << row.names << ": " << status.error().message;
        bool keeps_all = (row.flags & PreTokenizerRow::kOnlyMatches) == 0;
        ASSERT_TRUE(bytes == text.size() + end.size() || !keeps_all) << row.names;
      }
    }
  }
}

}  // namespace
}  // namespace hearth
