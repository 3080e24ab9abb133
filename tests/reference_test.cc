// Completions, manual pages, and what people type from habit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.h"
#include "program.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Reference, ShellsCompleteEveryCommand) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    ProgramRun run = run_program({"completions", shell});
    ASSERT_EQ(run.status, 0) << run.err;
    for (const char* part : {"serve", "keep-alive", "logits", "completions"})
      EXPECT_THAT(run.out, HasSubstr(part)) << shell;
  }
  EXPECT_EQ(run_program({"completions", "tcsh"}).status, 2);
}

TEST(Reference, EveryCommandHasAPage) {
  ProgramRun all = run_program({"man"});
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr(".SH COMMANDS\n.TP\n.B run\n"));
  ProgramRun serve = run_program({"man", "serve"});
  EXPECT_THAT(serve.out, HasSubstr(".TH HEARTH\\-SERVE 1"));
  EXPECT_THAT(serve.out, HasSubstr("\\-\\-keep\\-alive"));
  EXPECT_THAT(serve.out, HasSubstr(".SH EXAMPLE\n.nf\nhearth serve model.gguf \\-\\-port 8080\n"));
  EXPECT_THAT(run_program({"man", "debug", "logits"}).out, HasSubstr(".TH HEARTH\\-DEBUG\\-LOGITS 1"));
  EXPECT_TRUE(run_program({"man", "fly"}).failed_with("hearth has no command fly"));
}

TEST(Reference, HabitsAreUnderstood) {
  ProgramRun ours = run_program(
      {"run", kBuiltin, "--ctx", "256", "--temperature", "0", "--tokens", "5", "--raw", "-p", "Once"});
  ProgramRun theirs = run_program({"run",  "-m", kBuiltin, "-c",    "256",     "--temp=0", "-n",  "5",
                                   "-ngl", "99", "-fa",    "on",    "--jinja", "-ctk",     "f16", "-ctv",
                                   "f16",  "-b", "512",    "--raw", "-p",      "Once"});
  ASSERT_EQ(theirs.status, 0) << theirs.err;
  EXPECT_EQ(theirs.out, ours.out);
  EXPECT_THAT(theirs.err, HasSubstr("-c is called --ctx here\n"));
  EXPECT_THAT(theirs.err, HasSubstr("-ngl: says nothing here"));
  EXPECT_THAT(run_program({"serve", "--mmproj", "x"}).err, HasSubstr("error: --mmproj: models that see"));
  EXPECT_THAT(run_program({"run", "-c"}).err, HasSubstr("error: -c: expected a value"));
  // A command that has no model has no such options.
  EXPECT_THAT(run_program({"list", "-m", "x"}).err, Not(HasSubstr("is called")));
}

TEST(Reference, AWrongOptionIsAnsweredWithTheRightOne) {
  ProgramRun run = run_program({"run", "--temprature", "3"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("did you mean --temperature?; see hearth run --help"));
  EXPECT_THAT(run_program({"run", "--wholly-unlike"}).err, Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace hearth
