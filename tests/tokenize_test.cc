// hearth tokenize and hearth detokenize, as a user types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/own_folder_testing.h"
#include "formats/gguf_writer.h"
#include "program.h"

namespace hearth {
namespace {

// A file with a small SentencePiece vocabulary and no tensors.
class Tokenize : public testing::Test {
 protected:
  void SetUp() override {
    static constexpr std::string_view kTokens[] = {"<unk>", "<s>",     "</s>",  "\u2581",
                                                   "a",     "\u2581a", "<0x0A>"};
    static constexpr float kScores[] = {0, 0, 0, -1, -2, -3, 0};
    static constexpr int32_t kTypes[] = {2, 3, 3, 1, 1, 1, 6};
    GgufContents contents;
    auto set = [&](std::string_view key, const GgufValue& value) {
      EXPECT_TRUE(contents.set(key, value).ok());
    };
    set("general.architecture", std::string_view("llama"));
    set("tokenizer.ggml.model", std::string_view("llama"));
    set("tokenizer.ggml.tokens", GgufArray(std::span<const std::string_view>(kTokens)));
    set("tokenizer.ggml.scores", GgufArray(std::span<const float>(kScores)));
    set("tokenizer.ggml.token_type", GgufArray(std::span<const int32_t>(kTypes)));
    model_ = write("model.gguf", contents);
    GgufContents none;
    EXPECT_TRUE(none.set("general.architecture", std::string_view("llama")).ok());
    EXPECT_TRUE(none.set("tokenizer.ggml.model", std::string_view("no_vocab")).ok());
    mute_ = write("mute.gguf", none);
  }

  std::string write(const char* name, const GgufContents& contents) {
    auto path = folder_ / name;
    auto writer = GgufWriter::create(path, contents);
    EXPECT_TRUE(writer.ok() && writer->commit().ok());
    return path.string();
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
  std::string model_, mute_;
};

TEST_F(Tokenize, TextFromAnOption) {
  EXPECT_EQ(run_program({"tokenize", model_, "--text", "a</s>a"}).out, "[1,5,2,5]\n");
  EXPECT_EQ(run_program({"tokenize", model_, "--text", "a\na", "--no-special"}).out, "[5,6,4]\n");
  EXPECT_EQ(run_program({"tokenize", model_, "--text", ""}).out, "[1]\n");
}

TEST_F(Tokenize, TheModelMayBeTheFolderOfACheckpoint) {
  std::ofstream(folder_ / "tokenizer.json")
      << R"({"model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "b": 2}, "unk_token": "[UNK]"},
             "pre_tokenizer": {"type": "Whitespace"}})";
  EXPECT_EQ(run_program({"tokenize", folder_.string(), "--text", "a  b c"}).out, "[1,2,0]\n");
  EXPECT_EQ(run_program({"detokenize", folder_.string()}, {.text = "[1,2]\n"}).out, "a b");
  std::filesystem::remove(folder_ / "tokenizer.json");
  auto none = run_program({"tokenize", folder_.string(), "--text", "a"});
  EXPECT_TRUE(none.failed_with("has no tokenizer")) << none.err;
}

TEST_F(Tokenize, TextFromStdin) {
  EXPECT_EQ(run_program({"tokenize", model_}, {.text = "a\n"}).out, "[1,5,6]\n");
  EXPECT_EQ(run_program({"tokenize", model_}).out, "[1]\n");
  using namespace std::string_literals;
  EXPECT_EQ(run_program({"tokenize", model_, "--nul", "--no-special"}, {.text = "a\0\0a a\0"s}).out,
            "[5]\n[]\n[5,5]\n");
  EXPECT_EQ(run_program({"tokenize", model_, "--nul", "--no-special"}, {.text = "a\0a"s}).out, "[5]\n[5]\n");
  EXPECT_EQ(run_program({"tokenize", model_, "--nul"}).out, "");
}

TEST_F(Tokenize, IdsBackToText) {
  EXPECT_EQ(run_program({"detokenize", model_}, {.text = "[1,5,6]\n"}).out, "a\n");
  EXPECT_EQ(run_program({"detokenize", model_}, {.text = "[]\n[5, 5]\r\n\n[5,2,5]"}).out, "\na a\na</s>a");
  using namespace std::string_literals;
  EXPECT_EQ(run_program({"detokenize", model_, "--nul"}, {.text = "[]\n[5]\n"}).out, "\0a\0"s);
}

TEST_F(Tokenize, WrongIdsAreToldByLine) {
  auto failure = [&](const std::string& lines) {
    return run_program({"detokenize", model_}, {.text = lines});
  };
  EXPECT_TRUE(failure("[1]\nx").failed_with("stdin:2: is not a JSON array of token ids"));
  EXPECT_TRUE(failure("{\"a\":1}").failed_with("stdin:1: is not a JSON array of token ids"));
  EXPECT_TRUE(failure("[1]\n\n[7]").failed_with("stdin:3: id 7 is outside the vocabulary of 7 tokens"));
  EXPECT_TRUE(failure("[-1]").failed_with("stdin:1: id -1 is outside the vocabulary"));
  EXPECT_TRUE(failure("[99999999999999]").failed_with("id 99999999999999 is outside the vocabulary"));
  EXPECT_TRUE(failure("[1.5]").failed_with("stdin:1: holds a number, expected token ids"));
  EXPECT_TRUE(failure("[\"a\"]").failed_with("stdin:1: holds a string, expected token ids"));
  EXPECT_TRUE(failure(std::string(100000, '[') + std::string(100000, ']')).failed_with("holds an array"));
}

TEST_F(Tokenize, AModelWithoutATokenizerIsTold) {
  EXPECT_TRUE(run_program({"tokenize", mute_, "--text", "a"}).failed_with("mute.gguf: has no tokenizer"));
  EXPECT_TRUE(run_program({"detokenize", mute_}).failed_with("mute.gguf: has no tokenizer"));
  EXPECT_TRUE(run_program({"tokenize", folder_ / "absent.gguf", "--text", "a"}).failed_with("absent.gguf"));
  EXPECT_EQ(run_program({"tokenize"}).status, 2);
}

}  // namespace
}  // namespace hearth
