// Tiny checkpoints against the logits that transformers gives for them: as they lie, and converted. What a golden does
// not hold is made here again: tools/prove_architectures.py, which wrote them, makes the same numbers of the tensors'
// names.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "base/base64.h"
#include "engine/session.h"
#include "formats/safetensors_writer.h"
#include "model/checkpoint/convert.h"
#include "program.h"

namespace hearth {
namespace {

using GoldenJson = nlohmann::ordered_json;

uint64_t hash_of_name(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::vector<float> numbers_named(std::string_view name, uint64_t count, double offset, double scale) {
  std::vector<float> numbers(count);
  uint64_t hash = hash_of_name(name);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t x = hash + (i + 1) * 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
    double u = static_cast<double>(x >> 40) / 8388608.0 - 1.0;
    numbers[i] = static_cast<float>(offset + scale * u);
  }
  return numbers;
}

void write_checkpoint(const GoldenJson& golden, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  if (golden.contains("config")) std::ofstream(folder / "config.json") << golden["config"].dump();
  if (golden.contains("files")) {
    for (const auto& [name, text] : golden["files"].items())
      std::ofstream(folder / name) << text.get_ref<const std::string&>();
  }
  if (std::string pooling = golden["pooling"]; !pooling.empty()) {
    std::filesystem::create_directory(folder / "1_Pooling");
    std::ofstream(folder / "1_Pooling" / "config.json") << "{\"pooling_mode_" << pooling << "\": true}";
  }
  SafetensorsContents contents;
  std::map<std::string, std::vector<float>> tensors;
  for (const auto& row : golden["tensors"]) {
    std::string name = row[0];
    std::vector<uint64_t> shape = row[1];
    uint64_t count = 1;
    for (uint64_t size : shape) count *= size;
    tensors[name] = numbers_named(name, count, row[2], row[3]);
    ASSERT_TRUE(contents.add_tensor(name, Type::f32, shape).ok());
  }
  auto writer = SafetensorsWriter::create(folder / "model.safetensors", contents);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  for (const std::string& name : writer->order())
    ASSERT_TRUE(writer->write(name, std::as_bytes(std::span(tensors.at(name)))).ok());
  ASSERT_TRUE(writer->commit().ok());
}

void expect_agrees(const GoldenJson& golden, const std::filesystem::path& path, Backend& backend) {
  SCOPED_TRACE(path.string());
  auto model = Model::load(path);
  ASSERT_TRUE(model.ok()) << model.error().message;
  std::vector<int32_t> tokens = golden["tokens"], encoder = golden["encoder"];
  SessionOptions options;
  options.context = static_cast<int64_t>(tokens.size());
  options.source = static_cast<int64_t>(encoder.size());
  options.key_type = options.value_type = Type::f32;
  auto session = Session::create(*model, backend, options);
  ASSERT_TRUE(session.ok()) << session.error().message;
  if (!encoder.empty()) { ASSERT_TRUE((*session)->encode(encoder).ok()); }
  std::vector<float> found;
  auto status = (*session)->extend_all(tokens, [&](std::span<const float> row) -> Status {
    found.insert(found.end(), row.begin(), row.end());
    return {};
  });
  ASSERT_TRUE(status.ok()) << status.error().message;
  auto bytes = base64_decode(golden["expected"].get<std::string>());
  ASSERT_TRUE(bytes.has_value());
  std::vector<float> expected(bytes->size() / sizeof(float));
  std::memcpy(expected.data(), bytes->data(), bytes->size());
  ASSERT_EQ(found.size(), expected.size());
  double difference = 0, largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(std::isfinite(found[i])) << "number " << i;
    difference = std::max(difference, std::abs(double{found[i]} - expected[i]));
    largest = std::max(largest, std::abs(double{expected[i]}));
  }
  EXPECT_LE(difference, golden["tolerance"].get<double>() * largest);
}

TEST(Transformers, EveryGoldenAsItLiesAndConverted) {
  auto backend = make_cpu_backend({0, {}, true});
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  std::string pattern = (std::filesystem::temp_directory_path() / "hearth_golden_XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  std::filesystem::path root = pattern;
  int goldens = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(HEARTH_SOURCE_DIR) + "/tests/data/transformers")) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream stream(entry.path());
    auto golden = GoldenJson::parse(stream);
    ++goldens;
    auto folder = root / entry.path().stem();
    write_checkpoint(golden, folder);
    expect_agrees(golden, folder, **backend);
    auto converted = root / "converted.gguf";
    ConvertOptions options;
    options.type = "f32";
    auto status = convert_checkpoint(folder, converted, options, {});
    EXPECT_TRUE(status.ok()) << status.error().message;
    if (status.ok()) expect_agrees(golden, converted, **backend);
    std::filesystem::remove_all(folder);
  }
  std::filesystem::remove_all(root);
  EXPECT_GE(goldens, 20);
}

// A chat with the checkpoint's own tokenizer and template, as a user types it.
TEST(Transformers, GreedyAnswersAreTheSame) {
  std::string pattern = (std::filesystem::temp_directory_path() / "hearth_greedy_XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  int goldens = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(HEARTH_SOURCE_DIR) + "/tests/data/greedy")) {
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream stream(entry.path());
    auto golden = GoldenJson::parse(stream);
    ++goldens;
    auto folder = std::filesystem::path(pattern) / entry.path().stem();
    write_checkpoint(golden, folder);
    auto run = run_program({"run", folder.string(), "-p", golden["question"], "-n",
                            std::to_string(golden["tokens"].get<int>()), "--temperature", "0", "--cache-type",
                            "f32"});
    EXPECT_EQ(run.status, 0) << run.err;
    auto without_end = [](std::string text) {
      while (text.ends_with('\n')) text.pop_back();
      return text;
    };
    EXPECT_EQ(without_end(run.out), without_end(golden["answer"]));
  }
  std::filesystem::remove_all(pattern);
  EXPECT_EQ(goldens, 3);
}

}  // namespace
}  // namespace hearth
