// hearth inspect, as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/own_folder_testing.h"
#include "formats/gguf_bytes.h"
#include "formats/gguf_writer.h"
#include "formats/safetensors_writer.h"
#include "program.h"

namespace hearth {
namespace {

using namespace testing_gguf;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class Inspect : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }

  // A small model: two tensors, and metadata of the kinds that the summary shows.
  GgufContents model() {
    static constexpr std::string_view kTokens[] = {"<s>", "a", "b"};
    GgufContents contents;
    auto set = [&](std::string_view key, const GgufValue& value) {
      EXPECT_TRUE(contents.set(key, value).ok());
    };
    set("general.architecture", std::string_view("llama"));
    set("general.name", std::string_view("Tiny\x1b[2J"));
    set("llama.context_length", uint32_t{2048});
    set("tokenizer.ggml.model", std::string_view("llama"));
    set("tokenizer.ggml.tokens", GgufArray(std::span<const std::string_view>(kTokens)));
    const uint64_t embedding[] = {3, 64}, norm[] = {64};
    EXPECT_TRUE(contents.add_tensor("token_embd.weight", Type::q8_0, embedding).ok());
    EXPECT_TRUE(contents.add_tensor("output_norm.weight", Type::f32, norm).ok());
    return contents;
  }
  std::vector<std::filesystem::path> write(const GgufContents& contents, SplitLimits limits = {}) {
    auto writer = GgufWriter::create(folder_ / "tiny.gguf", contents, limits);
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE(writer->write("token_embd.weight", std::vector<std::byte>(204)).ok());
    EXPECT_TRUE(writer->write("output_norm.weight", std::vector<std::byte>(256)).ok());
    EXPECT_TRUE(writer->commit().ok());
    return {writer->paths().begin(), writer->paths().end()};
  }
  static json json_of(const ProgramRun& run) {
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_EQ(run.err, "");
    return json::parse(run.out, nullptr, false);
  }
  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(Inspect, ShowsAModel) {
  std::string path = write(model())[0].string();
  ProgramRun run = run_program({"inspect", path, "--tensors"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, path + R"(

format        GGUF 3
architecture  llama
name          Tiny\x1b[2J
parameters    256
weights       460 B, 14.38 bits per parameter
size          864 B
context       2,048 tokens
tokenizer     llama, 3 tokens

2 tensors
  f32   1  256 B  55.7 %
  q8_0  1  204 B  44.3 %

metadata
  general.architecture   string     "llama"
  general.name           string     "Tiny\x1b[2J"
  llama.context_length   u32        2048
  tokenizer.ggml.model   string     "llama"
  tokenizer.ggml.tokens  string[3]  "<s>", "a", "b"

tensors (innermost dimension first)
  token_embd.weight   q8_0  [64, 3]  204 B
  output_norm.weight  f32   [64]     256 B
)");
}

TEST_F(Inspect, ShortensWhatIsLong) {
  std::string strings, numbers;
  for (int i = 0; i < 32'000; ++i) {
    strings += str(fmt::format("token{}", i));
    numbers += u32(static_cast<uint32_t>(i));
  }
  std::string path = put("long.gguf", File{.keys = {key("strings", kArray, array(kString, 32'000, strings)),
                                                    key("numbers", kArray, array(kU32, 32'000, numbers)),
                                                    key("text", kString, str(std::string(5000, 'x') + "\n")),
                                                    key(std::string(5000, 'k'), kU8, "\1")}}
                                          .bytes());
  ProgramRun run = run_program({"inspect", path});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, HasSubstr("string[32,000]  \"token0\", \"token1\", "));
  EXPECT_THAT(run.out, HasSubstr("u32[32,000]     0, 1, 2, 3, 4, 5, 6, 7, ...\n"));
  EXPECT_THAT(run.out, HasSubstr("xxx...\"\n"));
  EXPECT_LT(run.out.size(), 2000u);
}

TEST_F(Inspect, JsonOfAModel) {
  auto paths = write(model());
  json document = json_of(run_program({"inspect", paths[0].string(), "--json"}));
  ASSERT_TRUE(document.is_object());
  EXPECT_EQ(document["format"], "gguf");
  EXPECT_EQ(document["version"], 3);
  EXPECT_EQ(document["architecture"], "llama");
  EXPECT_EQ(document["parameters"], 256);
  EXPECT_EQ(document["bytes"], 204 + 256);
  EXPECT_EQ(document["metadata"]["llama.context_length"], 2048);
  EXPECT_EQ(document["metadata"]["tokenizer.ggml.tokens"], json({"<s>", "a", "b"}));
  ASSERT_EQ(document["tensors"].size(), 2u);
  EXPECT_EQ(document["tensors"][0], json({{"name", "token_embd.weight"},
                                          {"type", "q8_0"},
                                          {"shape", {64, 3}},
                                          {"offset", 0},
                                          {"bytes", 204}}));
  EXPECT_EQ(document["tensors"][1]["offset"], 224);
  EXPECT_EQ(document["files"][0]["bytes"], std::filesystem::file_size(paths[0]));
}

TEST_F(Inspect, JsonIsValidWhateverTheFileHolds) {
  std::string path = put(
      "odd.gguf", File{.keys = {key("nan", kF32, raw(NAN)), key("inf", kF64, raw(-double{INFINITY})),
                                key("floats", kArray, array(kF32, 2, raw(INFINITY) + raw(1.5f))),
                                key("bytes \xff", kString, str("a\xff\x01")),
                                key("big", kU64, u64(UINT64_MAX)), key("none", kArray, array(kU8, 0, ""))}}
                      .bytes());
  json document = json_of(run_program({"inspect", path, "--json"}));
  ASSERT_TRUE(document.is_object());
  EXPECT_EQ(document["metadata"], json({{"nan", "NaN"},
                                        {"inf", "-Infinity"},
                                        {"floats", {"Infinity", 1.5}},
                                        {"bytes \xef\xbf\xbd", "a\xef\xbf\xbd\x01"},
                                        {"big", UINT64_MAX},
                                        {"none", json::array()}}));
  EXPECT_TRUE(document["architecture"].is_null());
  EXPECT_EQ(document["tensors"], json::array());
}

TEST_F(Inspect, ASplitSetIsOneModel) {
  auto paths = write(model(), {.tensors = 1});
  ASSERT_EQ(paths.size(), 2u);
  json document = json_of(run_program({"inspect", paths[0].string(), "--json"}));
  EXPECT_EQ(document["files"].size(), 2u);
  EXPECT_EQ(document["tensors"][0]["file"], 0);
  EXPECT_EQ(document["tensors"][1]["file"], 1);
  EXPECT_THAT(run_program({"inspect", paths[0].string()}).out, HasSubstr("files         2\n"));
  EXPECT_TRUE(
      run_program({"inspect", paths[1].string()}).failed_with("is file 2 of a set of 2; open the first"));
}

TEST_F(Inspect, ACheckpoint) {
  SafetensorsContents contents;
  ASSERT_TRUE(contents.set("format", "pt").ok());
  const uint64_t embedding[] = {5, 4}, norm[] = {4};
  ASSERT_TRUE(contents.add_tensor("model.embed_tokens.weight", Type::bf16, embedding).ok());
  ASSERT_TRUE(contents.add_tensor("model.norm.weight", Type::bf16, norm).ok());
  auto writer = SafetensorsWriter::create(folder_ / "model.safetensors", contents, {.tensors = 1});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->write("model.embed_tokens.weight", std::vector<std::byte>(40)).ok());
  ASSERT_TRUE(writer->write("model.norm.weight", std::vector<std::byte>(8)).ok());
  ASSERT_TRUE(writer->commit().ok());
  put("config.json", R"({"model_type": "qwen2", "max_position_embeddings": 4096, "limit": [0.0, Infinity]})");

  json document = json_of(run_program({"inspect", folder_.string(), "--json"}));
  ASSERT_TRUE(document.is_object());
  EXPECT_EQ(document["format"], "safetensors");
  EXPECT_TRUE(document["version"].is_null());
  EXPECT_EQ(document["architecture"], "qwen2");
  EXPECT_EQ(document["metadata"], json({{"format", "pt"}}));
  EXPECT_EQ(document["parameters"], 24);
  EXPECT_EQ(document["bytes"], 48);
  EXPECT_EQ(document["tensors"][0], json({{"name", "model.embed_tokens.weight"},
                                          {"type", "bf16"},
                                          {"shape", {5, 4}},
                                          {"offset", 0},
                                          {"bytes", 40},
                                          {"file", 0}}));
  std::string text = run_program({"inspect", folder_.string(), "--tensors"}).out;
  EXPECT_THAT(text, HasSubstr("format        safetensors\nfiles         2\narchitecture  qwen2\n"));
  EXPECT_THAT(text, HasSubstr("context       4,096 tokens\n"));
  EXPECT_THAT(text,
              HasSubstr("tensors (outermost dimension first)\n  model.embed_tokens.weight  bf16  [5, 4]"));
  std::string one = (folder_ / "model-00002-of-00002.safetensors").string();
  EXPECT_EQ(json_of(run_program({"inspect", one, "--json"}))["bytes"], 8);

  put("config.json", "{\"model_type\": }");
  EXPECT_TRUE(run_program({"inspect", folder_.string()})
                  .failed_with("config.json: line 1, column 16: expected a value"));
}

TEST_F(Inspect, FailuresAreOneLine) {
  EXPECT_TRUE(run_program({"inspect", (folder_ / "none.gguf").string()})
                  .failed_with("none.gguf: cannot open: No such file"));
  EXPECT_TRUE(run_program({"inspect", folder_.string()}).failed_with("holds no .safetensors file"));
  ASSERT_EQ(::mkfifo((folder_ / "pipe.gguf").c_str(), 0600), 0);
  EXPECT_TRUE(
      run_program({"inspect", (folder_ / "pipe.gguf").string()}).failed_with("is not a regular file"));
  EXPECT_TRUE(run_program({"inspect", put("empty.gguf", "")}).failed_with("empty.gguf: the file is empty"));
  EXPECT_TRUE(run_program({"inspect", put("x.safetensors", "short")})
                  .failed_with("has 5 bytes, expected at least 8"));
  std::string hostile = File{.tensors = {tensor("\n\x1b[2Jerror: fake\n", {8}, 99, 0)}, .data = 32}.bytes();
  EXPECT_TRUE(run_program({"inspect", put("h.gguf", hostile)})
                  .failed_with("\"\\n\\x1b[2Jerror: fake\\n\": type id 99"));
}

TEST_F(Inspect, HugeCountsTakeNoMemory) {
  ProgramInput small{.memory = uint64_t{512} << 20};
  for (const std::string& bytes : {
           File{.key_count = uint64_t{1} << 60}.bytes(),
           File{.tensor_count = uint64_t{1} << 60}.bytes(),
           File{.keys = {key("k", kArray, array(kString, uint64_t{1} << 40, std::string(40, '\1')))}}.bytes(),
           File{.keys = {key("k", kArray, array(kBool, uint64_t{1} << 30, std::string(40, '\1')))}}.bytes(),
           File{.keys = {key("k", kString, u64(uint64_t{1} << 40))}}.bytes(),
       }) {
    ProgramRun run = run_program({"inspect", put("huge.gguf", bytes)}, small);
    EXPECT_TRUE(run.failed_with("huge.gguf: ")) << run.err;
  }
}

TEST_F(Inspect, TwoHundredThousandKeys) {
  File file;
  for (int i = 0; i < 200'000; ++i) file.keys.push_back(key(fmt::format("key.{}", i), kU8, "\1"));
  ProgramRun run = run_program({"inspect", put("keys.gguf", file.bytes()), "--json"});
  EXPECT_EQ(json_of(run)["metadata"].size(), 200'000u);
}

TEST_F(Inspect, ClosedOutputIsNoCrash) {
  File file;
  for (int i = 0; i < 20'000; ++i) file.keys.push_back(key(fmt::format("key.{}", i), kU8, "\1"));
  ProgramRun run = run_program({"inspect", put("keys.gguf", file.bytes())}, {.output_closed = true});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "");
}

TEST(Usage, WrongUsageExitsWith2) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"arch"}, {"inspect"}, {"inspect", "a", "b"}, {"inspect", "a", "--nonsense"}, {"nonsense"}}) {
    ProgramRun run = run_program(arguments);
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(run.err.starts_with("error: ")) << run.err;
    EXPECT_THAT(run.err, HasSubstr("--help\n"));
  }
  EXPECT_THAT(run_program({"inspect"}).err, HasSubstr("see hearth inspect --help"));
}

TEST(Usage, HelpShowsAnExample) {
  ProgramRun run = run_program({"inspect", "--help"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr("Example:\n  hearth inspect model.gguf --tensors"));
  EXPECT_EQ(run_program({"--version"}).status, 0);
  EXPECT_THAT(run_program({"--help"}).out, HasSubstr("inspect"));
}

}  // namespace
}  // namespace hearth
