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

// As bash asks, for the last of these words.
TEST(Reference, BashCompletesWhatIsBegun) {
  std::string script = run_program({"completions", "bash"}).out;
  auto completed = [&](const std::string& words) {
    std::string ask =
        script + "\nCOMP_WORDS=(" + words +
        ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\ncd /usr\n_hearth\necho \"${COMPREPLY[*]}\"\n";
    std::string file = temporary("hearth_completions.sh"), out;
    std::ofstream(file) << ask;
    FILE* pipe = ::popen(("bash " + file).c_str(), "r");
    char chunk[4096];
    for (size_t count; (count = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) out.append(chunk, count);
    ::pclose(pipe);
    return out;
  };
  EXPECT_EQ(completed("hearth r"), "run rm\n");
  EXPECT_EQ(completed("hearth run model.gguf --temp"), "--temperature\n");
  EXPECT_EQ(completed("hearth run --reasoning f"), "fold\n");
  EXPECT_EQ(completed("hearth completions z"), "zsh\n");
  EXPECT_EQ(completed("hearth debug log"), "logits\n");
  EXPECT_EQ(completed("hearth run shar"), "share\n");  // files
  EXPECT_THAT(completed("hearth run ''"), testing::AllOf(HasSubstr("share"), Not(HasSubstr("--"))));
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
  EXPECT_THAT(theirs.err, HasSubstr("given together here: --cache-type f16,f16\n"));
  EXPECT_EQ(run_program({"run", kBuiltin, "Once", "--ctx", "256", "--temp", "0", "-n", "5", "-no-cnv"}).out,
            ours.out);
  // What says how the answer is to be is never passed over.
  for (const char* word : {"-f", "-e", "-r", "--override-kv", "--lora-scaled", "--pooling", "--prompt-cache"})
    EXPECT_TRUE(run_program({"run", word, "x"}).err.starts_with(std::string("error: ") + word + ": "))
        << word;
  EXPECT_THAT(run_program({"-m", kBuiltin}).err, HasSubstr("a command comes first, as in hearth run -m"));
  EXPECT_THAT(run_program({"run", "-s", "Talk."}).err, HasSubstr("-s is called --seed here"));
  EXPECT_THAT(run_program({"serve", "--mmproj", "x"}).err, HasSubstr("error: --mmproj: models that see"));
  EXPECT_THAT(run_program({"run", "-c"}).err, HasSubstr("error: -c: expected a value"));
  // A command that has no model has no such options.
  EXPECT_THAT(run_program({"list", "-m", "x"}).err, Not(HasSubstr("is called")));
}

TEST(Reference, CommandsAreFoundByOtherNames) {
  EXPECT_THAT(run_program({}).out, HasSubstr("First steps:"));
  EXPECT_EQ(run_program({}).status, 0);
  EXPECT_EQ(run_program({"help"}).out, run_program({"--help"}).out);
  EXPECT_EQ(run_program({"help", "run"}).out, run_program({"run", "--help"}).out);
  EXPECT_EQ(run_program({"help", "debug", "logits"}).out, run_program({"debug", "logits", "--help"}).out);
  EXPECT_EQ(run_program({"version"}).out, run_program({"--version"}).out);
  ProgramRun run = run_program({"chat", "--raw", "-p", "Once", "-n", "3", "--temperature", "0"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "chat is called run here\n");
  ProgramRun wrong = run_program({"hepl"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.err, "error: there is no command \"hepl\"; see hearth --help\n");
  for (const char* word : {"ps", "create", "cp", "stop", "push"}) {
    ProgramRun ollamas = run_program({word, "x"});
    EXPECT_EQ(ollamas.status, 2);
    EXPECT_TRUE(ollamas.err.starts_with(std::string("error: there is no command \"") + word + "\": "));
  }
  EXPECT_EQ(run_program({"arch"}).err,
            "error: hearth arch takes one of list, show, check, draft; see hearth arch --help\n");
  EXPECT_EQ(run_program({"serv"}).err,
            "error: there is no command \"serv\"; did you mean serve?; see hearth --help\n");
}

TEST(Reference, WrongNumbersAreToldApart) {
  EXPECT_THAT(run_program({"run", "-n", "abc"}).err,
              HasSubstr("--tokens: is \"abc\", expected a number, 0 or more"));
  EXPECT_THAT(run_program({"run", "-n", "-1"}).err, HasSubstr("expected a number, 0 or more"));
  EXPECT_THAT(run_program({"run", "--ctx", "0"}).err, HasSubstr("expected a number above 0"));
  EXPECT_THAT(run_program({"run", "--seed", "many"}).err,
              HasSubstr("--seed = many: is not what the option takes"));
  EXPECT_EQ(run_program({"serve", "--port", "99999"}).status, 2);
}

TEST(Reference, AWrongOptionIsAnsweredWithTheRightOne) {
  ProgramRun run = run_program({"run", "--temprature", "3"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("did you mean --temperature?; see hearth run --help"));
  EXPECT_THAT(run_program({"run", "--wholly-unlike"}).err, Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace hearth
