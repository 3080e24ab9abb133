// Adapters and control vectors beside a model, against the same changes made in its weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "base/own_folder_testing.h"
#include "engine/session.h"
#include "files.h"
#include "formats/gguf_writer.h"
#include "formats/safetensors_writer.h"
#include "logits.h"
#include "model/builtin.h"
#include "model/numbers.h"
#include "program.h"
#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;

struct Matrix2 {
  std::vector<uint64_t> shape;
  std::vector<float> numbers;
};

Matrix2 random_matrix(uint64_t rows, uint64_t columns, uint32_t seed) {
  Matrix2 matrix{{rows, columns}, std::vector<float>(rows * columns)};
  for (float& number : matrix.numbers) {
    seed = seed * 1664525 + 1013904223;
    number = static_cast<float>(seed >> 8) / (1 << 24) - 0.5f;
  }
  return matrix;
}

// to += scale * up * down, the rows of the product being where `row_of` says.
template <class RowOf>
void add_product(Matrix2& to, const Matrix2& up, const Matrix2& down, float scale, RowOf row_of) {
  uint64_t rank = up.shape[1], columns = down.shape[1];
  for (uint64_t row = 0; row < up.shape[0]; ++row) {
    for (uint64_t c = 0; c < columns; ++c) {
      double sum = 0;
      for (uint64_t r = 0; r < rank; ++r)
        sum += double{up.numbers[row * rank + r]} * down.numbers[r * columns + c];
      to.numbers[row_of(row) * columns + c] += static_cast<float>(scale * sum);
    }
  }
}

uint64_t same_row(uint64_t row) { return row; }

class Adapters : public testing::Test {
 protected:
  void SetUp() override {
    auto file = GgufFile::parse(builtin_model(), "built-in");
    ASSERT_TRUE(file.ok());
    file_ = std::make_unique<GgufFile>(*std::move(file));
    for (const StoredTensor& stored : file_->tensors()) {
      auto numbers = decoded_numbers(stored);
      ASSERT_TRUE(numbers.ok());
      weights_[std::string(stored.name)] = {stored.shape, *numbers};
    }
    dim_ = weights_["output_norm.weight"].shape[0];
    base_ = write_model("base.gguf", weights_);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string write_model(const std::string& name, const std::map<std::string, Matrix2>& weights) {
    GgufContents contents;
    for (const auto& [key, value] : file_->metadata().entries()) EXPECT_TRUE(contents.set(key, value).ok());
    return write(name, contents, weights);
  }

  std::string write(const std::string& name, GgufContents& contents,
                    const std::map<std::string, Matrix2>& tensors) {
    for (const auto& [tensor, matrix] : tensors)
      EXPECT_TRUE(contents.add_tensor(tensor, Type::f32, matrix.shape).ok());
    auto writer = GgufWriter::create(path(name), contents);
    EXPECT_TRUE(writer.ok());
    for (const auto& [tensor, matrix] : tensors)
      EXPECT_TRUE(writer->write(tensor, std::as_bytes(std::span(matrix.numbers))).ok());
    EXPECT_TRUE(writer->commit().ok());
    return path(name);
  }

  std::string write_adapter(const std::string& name, const std::map<std::string, Matrix2>& halves,
                            float alpha, const char* architecture = "llama") {
    GgufContents contents;
    EXPECT_TRUE(contents.set("general.type", GgufValue(std::string_view("adapter"))).ok());
    EXPECT_TRUE(contents.set("general.architecture", GgufValue(std::string_view(architecture))).ok());
    EXPECT_TRUE(contents.set("adapter.type", GgufValue(std::string_view("lora"))).ok());
    EXPECT_TRUE(contents.set("adapter.lora.alpha", GgufValue(alpha)).ok());
    return write(name, contents, halves);
  }

  // A folder as PEFT writes it.
  std::string write_peft(const std::string& name, const std::map<std::string, Matrix2>& halves,
                         const nlohmann::json& changes = {}) {
    std::filesystem::create_directory(folder_ / name);
    nlohmann::json config = {{"peft_type", "LORA"}, {"r", 4}, {"lora_alpha", 8}, {"bias", "none"}};
    config.update(changes.is_null() ? nlohmann::json::object() : changes);
    std::ofstream(folder_ / name / "adapter_config.json") << config.dump();
    SafetensorsContents contents;
    for (const auto& [tensor, matrix] : halves)
      EXPECT_TRUE(contents.add_tensor(tensor, Type::f32, matrix.shape).ok());
    auto writer = SafetensorsWriter::create(folder_ / name / "adapter_model.safetensors", contents);
    EXPECT_TRUE(writer.ok());
    for (const std::string& tensor : writer->order())
      EXPECT_TRUE(writer->write(tensor, std::as_bytes(std::span(halves.at(tensor).numbers))).ok());
    EXPECT_TRUE(writer->commit().ok());
    return path(name);
  }

  std::vector<float> logits(const std::vector<std::string>& model) {
    std::vector<std::string> words = {"debug", "logits"};
    words.insert(words.end(), model.begin(), model.end());
    words.insert(words.end(), {"--tokens", "1,5,100,2000,7,42,9,300", "-o", path("out.f32")});
    auto run = run_program(words);
    EXPECT_EQ(run.status, 0) << run.err;
    return run.status == 0 ? read_floats(path("out.f32")) : std::vector<float>();
  }

  ProgramRun refused(const std::vector<std::string>& model) {
    std::vector<std::string> words = {"debug", "logits", base_, "--tokens", "1", "-o", path("out.f32")};
    words.insert(words.end(), model.begin(), model.end());
    return run_program(words);
  }

  static void expect_same(const std::vector<float>& found, const std::vector<float>& expected) {
    expect_close(found, expected, 2e-5);
  }
  static double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double most = 0;
    for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(double{a[i]} - b[i]));
    return most;
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
  std::unique_ptr<GgufFile> file_;
  std::map<std::string, Matrix2> weights_;
  uint64_t dim_ = 0;
  std::string base_;
};

TEST_F(Adapters, TwoAtOnceAreAsIfTheyWereMerged) {
  std::map<std::string, Matrix2> first = {{"blk.1.ffn_down.weight.lora_a", random_matrix(4, 512, 1)},
                                          {"blk.1.ffn_down.weight.lora_b", random_matrix(dim_, 4, 2)},
                                          {"blk.2.attn_q.weight.lora_a", random_matrix(3, dim_, 3)},
                                          {"blk.2.attn_q.weight.lora_b", random_matrix(dim_, 3, 4)}};
  std::map<std::string, Matrix2> second = {{"blk.1.ffn_down.weight.lora_a", random_matrix(2, 512, 5)},
                                           {"blk.1.ffn_down.weight.lora_b", random_matrix(dim_, 2, 6)}};
  auto a = write_adapter("a.gguf", first, 2), b = write_adapter("b.gguf", second, 1);
  auto merged = weights_;
  add_product(merged["blk.1.ffn_down.weight"], first["blk.1.ffn_down.weight.lora_b"],
              first["blk.1.ffn_down.weight.lora_a"], 2.0f / 4, same_row);
  add_product(merged["blk.2.attn_q.weight"], first["blk.2.attn_q.weight.lora_b"],
              first["blk.2.attn_q.weight.lora_a"], 2.0f / 3, same_row);
  add_product(merged["blk.1.ffn_down.weight"], second["blk.1.ffn_down.weight.lora_b"],
              second["blk.1.ffn_down.weight.lora_a"], -0.5f / 2, same_row);
  auto found = logits({base_, "--lora", a, "--lora", b + "=-0.5"});
  expect_same(found, logits({write_model("merged.gguf", merged)}));
  EXPECT_GT(distance(found, logits({base_})), 0.1);
  // Scales of 0 leave the model as it is.
  expect_same(logits({base_, "--lora", a + "=0", "--lora", b + "=0"}), logits({base_}));
}

TEST_F(Adapters, PeftsNamesAndOrderBecomeTheModels) {
  const std::string layer = "base_model.model.model.layers.3.";
  std::map<std::string, Matrix2> halves = {
      {layer + "self_attn.q_proj.lora_A.weight", random_matrix(4, dim_, 1)},
      {layer + "self_attn.q_proj.lora_B.weight", random_matrix(dim_, 4, 2)},
      {layer + "mlp.up_proj.lora_A.weight", random_matrix(4, dim_, 3)},
      {layer + "mlp.up_proj.lora_B.weight", random_matrix(512, 4, 4)},
      {"base_model.model.model.embed_tokens.lora_embedding_A", random_matrix(4, 2048, 5)},
      {"base_model.model.model.embed_tokens.lora_embedding_B", random_matrix(dim_, 4, 6)}};
  auto peft = write_peft("peft", halves);
  auto merged = weights_;
  constexpr float kScale = 8.0f / 4;
  uint64_t heads = 4, width = dim_ / heads, half = width / 2;
  add_product(merged["blk.3.attn_q.weight"], halves[layer + "self_attn.q_proj.lora_B.weight"],
              halves[layer + "self_attn.q_proj.lora_A.weight"], kScale, [&](uint64_t row) {
                uint64_t i = row % width;
                return row / width * width + i % half * 2 + i / half;
              });
  add_product(merged["blk.3.ffn_up.weight"], halves[layer + "mlp.up_proj.lora_B.weight"],
              halves[layer + "mlp.up_proj.lora_A.weight"], kScale, same_row);
  // The output is tied to the embedding, but the adapter is of the embedding alone.
  merged["output.weight"] = merged["token_embd.weight"];
  const Matrix2 &a = halves["base_model.model.model.embed_tokens.lora_embedding_A"],
                &b = halves["base_model.model.model.embed_tokens.lora_embedding_B"];
  for (uint64_t token = 0; token < 2048; ++token) {
    for (uint64_t i = 0; i < dim_; ++i) {
      double sum = 0;
      for (uint64_t r = 0; r < 4; ++r) sum += double{a.numbers[r * 2048 + token]} * b.numbers[i * 4 + r];
      merged["token_embd.weight"].numbers[token * dim_ + i] += static_cast<float>(kScale * sum);
    }
  }
  auto expected = logits({write_model("merged.gguf", merged)});
  expect_same(logits({base_, "--lora", peft}), expected);

  auto converted = run_program({"convert", peft, "-o", path("lora.gguf"), "--base", base_});
  ASSERT_EQ(converted.status, 0) << converted.err;
  expect_same(logits({base_, "--lora", path("lora.gguf")}), expected);
}

TEST_F(Adapters, WhatDoesNotFitIsRefusedInOneLine) {
  auto adapter = [&](const char* tensor, Matrix2 a, Matrix2 b) {
    return write_adapter("wrong.gguf",
                         {{std::string(tensor) + ".lora_a", a}, {std::string(tensor) + ".lora_b", b}}, 1);
  };
  auto wide = adapter("blk.0.attn_q.weight", random_matrix(4, dim_ * 2, 1), random_matrix(dim_, 4, 2));
  EXPECT_TRUE(refused({"--lora", wide}).failed_with("is the adapter for another base model?"));
  auto ranks = adapter("blk.0.attn_q.weight", random_matrix(4, dim_, 1), random_matrix(dim_, 5, 2));
  EXPECT_TRUE(refused({"--lora", ranks}).failed_with("their ranks differ"));
  auto beyond = adapter("blk.9.attn_q.weight", random_matrix(4, dim_, 1), random_matrix(dim_, 4, 2));
  EXPECT_TRUE(
      refused({"--lora", beyond}).failed_with("changes blk.9.attn_q.weight, which the model does not have"));
  auto other = write_adapter("other.gguf", {}, 1, "gemma");
  EXPECT_TRUE(refused({"--lora", other}).failed_with("is for models of the architecture \"gemma\""));
  EXPECT_TRUE(refused({"--lora", base_}).failed_with("an adapter is expected"));
  const std::string q = "base_model.model.model.layers.0.self_attn.q_proj";
  std::map<std::string, Matrix2> halves = {{q + ".lora_A.weight", random_matrix(4, dim_, 1)},
                                           {q + ".lora_B.weight", random_matrix(dim_, 4, 2)}};
  EXPECT_TRUE(refused({"--lora", write_peft("dora", halves, {{"use_dora", true}})}).failed_with("use_dora"));
  EXPECT_TRUE(refused({"--lora", write_peft("rank", halves, {{"r", 16}})}).failed_with("is of rank 4"));
  const std::string m = "base_model.model.model.layers.0.mixer.in_proj";
  EXPECT_TRUE(refused({"--lora", write_peft("mixer", {{m + ".lora_A.weight", random_matrix(4, dim_, 1)},
                                                      {m + ".lora_B.weight", random_matrix(dim_, 4, 2)}})})
                  .failed_with("is it for another base model?"));
}

TEST_F(Adapters, ControlVectorsPushWhatLayersLeave) {
  Matrix2 third = random_matrix(1, dim_, 7), fourth = random_matrix(1, dim_, 8);
  third.shape = fourth.shape = {dim_};
  GgufContents contents;
  ASSERT_TRUE(contents.set("general.architecture", GgufValue(std::string_view("controlvector"))).ok());
  auto vector = write("vector.gguf", contents, {{"direction.3", third}, {"direction.4", fourth}});
  // What layer 3 leaves is pushed by a bias of its last matrix; that of layer 4 is outside the range.
  auto pushed = weights_;
  Matrix2 bias = third;
  for (float& number : bias.numbers) number *= 0.5f;
  pushed["blk.3.ffn_down.bias"] = bias;
  expect_same(logits({base_, "--control-vector", vector + "=0.5", "--control-vector-layer-range", "1", "3"}),
              logits({write_model("pushed.gguf", pushed)}));
  EXPECT_TRUE(refused({"--control-vector", base_}).failed_with("it is no control vector"));
  GgufContents others;
  auto narrow = write("narrow.gguf", others, {{"direction.2", {{3}, {1, 2, 3}}}});
  EXPECT_TRUE(
      refused({"--control-vector", narrow}).failed_with("a vector of 3 numbers is for another model"));
}

TEST_F(Adapters, RequestsChooseTheirScales) {
  std::map<std::string, Matrix2> halves = {{"blk.4.ffn_down.weight.lora_a", random_matrix(4, 512, 1)},
                                           {"blk.4.ffn_down.weight.lora_b", random_matrix(dim_, 4, 2)}};
  auto adapter = write_adapter("a.gguf", halves, 16);
  Served served({base_, "--lora", adapter + "=0"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  EXPECT_EQ(served.get("/lora-adapters").json(),
            OrderedJson::array({{{"id", 0}, {"path", adapter}, {"scale", 0.0}}}));
  auto answer = [&](OrderedJson more) {
    OrderedJson ask = {{"prompt", "Once upon a time"}, {"n_predict", 12}, {"temperature", 0}};
    ask.update(more);
    return served.post("/completion", ask).json()["content"].get<std::string>();
  };
  std::string plain = answer(OrderedJson::object());
  std::string adapted = answer({{"lora", {{{"id", 0}, {"scale", 1.0}}}}});
  EXPECT_NE(adapted, plain);
  EXPECT_EQ(answer(OrderedJson::object()), plain);  // what the other request left is not taken for this one
  EXPECT_EQ(
      served.post("/lora-adapters", OrderedJson::array({{{"id", 0}, {"scale", 1.0}}})).json()["success"],
      true);
  EXPECT_EQ(answer(OrderedJson::object()), adapted);
  EXPECT_EQ(answer({{"lora", OrderedJson::array()}}), plain);
  TestAnswer refused = served.post("/completion", {{"prompt", "a"}, {"lora", {{{"id", 7}, {"scale", 1}}}}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("lora[0].id"));
}

}  // namespace
}  // namespace hearth
