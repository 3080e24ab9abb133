// hearth run and hearth debug logits, as a user types them: the built-in model, other people's files, and files
// that are wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/own_folder_testing.h"
#include "conformance.h"
#include "files.h"
#include "program.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

nlohmann::json golden() {
  return nlohmann::json::parse(read(HEARTH_SOURCE_DIR "/models/hearth-tiny.golden.json"));
}

class Files : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST(Run, TheBuiltInModelTellsAStory) {
  auto usual = run_program({"run", "--raw", "-p", "Once upon a time", "--temperature", "0"});
  ASSERT_EQ(usual.status, 0) << usual.err;
  EXPECT_GT(usual.out.size(), 200u);
  // To the letter where no input is rounded.
  auto run = run_program(
      {"run", "--raw", "-p", "Once upon a time", "--temperature", "0", "--mmap", "--cache-type", "f32"});
  const auto expected = golden();
  for (const auto& each : expected["complete"]) {
    if (each["prompt"] == "Once upon a time") { EXPECT_EQ(run.out, each["text"].get<std::string>()); }
  }
}

// Some templates go through the tools without asking whether there are any.
TEST_F(Files, ATemplateThatCountsOnToolsIsGivenNone) {
  std::string chat = put("tools.jinja",
                         "{%- for tool in tools %}{{ tool.function.name }}{% endfor -%}"
                         "{%- for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor -%}");
  auto run = run_program({"run", "-p", "Hi", "-n", "4", "--temperature", "0", "--chat-template", chat});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_FALSE(run.out.empty());
}

TEST_F(Files, AnAnswerFollowsItsGrammar) {
  std::string schema = put("schema.json", R"({"enum": ["red", "blue"]})");
  auto run = run_program({"run", "-p", "Which color?", "--temperature", "0", "--json-schema", schema});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_TRUE(run.out == "\"red\"\n" || run.out == "\"blue\"\n") << run.out;
  run = run_program({"run", "--raw", "-p", "Which color? ", "--choices", "[\"red\"]"});
  EXPECT_THAT(run.out, StartsWith("red"));
  EXPECT_TRUE(run_program({"run", "-p", "a", "--regex", "("}).failed_with("--regex: "));
}

TEST(Run, TheBuiltInModelKnowsHearth) {
  auto run = run_program({"run", "-p", "How do I serve a model?", "--temperature", "0"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("`hearth serve"));
  EXPECT_EQ(run.err, "");  // quiet in a pipe
}

TEST(Run, ChatsAreThoseOfItsTraining) {
  const auto expected = golden();
  for (const auto& each : expected["chat"]) {
    const auto& messages = each["messages"];
    if (messages.size() != 1) continue;
    std::vector<std::string> arguments = {"run", "-p", messages[0]["content"], "--temperature", "0"};
    // Where a choice was close, only products of inputs that are not rounded make it again.
    if (each["smallest_margin"] < 0.1) arguments.insert(arguments.end(), {"--mmap", "--cache-type", "f32"});
    auto run = run_program(arguments);
    EXPECT_EQ(run.out, each["text"].get<std::string>() + "\n");
  }
}

TEST(Run, StandardInputIsThePrompt) {
  auto with_option =
      run_program({"run", "--raw", "-p", "Once upon a time", "--temperature", "0", "-n", "20"});
  auto with_stdin =
      run_program({"run", "--raw", "--temperature", "0", "-n", "20"}, {.text = "Once upon a time"});
  ASSERT_EQ(with_stdin.status, 0) << with_stdin.err;
  EXPECT_EQ(with_stdin.out, with_option.out);
}

TEST(Run, AnEmptyQuestionIsNone) {
  EXPECT_TRUE(run_program({"run"}).failed_with("the prompt is empty"));
  EXPECT_TRUE(run_program({"run", "--raw"}, {.text = ""}).status == 0);  // a text may begin from nothing
}

TEST(Run, ASeedChoosesTheSameTokens) {
  auto once = [](const char* seed, const char* threads) {
    return run_program({"run", "--raw", "-p", "Once", "--temperature", "1", "--seed", seed, "-n", "40",
                        "--threads", threads})
        .out;
  };
  EXPECT_EQ(once("7", "1"), once("7", "2"));
  EXPECT_NE(once("7", "1"), once("8", "1"));
}

TEST(Run, EveryInstructionSetTellsTheSameStory) {
  auto story = [](const char* isa) {
    return run_program({"run", "--raw", "-p", "Once upon a time", "--temperature", "0", "-n", "60", "--mmap",
                        "--cache-type", "f32"},
                       {.environment = {std::string("HEARTH_ISA=") + isa}});
  };
  auto scalar = story("scalar");
  ASSERT_EQ(scalar.status, 0) << scalar.err;
  for (const char* isa : {"avx2", "avx512"}) {
    auto run = story(isa);
    if (run.status == 1 && run.err.find("this processor") != std::string::npos) continue;  // it lacks the set
    ASSERT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(run.out, scalar.out) << isa;
  }
  EXPECT_TRUE(story("mmx").failed_with("HEARTH_ISA"));
}

TEST(Run, NothingIsCutInSilence) {
  std::string text(3000, 'x');
  EXPECT_TRUE(run_program({"run", "--raw", "-p", text, "--ctx", "64"}).failed_with("--ctx"));
  auto full = run_program({"run", "--raw", "-p", "Once upon a time", "--temperature", "0", "--ctx", "16"});
  EXPECT_EQ(full.status, 0);
  EXPECT_THAT(full.err, HasSubstr("the context of 16 tokens is full"));
}

// Where both go to one place, as on a terminal.
TEST(Run, AWarningBehindAnAnswerHasALineOfItsOwn) {
  const std::vector<std::string> words = {"run",           "--raw", "-p",    "Once upon a time",
                                          "--temperature", "0",     "--ctx", "16"};
  ProgramInput input;
  input.one_pipe = true;
  auto apart = run_program(words), together = run_program(words, input);
  ASSERT_FALSE(apart.out.ends_with('\n'));
  size_t full = apart.err.find("warning: the context of 16 tokens is full");
  ASSERT_NE(full, std::string::npos) << apart.err;
  EXPECT_EQ(together.out, apart.err.substr(0, full) + apart.out + "\n" + apart.err.substr(full));
}

TEST(Run, ASessionThatCannotBeSavedIsKnownBeforeItBegins) {
  std::string file = temporary("hearth_no_such_folder") + "/talk.session";
  EXPECT_TRUE(run_program({"run", "-p", "Hello", "--session", file}).failed_with(file + ": cannot create"));
}

TEST(Run, AQuestionNeedsNoOption) {
  const std::vector<std::string> rest = {"-n", "5", "--temperature", "0"};
  std::vector<std::string> named = {"run", kBuiltin, "-p", "Hello"}, bare = {"run", kBuiltin, "Hello"};
  for (auto* words : {&named, &bare}) words->insert(words->end(), rest.begin(), rest.end());
  EXPECT_EQ(run_program(bare).out, run_program(named).out);
  // A schema or a grammar may be a file, or itself.
  bare.insert(bare.end(), {"--json-schema", R"({"type": "boolean"})"});
  EXPECT_THAT(run_program(bare).out, testing::AnyOf("true\n", "false\n"));
  named.insert(named.end(), {"--grammar", R"(root ::= "yes" | "no")"});
  EXPECT_THAT(run_program(named).out, testing::AnyOf("yes\n", "no\n"));
}

TEST(Run, WrongUsage) {
  EXPECT_EQ(run_program({"run", "--ctx", "-3", "-p", "a"}).status, 2);
  EXPECT_EQ(run_program({"run", "--no-such-option"}).status, 2);
  EXPECT_TRUE(run_program({"run", "no-such-file.gguf", "-p", "a"}).failed_with("no-such-file.gguf"));
  EXPECT_TRUE(run_program({"run", "--temperature", "-1", "-p", "a"}).failed_with("temperature"));
}

TEST(Run, GuessesChangeNoWord) {
  std::vector<std::string> ask = {"run", "--raw", "-p",     "The cat sat on the mat. The cat sat on",
                                  "-n",  "60",    "--seed", "5"};
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), ask.begin(), ask.end());
    return run_program(more);
  };
  auto plain = with({"--speculate", "off"});
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(with({"--speculate", "lookup"}).out, plain.out);
  EXPECT_EQ(with({"--draft-model", kBuiltin, "--draft-tokens", "3"}).out, plain.out);
  EXPECT_TRUE(with({"--speculate", "mtp"}).failed_with("has no draft layers"));
  EXPECT_TRUE(with({"--speculate", "model"}).failed_with("takes --draft-model"));
  EXPECT_TRUE(with({"--speculate", "off", "--draft-model", kBuiltin}).failed_with("does not go with"));
  EXPECT_EQ(with({"--draft-tokens", "0"}).status, 2);
}

TEST_F(Files, AConversationGoesOnFromItsFile) {
  std::string file = (folder_ / "talk.session").string();
  auto first =
      run_program({"run", "--session", file, "-p", "What is your name?", "--temperature", "0", "-n", "20"});
  ASSERT_EQ(first.status, 0) << first.err;
  auto second =
      run_program({"run", "--session", file, "-p", "And who made you?", "--temperature", "0", "-n", "20"});
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("goes on after"));
  // As if it had been one conversation: with what was said before, the answer is another.
  auto alone = run_program({"run", "-p", "And who made you?", "--temperature", "0", "-n", "20"});
  EXPECT_EQ(alone.status, 0);
  std::string bytes = read(file);
  EXPECT_THAT(bytes, HasSubstr("What is your name?"));
  EXPECT_THAT(bytes, HasSubstr("And who made you?"));
  auto other = run_program({"run", "--session", file, "--cache-type", "f32", "-p", "a"});
  EXPECT_TRUE(other.failed_with("keys and values of other types")) << other.err;
  bytes[bytes.size() / 2] ^= 1;
  auto damaged = run_program({"run", "--session", put("damaged.session", bytes), "-p", "a"});
  EXPECT_TRUE(damaged.failed_with("damaged.session")) << damaged.err;
  EXPECT_TRUE(run_program({"run", "--session", put("no.session", "hello"), "-p", "a"})
                  .failed_with("is not a session"));
}

TEST_F(Files, ADefinitionThatDoesNotFitIsRefusedWithItsPlace) {
  std::string good = run_program({"arch", "show", "llama"}).out;
  struct Row {
    const char* from;
    const char* to;
    const char* message;
  };
  const Row rows[] = {
      {"[ffn, dim]", "[dim, dim]", "blk.0.ffn_gate.weight is (512, 256) in the file, (256, 256) here"},
      {"rms(x, attn_norm)", "rms(x, attention_norm)", "unknown name `attention_norm`"},
      {"ffn_norm", "ffn_norm_2", "blk.0.ffn_norm_2.weight is not in the file"},
      {"logits = output(rms(x, output_norm))", "logits = output(x)\n  unused = output_norm[1:]",
       "output_norm"},
  };
  for (const Row& row : rows) {
    std::string text = good;
    for (size_t at = text.find(row.from); at != std::string::npos;
         at = text.find(row.from, at + std::string(row.to).size())) {
      text.replace(at, std::string(row.from).size(), row.to);
    }
    auto run = run_program({"run", kBuiltin, "--arch", put("mine.arch", text), "--raw", "-p", "a"});
    EXPECT_EQ(run.status, 1) << row.to;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.err, StartsWith("error: "));
    EXPECT_THAT(run.err, HasSubstr("mine.arch:"));
    EXPECT_THAT(run.err, HasSubstr(row.message));
    EXPECT_THAT(run.err, HasSubstr("^"));
  }
  std::string fewer = good;
  size_t at = fewer.find("    ffn_up  ");
  ASSERT_NE(at, std::string::npos);
  fewer.erase(at, fewer.find('\n', at) + 1 - at);
  fewer.replace(fewer.find(" * ffn_up(h)"), 12, "");
  auto run = run_program({"run", kBuiltin, "--arch", put("mine.arch", fewer), "--raw", "-p", "a"});
  EXPECT_TRUE(run.failed_with("not declared by mine.arch: blk.0.ffn_up.weight")) << run.err;
}

TEST_F(Files, ADefinitionOfOnesOwnRuns) {
  std::string same = run_program({"arch", "show", "llama"}).out;
  auto expected = run_program({"run", "--raw", "-p", "Once", "--temperature", "0", "-n", "20"});
  auto run = run_program({"run", kBuiltin, "--arch", put("mine.arch", same), "--raw", "-p", "Once",
                          "--temperature", "0", "-n", "20"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, expected.out);
}

TEST_F(Files, ATruncatedFileIsRefused) {
  std::string whole = read(kBuiltin);
  for (size_t size : {size_t{0}, size_t{3}, size_t{4}, size_t{23}, size_t{24}, size_t{1000}, size_t{40000},
                      whole.size() / 2, whole.size() - 1}) {
    auto run = run_program({"run", put("cut.gguf", whole.substr(0, size)), "--raw", "-p", "a"});
    EXPECT_TRUE(run.failed_with("cut.gguf")) << size << ": " << run.err;
  }
}

TEST_F(Files, LogitsOfTheBuiltInModelAreThoseOfItsTraining) {
  auto expected = golden()["logits"];
  std::string tokens;
  for (int id : expected["ids"]) tokens += (tokens.empty() ? "" : ",") + std::to_string(id);
  std::string out = (folder_ / "out.f32").string();
  auto run = run_program({"debug", "logits", kBuiltin, "--tokens", tokens, "-o", out});
  ASSERT_EQ(run.status, 0) << run.err;
  std::string bytes = read(out);
  size_t rows = expected["ids"].size(), width = bytes.size() / sizeof(float) / rows;
  std::vector<float> logits(rows * width);
  std::memcpy(logits.data(), bytes.data(), bytes.size());
  // Within what rounding the inputs of quantized products to bytes leaves, as a share of the largest.
  auto top = expected["top"].get<std::vector<std::pair<size_t, double>>>();
  for (const auto& [id, value] : top) {
    EXPECT_NEAR(logits[(rows - 1) * width + id], value, 0.01 * std::abs(top.front().second));
  }
  EXPECT_TRUE(
      run_program({"debug", "logits", kBuiltin, "--tokens", "1,99999", "-o", out}).failed_with("99999"));
  EXPECT_TRUE(run_program({"debug", "logits", kBuiltin, "--tokens", "1,-1", "-o", out}).failed_with("-1"));
}

TEST(Stories, AnotherProgramsModelWritesTheSameText) {
  CONFORMANCE_OR_SKIP(folder, "stories");
  auto run = run_program({"run", (folder / "stories260K.gguf").string(), "--raw", "-p", "", "-n", "200",
                          "--temperature", "0", "--ctx", "512"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, read(folder / "expected_stdout.txt"));
}

}  // namespace
}  // namespace hearth
