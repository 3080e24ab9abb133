// hearth debug template, as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/own_folder_testing.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status;
  std::string out, err;
};

class DebugTemplate : public testing::Test {
 protected:
  fs::path write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Outcome run(std::string_view source, std::string_view context, const std::string& more = "") {
    fs::path file = write("t.jinja", source), values = write("c.json", context);
    std::string command = std::string(HEARTH_PROGRAM) + " debug template " + file.string() + " " +
                          values.string() + " " + more + " > " + (folder_ / "out").string() + " 2> " +
                          (folder_ / "err").string();
    int status = std::system(command.c_str());
    return {WEXITSTATUS(status), read("out"), read("err")};
  }

  const OwnFolder own_;
  const fs::path& folder_ = own_.path();
};

TEST_F(DebugTemplate, PrintsTheTextAndNothingElse) {
  Outcome outcome =
      run("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}{{ add_generation_prompt }}\n\n",
          R"({"messages": [{"role": "user", "content": "héllo"}]})");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "<s>hélloTrue\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(DebugTemplate, TakesTheTimeAndTheContextsOwnTokens) {
  Outcome outcome = run("{{ strftime_now('%Y-%m-%d %H:%M') }}{{ eos_token }}", R"({"eos_token": "<end>"})",
                        "--now 2026-01-15T09:30:00");
  EXPECT_EQ(outcome.out, "2026-01-15 09:30<end>") << outcome.err;
}

TEST_F(DebugTemplate, AnErrorIsOneLineThatNamesThePlace) {
  Outcome outcome = run("a\n{{ x.y }}", "{}");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "error: " + (folder_ / "t.jinja").string() + ":2:5: \"x\" is undefined\n");
}

TEST_F(DebugTemplate, SaysWhatIsWrongWithItsInput) {
  EXPECT_THAT(run("", "[1]").err, testing::HasSubstr("expected an object of variables"));
  EXPECT_THAT(run("", "{").err, testing::HasSubstr("c.json"));
  EXPECT_THAT(run("", "{}", "--now yesterday").err, testing::HasSubstr("--now"));
  EXPECT_EQ(run("", "{").status, 1);
}

TEST_F(DebugTemplate, KnowsGenerationBlocksWhenAsked) {
  EXPECT_EQ(run("{% generation %}x{% endgeneration %}", "{}").status, 1);
  EXPECT_EQ(run("{% generation %}x{% endgeneration %}", "{}", "--generation").out, "x");
}

}  // namespace
}  // namespace hearth
