#include "cli/answer_printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error_of.h"
#include "base/own_folder_testing.h"
#include "cli/attachment.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr Screen kColors{true, true}, kLines{false, true}, kPipe{};

std::string printed(ReasoningShown reasoning, Screen screen, std::string* kept = nullptr) {
  ChatFormat format;
  format.reasoning = {"<think>", "</think>"};
  std::string out;
  AnswerPrinter printer(format, "<think>", {reasoning, "this", screen}, [&](std::string_view text) {
    out += text;
    return true;
  });
  for (const char* piece : {"one two", " three", "</think>", "use `x`"}) printer.push(piece, false);
  printer.finish();
  if (kept) *kept = printer.reasoning();
  EXPECT_EQ(printer.content(), "use `x`");
  return out;
}

TEST(AnswersPrinted, ReasoningIsDimmedWhereItIsShown) {
  EXPECT_EQ(printed(ReasoningShown::show, kColors), "\033[2mone two three\033[0m\n\nuse \033[36m`x`\033[0m");
  EXPECT_EQ(printed(ReasoningShown::show, kPipe), "one two three\n\nuse `x`");
}

TEST(AnswersPrinted, ReasoningIsFoldedAndNotLost) {
  std::string kept;
  EXPECT_THAT(printed(ReasoningShown::fold, kLines, &kept),
              MatchesRegex("\r.\\[Kthinking: one two\r.\\[Kthinking: one two three"
                           "\r.\\[K.thought for [0-9.]+ s, 3 words; this shows them.\n\nuse `x`"));
  EXPECT_EQ(kept, "one two three");
  EXPECT_EQ(printed(ReasoningShown::fold, kPipe, &kept), "use `x`");
  EXPECT_EQ(kept, "one two three");
}

TEST(AnswersPrinted, ReasoningIsHidden) { EXPECT_EQ(printed(ReasoningShown::hide, kLines), "use `x`"); }

TEST(AnswersPrinted, TheLastWordsFillOneLine) {
  EXPECT_EQ(last_words("one two three", 9), "two three");
  EXPECT_EQ(last_words("one\n\n  two", 80), "one two");
  EXPECT_EQ(last_words("a\033[31mb\007", 80), "a [31mb ");               // nothing moves the cursor
  EXPECT_EQ(last_words("\u4f60\u597d\u4e16\u754c", 5), "\u4e16\u754c");  // of two columns each
  EXPECT_EQ(last_words("x\xff\xfey", 80), "x y");
  EXPECT_EQ(last_words("abc", 0), "");
}

class Attaching : public testing::Test {
 protected:
  Result<Attachment> read(std::string_view content) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    return read_attachment(path_);
  }
  const OwnFolder own_;
  const std::string path_ = (own_.path() / "attached.py").string();
};

TEST_F(Attaching, IsNamedAndFenced) {
  EXPECT_EQ(read("x = 1\n")->fenced(), "attached.py:\n```py\nx = 1\n```\n");
  EXPECT_EQ(read("x")->fenced(), "attached.py:\n```py\nx\n```\n");
  EXPECT_EQ(read("````\n")->fenced(), "attached.py:\n`````py\n````\n`````\n");
}

TEST_F(Attaching, WhatIsNotTextIsRefused) {
  EXPECT_THAT(error_of(read(std::string("GGUF\0\0", 6))), HasSubstr("is not text"));
  EXPECT_THAT(error_of(read("\xff\xfeh")), HasSubstr("is not text"));
  EXPECT_THAT(error_of(read("")), HasSubstr("is empty"));
  EXPECT_THAT(error_of(read_attachment("/dev/zero")), HasSubstr("/dev/zero"));
  EXPECT_THAT(error_of(read_attachment(own_folder())), HasSubstr(own_folder().string()));
}

}  // namespace
}  // namespace hearth
