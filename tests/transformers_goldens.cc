#include "transformers_goldens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>

#include "base/base64.h"
#include "formats/safetensors_writer.h"
#include "logits.h"

namespace hearth {

namespace {

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

}  // namespace

std::vector<std::filesystem::path> goldens_in(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(HEARTH_SOURCE_DIR) + "/tests/data/" + folder)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

GoldenJson read_golden(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return GoldenJson::parse(stream);
}

void write_numbers(const GoldenJson& rows, const std::string& seed, const std::filesystem::path& path) {
  SafetensorsContents contents;
  std::map<std::string, std::vector<float>> tensors;
  for (const auto& row : rows) {
    // A row of five is stored under another name than the one that its numbers are of.
    std::string name = row[0], stored = row.size() > 4 ? row[4] : row[0];
    std::vector<uint64_t> shape = row[1];
    uint64_t count = 1;
    for (uint64_t size : shape) count *= size;
    tensors[stored] = numbers_named(seed + name, count, row[2], row[3]);
    ASSERT_TRUE(contents.add_tensor(stored, Type::f32, shape).ok());
  }
  auto writer = SafetensorsWriter::create(path, contents);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  for (const std::string& name : writer->order())
    ASSERT_TRUE(writer->write(name, std::as_bytes(std::span(tensors.at(name)))).ok());
  ASSERT_TRUE(writer->commit().ok());
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
  write_numbers(golden["tensors"], "", folder / "model.safetensors");
}

void expect_golden(const GoldenJson& golden, std::span<const float> found) {
  auto bytes = base64_decode(golden["expected"].get<std::string>());
  ASSERT_TRUE(bytes.has_value());
  std::vector<float> expected(bytes->size() / sizeof(float));
  std::memcpy(expected.data(), bytes->data(), bytes->size());
  expect_close(found, expected, golden["tolerance"].get<double>());
}

}  // namespace hearth
