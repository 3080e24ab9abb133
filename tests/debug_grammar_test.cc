// hearth debug grammar, as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/own_folder_testing.h"
#include "program.h"

namespace hearth {
namespace {

class DebugGrammar : public testing::Test {
 protected:
  std::string write(const char* name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(DebugGrammar, TextsInTheLanguageAndNot) {
  std::string list = write("list.gbnf", "root ::= (\"- \" [a-z]+ \"\\n\")+\n");
  ProgramRun right = run_program({"debug", "grammar", list}, {.text = "- a\n- bc\n"});
  EXPECT_EQ(right.status, 0);
  EXPECT_EQ(right.out + right.err, "");
  EXPECT_TRUE(run_program({"debug", "grammar", list}, {.text = "- a\n-bc\n"})
                  .failed_with("leaves the language at line 2, column 2: expected \" \", found \"bc\\n\""));
  EXPECT_TRUE(run_program({"debug", "grammar", list}, {.text = "- a"})
                  .failed_with("ends too early, after 3 bytes: expected \"\\n\", \"a\" to \"z\""));
}

TEST_F(DebugGrammar, OtherKinds) {
  std::string schema = write("s.json", R"({"type":"array","items":{"type":"integer"}})");
  EXPECT_EQ(run_program({"debug", "grammar", "--schema", schema}, {.text = "[1, 2]"}).status, 0);
  EXPECT_TRUE(run_program({"debug", "grammar", "--schema", schema}, {.text = "[1, x]"})
                  .failed_with("column 5: expected \"-\", \"0\" to \"9\", found \"x]\""));
  EXPECT_EQ(run_program({"debug", "grammar", "--regex", "a+"}, {.text = "aa"}).status, 0);
  EXPECT_TRUE(run_program({"debug", "grammar", "--regex", "a+"}, {.text = "ab"})
                  .failed_with("expected \"a\" or the end"));
  EXPECT_EQ(run_program({"debug", "grammar", "--choices", R"(["a","b"])"}, {.text = "b"}).status, 0);
}

TEST_F(DebugGrammar, WhatIsWrongWithAGrammarIsSaid) {
  EXPECT_TRUE(run_program({"debug", "grammar", write("w.gbnf", "root ::= x")})
                  .failed_with("w.gbnf: column 10: rule \"x\""));
  EXPECT_TRUE(run_program({"debug", "grammar", "--regex", "("})
                  .failed_with("--regex: column 1: this ( is never closed"));
  EXPECT_TRUE(run_program({"debug", "grammar", "/nowhere.gbnf"}).failed_with("/nowhere.gbnf"));
  EXPECT_TRUE(run_program({"debug", "grammar"}).failed_with("no grammar is given"));
  EXPECT_TRUE(run_program({"debug", "grammar", "--regex", "a", "--choices", "[\"a\"]"})
                  .failed_with("more than one grammar"));
}

}  // namespace
}  // namespace hearth
