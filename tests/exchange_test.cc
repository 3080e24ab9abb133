// Models go between Hearth and llama.cpp: a file that llama.cpp's quantizer made from a model of random numbers is
// kept here, with the logits that llama.cpp computes from it and from Hearth's own file of the same types.
// tests/data/exchange/README.md says how they were made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "files.h"
#include "formats/gguf.h"
#include "formats/gguf_writer.h"
#include "program.h"
#include "tensor/half.h"

namespace hearth {
namespace {

const std::string kExchange = std::string(HEARTH_SOURCE_DIR) + "/tests/data/exchange/";
constexpr const char* kExchangeTokens = "1,17,42,63,5,8,13,21";

struct ExchangeTensor {
  const char* name;
  std::vector<uint64_t> shape;
  const char* type;  // in the quantized files
};
const std::vector<ExchangeTensor> kExchangeTensors = {
    {"token_embd.weight", {64, 256}, "q4_k"},      {"blk.0.attn_norm.weight", {256}, nullptr},
    {"blk.0.attn_q.weight", {256, 256}, "iq4_xs"}, {"blk.0.attn_k.weight", {128, 256}, "q5_k"},
    {"blk.0.attn_v.weight", {128, 256}, "q6_k"},   {"blk.0.attn_output.weight", {256, 256}, "q3_k"},
    {"blk.0.ffn_norm.weight", {256}, nullptr},     {"blk.0.ffn_gate.weight", {256, 256}, "iq3_s"},
    {"blk.0.ffn_up.weight", {256, 256}, "q4_0"},   {"blk.0.ffn_down.weight", {256, 256}, "q2_k"},
    {"output_norm.weight", {256}, nullptr},        {"output.weight", {64, 256}, "q8_0"},
};

// The model of random numbers, in f16.
std::string exchange_source() {
  GgufContents contents;
  auto set = [&](const char* key, auto value) { EXPECT_TRUE(contents.set(key, value).ok()) << key; };
  set("general.architecture", std::string_view("llama"));
  set("general.name", std::string_view("Random numbers"));
  for (auto [key, value] : {std::pair{"vocab_size", 64u},
                            {"context_length", 128u},
                            {"embedding_length", 256u},
                            {"block_count", 1u},
                            {"feed_forward_length", 256u},
                            {"attention.head_count", 4u},
                            {"attention.head_count_kv", 2u},
                            {"rope.dimension_count", 64u}}) {
    set(("llama." + std::string(key)).c_str(), static_cast<uint32_t>(value));
  }
  set("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  set("tokenizer.ggml.model", std::string_view("no_vocab"));
  auto type_of = [](const ExchangeTensor& tensor) { return tensor.type ? Type::f16 : Type::f32; };
  for (const ExchangeTensor& tensor : kExchangeTensors) {
    EXPECT_TRUE(contents.add_tensor(tensor.name, type_of(tensor), tensor.shape).ok());
  }
  std::string path = temporary("exchange_source.gguf");
  auto writer = GgufWriter::create(path, contents);
  EXPECT_TRUE(writer.ok());
  uint32_t state = 1;
  auto random = [&] {
    state = state * 1664525 + 1013904223;
    return static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f;
  };
  for (const ExchangeTensor& tensor : kExchangeTensors) {
    uint64_t count = 1;
    for (uint64_t n : tensor.shape) count *= n;
    std::vector<float> numbers(count);
    std::vector<uint16_t> halves(count);
    // A sum of four is shaped like the weights of models.
    for (float& x : numbers) x = (random() + random() + random() + random()) * 0.06f;
    for (size_t i = 0; i < count; ++i) {
      if (!tensor.type) numbers[i] += 1;
      halves[i] = f16_from_f32(numbers[i]);
    }
    EXPECT_TRUE(writer
                    ->write(tensor.name, tensor.type ? std::as_bytes(std::span(halves))
                                                     : std::as_bytes(std::span(numbers)))
                    .ok());
  }
  EXPECT_TRUE(writer->commit().ok());
  return path;
}

// llama.cpp multiplies with activations of 8 bits, which is good for two digits; a wrong order of bits gives 1.
void expect_logits_of_llamacpp(const std::string& model, const std::string& logits) {
  std::string out = temporary("exchange.f32");
  ProgramRun run = run_program({"debug", "logits", model, "--tokens", kExchangeTokens, "-o", out});
  ASSERT_EQ(run.status, 0) << run.err;
  std::vector<float> mine = read_floats(out), theirs = read_floats(logits);
  ASSERT_EQ(mine.size(), 8u * 64);
  ASSERT_EQ(theirs.size(), mine.size());
  double error = 0, size = 0;
  for (size_t i = 0; i < mine.size(); ++i) {
    error += std::pow(mine[i] - theirs[i], 2);
    size += std::pow(theirs[i], 2);
  }
  EXPECT_LT(std::sqrt(error / size), 0.04);
}

TEST(Exchange, AFileOfLlamaCpp) {
  auto file = GgufFile::open(kExchange + "llamacpp.gguf");
  ASSERT_TRUE(file.ok()) << file.error().message;
  for (const ExchangeTensor& tensor : kExchangeTensors) {
    const StoredTensor* stored = file->find_tensor(tensor.name);
    ASSERT_TRUE(stored) << tensor.name;
    EXPECT_EQ(stored->type, *type_named(tensor.type ? tensor.type : "f32")) << tensor.name;
  }
  expect_logits_of_llamacpp(kExchange + "llamacpp.gguf", kExchange + "llamacpp.f32");
}

TEST(Exchange, AFileForLlamaCpp) {
  std::string model = temporary("exchange_quantized.gguf");
  std::vector<std::string> arguments = {"quantize", exchange_source(), model, "q4_k_m"};
  for (const ExchangeTensor& tensor : kExchangeTensors) {
    if (!tensor.type) continue;
    arguments.push_back("--tensor-type");
    arguments.push_back("^" + std::string(tensor.name) + "$=" + tensor.type);
  }
  ProgramRun run = run_program(arguments);
  ASSERT_EQ(run.status, 0) << run.err;
  expect_logits_of_llamacpp(model, kExchange + "hearth.f32");
}

}  // namespace
}  // namespace hearth
