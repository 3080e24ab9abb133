// The folder of a checkpoint in place of a model file, as a user types it: made here of the built-in model, by the
// names and in the order that transformers gives its tensors; and folders that are wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/own_folder_testing.h"
#include "formats/gguf.h"
#include "formats/safetensors_writer.h"
#include "model/builtin.h"
#include "model/numbers.h"
#include "program.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using OrderedJson = nlohmann::ordered_json;

constexpr uint64_t kQueryHeads = 4, kKeyHeads = 2;
constexpr const char* kPromptTokens = "0,5,100,2000,7,42";

struct RandomTensor {
  std::vector<uint64_t> shape;
  std::vector<float> numbers;
};

// GGUF's pairs of neighbours as the halves of a head that a checkpoint has.
RandomTensor halves(const RandomTensor& from, uint64_t heads) {
  RandomTensor to = from;
  uint64_t width = from.shape[1], half = from.shape[0] / heads / 2;
  for (uint64_t head = 0; head < heads; ++head) {
    for (uint64_t i = 0; i < 2 * half; ++i) {
      uint64_t row = head * 2 * half + i / 2 + i % 2 * half;
      std::copy_n(from.numbers.begin() + static_cast<std::ptrdiff_t>((head * 2 * half + i) * width), width,
                  to.numbers.begin() + static_cast<std::ptrdiff_t>(row * width));
    }
  }
  return to;
}

class CheckpointFolder : public testing::Test {
 protected:
  void SetUp() override {
    config_ = OrderedJson::parse(
        R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
      "vocab_size": 2048, "hidden_size": 256, "num_hidden_layers": 5, "num_attention_heads": 4,
      "num_key_value_heads": 2, "intermediate_size": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
      "max_position_embeddings": 1024, "tie_word_embeddings": true, "torch_dtype": "float32"})");
    read_builtin();
  }

  void read_builtin() {
    auto file = GgufFile::parse(builtin_model(), "built-in");
    ASSERT_TRUE(file.ok());
    static const std::map<std::string, std::string> kNames = {
        {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},
        {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
        {"attn_output", "self_attn.o_proj"}, {"ffn_norm", "post_attention_layernorm"},
        {"ffn_gate", "mlp.gate_proj"},       {"ffn_up", "mlp.up_proj"},
        {"ffn_down", "mlp.down_proj"}};
    for (const StoredTensor& stored : file->tensors()) {
      RandomTensor tensor{stored.shape, std::vector<float>(stored.elements)};
      decode_numbers(stored.type, stored.data.data(), static_cast<int64_t>(stored.elements),
                     tensor.numbers.data());
      std::string name(stored.name);
      if (name == "token_embd.weight") {
        name = "model.embed_tokens.weight";
      } else if (name == "output_norm.weight") {
        name = "model.norm.weight";
      } else {
        std::string layer = name.substr(4, 1), part = name.substr(6, name.size() - 6 - 7);
        if (part == "attn_q") tensor = halves(tensor, kQueryHeads);
        if (part == "attn_k") tensor = halves(tensor, kKeyHeads);
        name = "model.layers." + layer + "." + kNames.at(part) + ".weight";
      }
      tensors_[name] = std::move(tensor);
    }
  }

  void put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  // In as many shards as hold so many tensors each.
  void write(uint64_t tensors_of_shard = 0) {
    put("config.json", config_.dump());
    SafetensorsContents contents;
    for (const auto& [name, tensor] : tensors_)
      ASSERT_TRUE(contents.add_tensor(name, Type::f32, tensor.shape).ok());
    auto writer = SafetensorsWriter::create(folder_ / "model.safetensors", contents, {0, tensors_of_shard});
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (const std::string& name : writer->order())
      ASSERT_TRUE(writer->write(name, std::as_bytes(std::span(tensors_.at(name).numbers))).ok());
    ASSERT_TRUE(writer->commit().ok());
  }

  ProgramRun logits(const std::vector<std::string>& model, std::string& out) {
    std::vector<std::string> words = {"debug", "logits"};
    words.insert(words.end(), model.begin(), model.end());
    auto path = (folder_ / "out.f32").string();
    words.insert(words.end(), {"--tokens", kPromptTokens, "-o", path});
    auto run = run_program(words);
    std::ifstream stream(path, std::ios::binary);
    out.assign(std::istreambuf_iterator<char>(stream), {});
    std::filesystem::remove(path);
    return run;
  }

  ProgramRun refused() {
    std::string none;
    return logits({folder_.string()}, none);
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
  OrderedJson config_;
  std::map<std::string, RandomTensor> tensors_;
};

TEST_F(CheckpointFolder, GivesTheNumbersOfTheFileItBecomes) {
  write(7);
  std::string direct, converted, again;
  auto run = logits({folder_.string()}, direct);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  ASSERT_EQ(direct.size(), 6u * 2048 * 4);
  auto file = (folder_ / "f32.gguf").string();
  run = run_program({"convert", folder_.string(), "-o", file, "--type", "f32"});
  ASSERT_EQ(run.status, 0) << run.err;
  ASSERT_EQ(logits({file}, converted).status, 0);
  EXPECT_EQ(direct, converted);
  // The built-in model in floats: the same weights, so the same file of q8_0.
  auto small = (folder_ / "q8_0.gguf").string();
  run = run_program({"convert", folder_.string(), "-o", small, "--type", "q8_0"});
  ASSERT_EQ(run.status, 0) << run.err;
  auto made = GgufFile::open(small);
  auto builtin = GgufFile::parse(builtin_model(), "built-in");
  ASSERT_TRUE(made.ok() && builtin.ok());
  ASSERT_EQ(made->tensors().size(), builtin->tensors().size());
  for (const StoredTensor& tensor : builtin->tensors()) {
    const StoredTensor* other = made->find_tensor(tensor.name);
    ASSERT_NE(other, nullptr) << tensor.name;
    EXPECT_EQ(other->type, tensor.type) << tensor.name;
    EXPECT_EQ(other->shape, tensor.shape) << tensor.name;
  }
}

// The built-in model's tokenizer as a library writes it.
std::string tokenizer_json() {
  auto file = GgufFile::parse(builtin_model(), "built-in");
  auto tokens = *file->metadata().get<std::span<const std::string_view>>("tokenizer.ggml.tokens");
  auto kinds = *file->metadata().get<std::vector<int32_t>>("tokenizer.ggml.token_type");
  auto merges = *file->metadata().get<std::span<const std::string_view>>("tokenizer.ggml.merges");
  OrderedJson vocabulary = OrderedJson::object(), added = OrderedJson::array();
  for (size_t id = 0; id < tokens.size(); ++id) {
    vocabulary[std::string(tokens[id])] = id;
    if (kinds[id] == 3)
      added.push_back({{"id", id},
                       {"content", tokens[id]},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", true}});
  }
  OrderedJson level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  OrderedJson start = {{"SpecialToken", {{"id", tokens[0]}, {"type_id", 0}}}};
  OrderedJson processor = {
      {"type", "TemplateProcessing"},
      {"single", {start, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
      {"pair", OrderedJson::array()},
      {"special_tokens",
       {{std::string(tokens[0]), {{"id", tokens[0]}, {"ids", {0}}, {"tokens", {tokens[0]}}}}}}};
  return OrderedJson{{"version", "1.0"},
                     {"added_tokens", added},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", level},
                     {"post_processor", processor},
                     {"decoder", level},
                     {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}}
      .dump();
}

TEST_F(CheckpointFolder, TellsTheSameStory) {
  write();
  put("tokenizer.json", tokenizer_json());
  put("tokenizer_config.json", R"({"bos_token": "<|begin|>", "eos_token": "<|end|>"})");
  std::vector<std::string> words = {"run",           "--raw", "-p", "Once upon a time",
                                    "--temperature", "0",     "-n", "48"};
  auto expected = run_program(words);
  ASSERT_EQ(expected.status, 0) << expected.err;
  words.insert(words.begin() + 1, {folder_.string(), "--type", "q8_0"});
  auto found = run_program(words);
  ASSERT_EQ(found.status, 0) << found.err;
  EXPECT_EQ(found.out, expected.out);
  auto file = (folder_ / "model.gguf").string();
  ASSERT_EQ(run_program({"convert", folder_.string(), "-o", file, "--type", "q8_0"}).status, 0);
  words[1] = file;
  words.erase(words.begin() + 2, words.begin() + 4);
  found = run_program(words);
  ASSERT_EQ(found.status, 0) << found.err;
  EXPECT_EQ(found.out, expected.out);
}

TEST_F(CheckpointFolder, SaysWhatItsFileHas) {
  write();
  put("generation_config.json", R"({"temperature": 0.5, "top_k": 7})");
  put("chat_template.jinja", "{{ messages }}");
  auto file = (folder_ / "model.gguf").string();
  ASSERT_EQ(run_program({"convert", folder_.string(), "-o", file, "--type", "f16"}).status, 0);
  auto shown = OrderedJson::parse(run_program({"inspect", file, "--json"}).out);
  EXPECT_EQ(shown["architecture"], "llama");
  OrderedJson& metadata = shown["metadata"];
  EXPECT_EQ(metadata["general.file_type"], 1);
  EXPECT_EQ(metadata["general.size_label"], "3.5M");
  EXPECT_EQ(metadata["llama.attention.head_count_kv"], 2);
  EXPECT_EQ(metadata["llama.rope.freq_base"], 10000.0);
  EXPECT_EQ(metadata["general.sampling.temp"], 0.5);
  EXPECT_EQ(metadata["general.sampling.top_k"], 7);
  EXPECT_EQ(metadata["tokenizer.chat_template"], "{{ messages }}");
  for (const OrderedJson& tensor : shown["tensors"])
    EXPECT_EQ(tensor["type"], tensor["shape"].size() == 1 ? "f32" : "f16") << tensor["name"];
}

// Written to a file, and kept as the model that runs.
TEST_F(CheckpointFolder, IsQuantizedInTheMemoryOfTheResultAndAShard) {
  config_["num_hidden_layers"] = 12;
  config_["intermediate_size"] = 4096;
  put("config.json", config_.dump());
  SafetensorsContents contents;
  std::map<std::string, size_t> sizes;
  auto add = [&](const std::string& name, std::vector<uint64_t> shape) {
    ASSERT_TRUE(contents.add_tensor(name + ".weight", Type::f32, shape).ok());
    sizes[name + ".weight"] = shape.size() == 1 ? shape[0] : shape[0] * shape[1];
  };
  add("model.embed_tokens", {2048, 256});
  add("model.norm", {256});
  for (int layer = 0; layer < 12; ++layer) {
    std::string prefix = fmt::format("model.layers.{}.", layer);
    for (const char* name : {"input_layernorm", "post_attention_layernorm"}) add(prefix + name, {256});
    for (const char* name : {"q_proj", "o_proj"}) add(prefix + "self_attn." + name, {256, 256});
    for (const char* name : {"k_proj", "v_proj"}) add(prefix + "self_attn." + name, {128, 256});
    for (const char* name : {"gate_proj", "up_proj"}) add(prefix + "mlp." + name, {4096, 256});
    add(prefix + "mlp.down_proj", {256, 4096});
  }
  auto writer = SafetensorsWriter::create(folder_ / "model.safetensors", contents, {0, 9});
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  const std::vector<float> numbers(4096 * 256, 0.01f);
  for (const std::string& name : writer->order())
    ASSERT_TRUE(writer->write(name, std::as_bytes(std::span(numbers).first(sizes.at(name)))).ok());
  ASSERT_TRUE(writer->commit().ok());
  uint64_t all = 0, shard = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    all += entry.file_size();
    shard = std::max<uint64_t>(shard, entry.file_size());
  }
  auto output = folder_ / "model.gguf";
  auto converted = run_program({"convert", folder_.string(), "-o", output.string(), "--type", "q8_0"});
  ASSERT_EQ(converted.status, 0) << converted.err;
  constexpr uint64_t kProgram = 48 << 20;  // itself, its buffers, what a few tokens need
  uint64_t most = std::filesystem::file_size(output) + shard + kProgram;
  ASSERT_LT(most, all);
  std::string none;
  auto run = logits({folder_.string(), "--type", "q8_0"}, none);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_LT(converted.max_rss, most);
  EXPECT_LT(run.max_rss, most);
}

TEST_F(CheckpointFolder, ATensorThatIsMissingTooManyOrOfAnotherShapeIsNamed) {
  auto name = "model.layers.3.self_attn.q_proj.weight";
  RandomTensor kept = tensors_.at(name);
  tensors_.erase(name);
  write();
  auto run = refused();
  EXPECT_TRUE(run.failed_with(
      "blk.3.attn_q.weight is not in the checkpoint (looked for model.layers.3.self_attn.q_proj)"))
      << run.err;
  tensors_[name] = kept;
  tensors_["model.layers.9.extra"] = {{2}, {1, 2}};
  write();
  run = refused();
  EXPECT_TRUE(run.failed_with("not declared by llama.arch: model.layers.9.extra")) << run.err;
  tensors_.erase("model.layers.9.extra");
  tensors_["model.layers.3.mlp.up_proj.weight"].shape = {256, 512};
  write();
  run = refused();
  EXPECT_TRUE(run.failed_with("blk.3.ffn_up.weight is (256, 512) in the file, (512, 256) here")) << run.err;
}

TEST_F(CheckpointFolder, AConfigurationIsCheckedBeforeThereAreTensors) {
  auto check = [&] {
    write();
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      if (file.path().extension() == ".safetensors") std::filesystem::remove(file);
    }
    return run_program({"arch", "check", "llama", folder_.string()});
  };
  auto run = check();
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("there are no tensors"));
  config_["attention_multiplier"] = 0.2;
  run = check();
  EXPECT_TRUE(run.failed_with("config.json says attention_multiplier = 0.2, which llama.arch does not know"))
      << run.err;
}

TEST_F(CheckpointFolder, AConfigurationThatMeansSomethingElseIsRefused) {
  config_["hidden_act"] = "gelu";
  write();
  auto run = refused();
  EXPECT_TRUE(run.failed_with("require hidden_act in [none, \"silu\"]; hidden_act is \"gelu\"")) << run.err;
  config_["hidden_act"] = "silu";
  config_["attention_multiplier"] = 0.2;
  write();
  run = refused();
  EXPECT_TRUE(run.failed_with("config.json says attention_multiplier = 0.2, which llama.arch does not know"))
      << run.err;
  config_.erase("attention_multiplier");
  config_["favourite_colour"] = "blue";
  write();
  run = refused();
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.err,
              HasSubstr("config.json says favourite_colour = \"blue\", which no architecture knows"));
  config_["architectures"] = {"UnheardOfForCausalLM"};
  config_["model_type"] = "unheard_of";
  write();
  run = refused();
  EXPECT_TRUE(
      run.failed_with("UnheardOfForCausalLM, unheard_of, which no architecture of this build describes"))
      << run.err;
  config_["architectures"] = {"LlamaForCausalLM"};
  config_["quantization_config"] = {{"quant_method", "bitsandbytes"}};
  write();
  run = refused();
  EXPECT_TRUE(
      run.failed_with("quant_method bitsandbytes is not supported; convert from the original checkpoint"))
      << run.err;
}

TEST_F(CheckpointFolder, AShardThatIsMissingCutOrElsewhereIsNamed) {
  write(7);
  auto shard = folder_ / "model-00003-of-00007.safetensors";
  ASSERT_TRUE(std::filesystem::exists(shard));
  std::filesystem::resize_file(shard, std::filesystem::file_size(shard) - 4);
  auto run = refused();
  EXPECT_TRUE(run.failed_with("model-00003-of-00007.safetensors")) << run.err;
  std::filesystem::remove(shard);
  run = refused();
  EXPECT_TRUE(run.failed_with("model-00003-of-00007.safetensors")) << run.err;
  auto index = OrderedJson::parse(std::ifstream(folder_ / "model.safetensors.index.json"));
  index["weight_map"]["model.norm.weight"] = "../elsewhere.safetensors";
  put("model.safetensors.index.json", index.dump());
  run = refused();
  EXPECT_TRUE(run.failed_with("elsewhere.safetensors")) << run.err;
}

TEST_F(CheckpointFolder, WhatIsNoCheckpointIsSaid) {
  auto run = refused();
  EXPECT_TRUE(run.failed_with("config.json")) << run.err;
  run = run_program({"convert", folder_.string() + "/nothing", "-o", (folder_ / "x.gguf").string()});
  EXPECT_TRUE(run.failed_with("is no folder")) << run.err;
  write();
  run = run_program({"convert", folder_.string(), "-o", (folder_ / "x.gguf").string(), "--type", "q9_9"});
  EXPECT_TRUE(run.failed_with("\"q9_9\" is no type that a checkpoint can be converted to")) << run.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.gguf"));
  put("config.json", "[]");
  run = refused();
  EXPECT_TRUE(run.failed_with("config.json: is not an object")) << run.err;
}

}  // namespace
}  // namespace hearth
