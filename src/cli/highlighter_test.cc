#include "cli/highlighter.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/words.h"

namespace hearth {
namespace {

std::string colored(std::string_view text, size_t piece) {
  Highlighter highlighter;
  std::string out;
  for (size_t at = 0; at < text.size(); at += piece) out += highlighter.push(text.substr(at, piece));
  return out + highlighter.finish();
}

// <k>for</k> and so on, to be read.
std::string marked(std::string_view text, size_t piece = 1000) {
  const std::pair<std::string_view, std::string_view> kMarks[] = {
      {"\033[0m", "}"}, {"\033[2m", "d{"}, {"\033[35m", "k{"}, {"\033[32m", "s{"}, {"\033[36m", "n{"}};
  std::string out = colored(text, piece);
  for (auto [sequence, mark] : kMarks) {
    for (size_t at; (at = out.find(sequence)) != out.npos;) out.replace(at, sequence.size(), mark);
  }
  return out;
}

std::string bare(std::string text) {
  for (size_t at; (at = text.find('\033')) != text.npos;) text.erase(at, text.find('m', at) + 1 - at);
  return text;
}

TEST(Highlighting, ProseIsPlainButForItsCode) {
  EXPECT_EQ(marked("for while # \"x\" 12"), "for while # \"x\" 12");
  EXPECT_EQ(marked("use `for` now"), "use n{`for`} now");
  EXPECT_EQ(marked("use ``a`b`` now"), "use n{``a`b``} now");
  EXPECT_EQ(marked("a ` alone\nnext"), "a n{` alone}\nnext");
}

TEST(Highlighting, CodeByItsLanguage) {
  EXPECT_EQ(marked("```python\nfor i in 12: # go\n    s = \"a\\\"b\" + x1\n```\nfor"),
            "d{```python}\nk{for} i k{in} n{12}: d{# go}\n    s = s{\"a\\\"b\"} + x1\nd{```}\nfor");
  EXPECT_EQ(marked("~~~cpp\nint x = 'c'; /* int\nint */ int //x\n~~~"),
            "d{~~~cpp}\nk{int} x = s{'c'}; d{/* int\nint */} k{int} d{//x}\nd{~~~}");
  EXPECT_EQ(marked("```py\n\"\"\"a \"b\" for\nfor\"\"\" for\n"),
            "d{```py}\ns{\"\"\"a \"b\" for\nfor\"\"\"} k{for}\n");
  EXPECT_EQ(marked("```SQL\nSelect \"\" -- x\n"), "d{```SQL}\nk{Select} s{\"\"} d{-- x}\n");
  EXPECT_EQ(marked("```lua\nx --[[ a\nb ]] end -- c\n"), "d{```lua}\nx d{--[[ a\nb ]]} k{end} d{-- c}\n");
}

TEST(Highlighting, AQuoteThatDoesNotEndEndsWithItsLine) {
  EXPECT_EQ(marked("```c\n'it\nint\n"), "d{```c}\ns{'it}\nk{int}\n");
}

TEST(Highlighting, WhatIsNoLanguageStaysPlain) {
  EXPECT_EQ(marked("```\nfor \"x\"\n```"), "d{```}\nfor \"x\"\nd{```}");
  EXPECT_EQ(marked("```klingon\nfor \"x\"\n```"), "d{```klingon}\nfor \"x\"\nd{```}");
}

TEST(Highlighting, FencesEndAsTheyBegan) {
  EXPECT_EQ(marked("````py\n```\nfor\n````\nfor"), "d{````py}\n```\nk{for}\nd{````}\nfor");
  EXPECT_EQ(marked("```py\n~~~\nfor\n```\nfor"), "d{```py}\n~~~\nk{for}\nd{```}\nfor");
  EXPECT_EQ(marked("  ```py\n  for\n  ```\nfor"), "d{  ```py}\n  k{for}\nd{  ```}\nfor");
  EXPECT_EQ(marked("```py\n/* ```\n```\nfor"), "d{```py}\n/* ```\nd{```}\nfor");
  EXPECT_EQ(marked("``` a ` b\nfor"), "n{``` a ` b}\nfor");
}

TEST(Highlighting, DoesNotDependOnThePieces) {
  const std::string texts[] = {
      "Hi `x` and ``y`z``:\n\n```cpp\n#include <x>\n/* a\n */ int main() { return \"\\\"\"[0]; } // "
      "1.5e3\n```\n",
      "```python\ndef f():\n    '''doc\n    \"x\"'''\n    return \"\" + '' # é ü\n```\nend",
      "```\n\n\n```\n~~~~\n```\n~~~~\n`````py\nif\n```\n",
      "```lua\n--[[ x ]] --[ y\n-- z\n",
      "\n\n   \n\t```\n",
      "`",
      "```",
      "```py",
      "```py\n\"\"",
      "\\"};
  for (const std::string& text : texts) {
    for (size_t piece : {1, 2, 3, 5, 7}) EXPECT_EQ(colored(text, piece), colored(text, 1000)) << text;
    EXPECT_EQ(bare(colored(text, 1)), text);
  }
}

TEST(Highlighting, OnlyWhatCannotBeToldIsHeldBack) {
  Highlighter highlighter;
  EXPECT_EQ(highlighter.push("Hello "), "Hello ");
  EXPECT_EQ(highlighter.push("wor"), "wor");
  EXPECT_EQ(highlighter.push("\n``"), "\n");
  EXPECT_EQ(highlighter.push("`py"), "");
  EXPECT_EQ(highlighter.push("\n"), "\033[2m```py\033[0m\n");
  EXPECT_EQ(highlighter.push("retu"), "");
  EXPECT_EQ(highlighter.push("rn "), "\033[35mreturn\033[0m ");
  EXPECT_EQ(highlighter.push(std::string(1000, 'x')).empty(), false);
}

TEST(Languages, AreFoundByEachOfTheirNamesAndHaveNoneInCommon) {
  std::set<std::string_view> names;
  for (const Language& language : languages()) {
    std::string_view list = language.names;
    for (auto name = take_word(list); !name.empty(); name = take_word(list)) {
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_EQ(find_language(name), &language);
    }
    EXPECT_EQ(language.block_begin.empty(), language.block_end.empty()) << language.names;
  }
}

}  // namespace
}  // namespace hearth
