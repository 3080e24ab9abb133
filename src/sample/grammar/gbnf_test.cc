#include "sample/grammar/gbnf.h"

#include <gmock/gmock.h>

#include "sample/grammar/testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

struct Case {
  const char* grammar;
  Texts right, wrong;
};

TEST(Gbnf, TextsInTheLanguageAndNot) {
  const Case cases[] = {
      {"root ::= \"abc\"", {"abc"}, {"", "ab", "abcd", "abd"}},
      {"root ::= \"\"", {""}, {"a"}},
      {"root ::=", {""}, {"a"}},
      {"root ::= \"a\" | \"b\" \"c\" |", {"a", "bc", ""}, {"ab", "b", "abc"}},
      {"root ::= [a-c]* [x-]+ [^a-z\\]]?", {"x", "abc-", "cx-x0", "x["}, {"", "abc", "xa", "x]", "x00"}},
      {"root ::= .{2}", {"ab", "\u00e9\U0001F600", "\n\n"}, {"a", "abc", "\xff\xff", "\xc3", "\xe2\x82"}},
      {"root ::= \"a\"{3}", {"aaa"}, {"aa", "aaaa"}},
      {"root ::= \"ab\"{1,2} \"c\"{0,1}", {"ab", "abab", "abc"}, {"", "c", "ababab", "abb"}},
      {"root ::= \"a\"{2,} \"b\"{ 0 , 2 }", {"aa", "aaaaaabb"}, {"a", "aabbb"}},
      {"root ::= (\"a\" | \"b\" (\"c\" | \"d\")+)*", {"", "a", "bc", "abcdabd"}, {"b", "c", "ab"}},
      {"root ::= \"\\x41\\u00e9\\U0001F600\\t\\n\\r\\\\\\\"\\[\\]\"",
       {"A\u00e9\U0001F600\t\n\r\\\"[]"},
       {"A"}},
      {"root ::= [\\x41-\\x43\\n\\]]", {"A", "C", "\n", "]"}, {"D", "x"}},
      {"root ::= a b\n# comment\na ::= \"1\" # more\nb ::= \"2\" |\n  \"3\"\n",
       {"12", "13"},
       {"1", "2", "123"}},
      {"root ::= (\n  \"a\"\n  # comment\n  | \"b\"\n)\n\n", {"a", "b"}, {"ab"}},
      {"root ::= [\u3041-\u309f]+", {"\u3042\u3044"}, {"a", "\u30a2", "\xe3\x81"}},
      {"root ::= [^\u3041-\u309f]", {"a", "\u30a2", "\U0001F600"}, {"\u3042"}},
      // Recursion of every kind.
      {"root ::= \"a\" root | \"\"", {"", "aaa"}, {"b"}},
      {"root ::= \"(\" root \")\" root | \"\"", {"", "()", "(()())()"}, {"(", "())", ")("}},
      {"root ::= root \"+\" t | t\nt ::= [0-9] | \"(\" root \")\"",
       {"1", "1+2+3", "(1+2)+3"},
       {"+1", "1+", "(1"}},
      {"root ::= a\na ::= b \"x\" | \"y\"\nb ::= a \"z\" | \"w\"",
       {"y", "wx", "yzx", "yzxzx"},
       {"x", "yz", "wz"}},
      {"root ::= root | \"x\"", {"x"}, {"", "xx"}},
      {"root ::= a\na ::= b\nb ::= a | \"x\" | a \"y\"", {"x", "xy", "xyy"}, {"y", "yx"}},
      {"root ::= s\ns ::= s s | \"a\" |", {"", "a", "aaaaaaaa"}, {"b", "ab"}},
      {"root ::= e root \"x\" | \"y\"\ne ::= \"e\"?", {"y", "yx", "eyx", "eeyxx", "eyxx"}, {"", "x", "ey"}},
      // What was too much for others.
      {"root ::= ( [x]* )*", {"", "xxx"}, {"y"}},
      {"root ::= (([^x]*){0,99}){0,99}", {"", "abc"}, {"x", "ax"}},
      {"root ::= ((\"a\"+)+)+", {"a", "aaaa"}, {"", "b"}},
      {"root ::= ((\"a\" | \"a\"?) | \"a\"*){3}", {"", "a", "aaaaa"}, {"b"}},
  };
  for (const Case& c : cases) {
    auto grammar = compiled(GrammarKind::gbnf, c.grammar);
    ASSERT_TRUE(grammar);
    for (const auto& text : c.right) EXPECT_TRUE(accepts(grammar, text)) << c.grammar << "\n" << text;
    for (const auto& text : c.wrong) EXPECT_FALSE(accepts(grammar, text)) << c.grammar << "\n" << text;
  }
}

TEST(Gbnf, LargeCounts) {
  auto grammar = compiled(GrammarKind::gbnf, "root ::= (\"ab\" | \"c\"){1000,2000} \"!\"");
  auto text = [](int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += i % 3 ? "ab" : "c";
    return result + "!";
  };
  EXPECT_FALSE(accepts(grammar, text(999)));
  EXPECT_TRUE(accepts(grammar, text(1000)));
  EXPECT_TRUE(accepts(grammar, text(2000)));
  EXPECT_FALSE(accepts(grammar, text(2001)));

  auto nested = compiled(GrammarKind::gbnf, "root ::= ((\"a\"{300} \"b\"){2,300} \"c\"){2}");
  std::string part;
  for (int i = 0; i < 300; ++i) part += std::string(300, 'a') + "b";
  EXPECT_TRUE(accepts(nested, part + "c" + part + "c"));
  EXPECT_FALSE(accepts(nested, part + "c" + part));
  EXPECT_FALSE(accepts(nested, part + part + "c" + part + "c"));

  // Where a repetition ends is not clear: aa may be one or two.
  auto unclear = compiled(GrammarKind::gbnf, "root ::= (\"a\" | \"aa\"){500,600}");
  EXPECT_FALSE(accepts(unclear, std::string(499, 'a')));
  EXPECT_TRUE(accepts(unclear, std::string(500, 'a')));
  EXPECT_TRUE(accepts(unclear, std::string(1200, 'a')));
  EXPECT_FALSE(accepts(unclear, std::string(1201, 'a')));

  auto endless = compiled(GrammarKind::gbnf, "root ::= (\"a\" | \"bb\"){400,}");
  EXPECT_FALSE(accepts(endless, std::string(399, 'a')));
  EXPECT_TRUE(accepts(endless, std::string(10000, 'a')));
}

TEST(Gbnf, WhatIsWrongIsSaid) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no rule called root"},
      {"a ::= \"b\"", "no rule called root"},
      {"root ::= a", "column 10: rule \"a\" is not defined"},
      {"root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1: rule \"root\" is defined a second time"},
      {"root = \"a\"", "column 6: expected ::=, found \"=\""},
      {"root ::= \"a", "column 10: this \" is never closed"},
      {"root ::= [a", "this [ is never closed"},
      {"root ::= [b-a]", "the range \"b-a\" runs backwards"},
      {"root ::= []", "no character is in this class"},
      {"root ::= (\"a\"", "column 10: this ( is never closed"},
      {"root ::= \"a\")", "expected a new line or the end of the rule, found \")\""},
      {"root ::= *", "nothing before this to repeat"},
      {"root ::= \"a\"{2,1}", "the second count is less"},
      {"root ::= \"a\"{x}", "expected a number, found \"x}\""},
      {"root ::= \"a\"{99999999999}", "is too large"},
      {"root ::= \"\\q\"", "unknown escape"},
      {"root ::= \"\\ud800\"", "U+D800 is no character"},
      {"root ::= \"\\x4\"", "expected 2 hexadecimal digits"},
      {"root ::= \"\xff\"", "not UTF-8"},
      {"root ::= \"a\" root", "rule \"root\" matches no text"},
      {"root ::= <think>", "cannot be looked up without a vocabulary"},
      {"root ::= <[x]>", "expected a token's number"},
      {"%llguidance {}", "expected the name of a rule, found \"%llguidance\""},
      {"root ::= ((((((((((\"a\"{9}){9,10}){9}){9,10}){9}){9,10}){9}){9,10} \"b\"){9} \"c\"){9})", ""},
  };
  for (const auto& [grammar, message] : cases) {
    EXPECT_THAT(complaint(GrammarKind::gbnf, grammar), HasSubstr(message)) << grammar;
  }
}

TEST(Gbnf, Tokens) {
  TestTokens tokens({"a", "b", "ab"}, 2);  // control tokens 1 and 2
  GrammarOptions options;
  options.find_token = [](std::string_view text) {
    return text == "<think>"    ? std::optional<TokenId>(1)
           : text == "</think>" ? std::optional<TokenId>(2)
                                : std::nullopt;
  };
  auto grammar = compiled(GrammarKind::gbnf, "root ::= <think> !</think>* <[2]> \"ab\"", options);
  Matcher matcher(grammar, tokens.trie);
  auto allowed = [&] {
    std::vector<uint64_t> words(matcher.mask_words());
    EXPECT_TRUE(matcher.mask(words).ok());
    return words[0];
  };
  EXPECT_EQ(allowed(), 0b000010u);
  EXPECT_FALSE(matcher.accept(3));
  EXPECT_TRUE(matcher.accept(1));
  EXPECT_EQ(allowed(), 0b111110u);  // all but the end: the second control token closes
  EXPECT_TRUE(matcher.accept(4));
  EXPECT_TRUE(matcher.accept(1));
  EXPECT_TRUE(matcher.accept(2));
  EXPECT_EQ(allowed(), 0b101000u);
  EXPECT_EQ(matcher.forced(), "ab");
  EXPECT_TRUE(matcher.accept(3));
  EXPECT_EQ(allowed(), 0b010000u);
  EXPECT_TRUE(matcher.accept(4));
  EXPECT_EQ(allowed(), 0b000001u);
  EXPECT_TRUE(matcher.accept(0));
  EXPECT_TRUE(matcher.is_finished());

  auto unknown = Grammar::compile(GrammarKind::gbnf, "root ::= <other>", options);
  EXPECT_THAT(unknown.error().message, HasSubstr("the vocabulary has no token \"<other>\""));
}

// Each within the compiler's budget, which is counted and not timed.
TEST(Gbnf, AttacksAreGrammarsOrErrors) {
  std::string parentheses = "root ::= " + std::string(60000, '(') + "\"a\"" + std::string(60000, ')');
  EXPECT_TRUE(accepts(compiled(GrammarKind::gbnf, parentheses), "a"));
  std::string stars = "root ::= " + std::string(30000, '(') + "\"a\"";
  for (int i = 0; i < 30000; ++i) stars += ")*";
  EXPECT_TRUE(accepts(compiled(GrammarKind::gbnf, stars), "aaa"));
  std::string deep = "root ::= " + std::string(30000, '(') + "\"a\"";
  for (int i = 0; i < 30000; ++i) deep += " \"b\")";
  auto deep_grammar = compiled(GrammarKind::gbnf, deep);
  EXPECT_TRUE(accepts(deep_grammar, "a" + std::string(30000, 'b')));
  EXPECT_EQ(complaint(GrammarKind::gbnf, "root ::= " + std::string(60000, '(')),
            "column 60009: this ( is never closed");

  auto chain = [](const char* link, const char* last) {
    std::string text = "root ::= r0\n";
    for (int i = 0; i < 5000; ++i)
      text += fmt::format("r{} ::= {}\n", i, fmt::format(fmt::runtime(link), fmt::format("r{}", i + 1)));
    return text + "r5000 ::= " + last;
  };
  EXPECT_TRUE(accepts(compiled(GrammarKind::gbnf, chain("{0}", "\"a\"")), "a"));
  EXPECT_TRUE(accepts(compiled(GrammarKind::gbnf, chain("{0} | \"b\" {0}", "\"a\"")), "bba"));
  EXPECT_FALSE(accepts(compiled(GrammarKind::gbnf, chain("{0} {0}", "\"a\"")), "aaaa"));  // it has 2^5000
  auto empty_or = compiled(GrammarKind::gbnf, chain("{0} {0}", "\"a\" |"));
  EXPECT_TRUE(accepts(empty_or, ""));
  EXPECT_TRUE(accepts(compiled(GrammarKind::gbnf, chain("\"(\" {0} \")\"", "\"a\"")),
                      std::string(5000, '(') + "a" + std::string(5000, ')')));
  // A cycle through all of them.
  EXPECT_TRUE(accepts(compiled(GrammarKind::gbnf, chain("{0}", "\"a\" | root \"b\"")), "abbb"));

  // Subsets would be 2^30.
  auto subsets = compiled(GrammarKind::gbnf, "root ::= [ab]* \"a\" [ab]{30}");
  EXPECT_TRUE(accepts(subsets, "bbbba" + std::string(30, 'b')));
  EXPECT_FALSE(accepts(subsets, "bbbbb" + std::string(30, 'b')));
  EXPECT_THAT(complaint(GrammarKind::gbnf, "root ::= ((([a-z]{1000} \"b\"){1000} \"c\"){1000} \"d\"){1000}"),
              "");
}

}  // namespace
}  // namespace hearth
