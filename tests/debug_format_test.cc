// hearth debug format and the chat templates that a user chooses for hearth run, as a user types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/own_folder_testing.h"
#include "files.h"
#include "program.h"

namespace hearth {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ChatFiles : public testing::Test {
 protected:
  std::string put(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(ChatFiles, FormatOfATemplate) {
  std::string file =
      put("t.jinja",
          "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for c in m.tool_calls or [] %}"
          "<call>{{ c.function.name }}{{ c.function.arguments | tojson }}</call>{% endfor %}<|end|>"
          "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}");
  auto run = run_program({"debug", "format", file});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("\"<|assistant|>\""), HasSubstr("\"<|end|>\""),
                             HasSubstr("\"<call>NAME{ARGUMENTS}</call>\"")));
}

TEST_F(ChatFiles, FormatOfModelsAndNames) {
  auto run = run_program({"debug", "format", kBuiltin});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("\"<|end|>\""));
  run = run_program({"debug", "format", "chatml"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("<|im_start|>assistant"));
  run = run_program({"debug", "format", put("bad.jinja", "{% if %}")});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("bad.jinja:1:"));
}

TEST_F(ChatFiles, RunTakesTheTemplateOfTheUsersChoice) {
  auto run = run_program({"run", "-p", "hello", "-n", "1", "--chat-template", "nonesuch"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("\"nonesuch\""), HasSubstr("chatml")));
  run = run_program(
      {"run", "-p", "hello", "-n", "1", "--chat-template", put("t.jinja", "{{ nothing.at.all }}")});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("t.jinja:1:"));
  run = run_program({"run", "-p", "hello", "-n", "1", "--chat-template", put("empty.jinja", "")});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("the file is empty"));
  run = run_program({"run", "-p", "hello", "-n", "4", "--temperature", "0", "--chat-template", "alpaca"});
  EXPECT_EQ(run.status, 0) << run.err;
}

// A pipe gets the answer alone; reasoning only for who asks.
TEST_F(ChatFiles, ReasoningStandsApart) {
  // Whatever the model writes is reasoning here: nothing ends it.
  std::string file =
      put("t.jinja",
          "{% for m in messages %}<|{{ m.role }}|>{{ m.content.split('</think>')[-1] }}<|end|>{% endfor %}"
          "{% if add_generation_prompt %}<|assistant|>{{ '' if enable_thinking is false else '<think>' }}"
          "{% endif %}");
  auto ask = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"run",           "-p", "What is Hearth?", "-n", "12",
                                          "--temperature", "0",  "--chat-template", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto run = run_program(arguments);
    EXPECT_EQ(run.status, 0) << run.err;
    return run.out;
  };
  EXPECT_EQ(ask({}), "\n");
  EXPECT_GT(ask({"--reasoning", "show"}).size(), 8u);
  EXPECT_GT(ask({"--no-thinking"}).size(), 8u);
}

}  // namespace
}  // namespace hearth
