// Tiny checkpoints in the formats that libraries write, against forwards written from the libraries' side: as they
// lie, and after conversion.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "base/own_folder_testing.h"
#include "conformance.h"
#include "engine/session.h"
#include "files.h"
#include "logits.h"
#include "model/checkpoint/convert.h"

namespace hearth {
namespace {

void expect_logits(const std::filesystem::path& path, const nlohmann::json& expected_of, Backend& backend) {
  SCOPED_TRACE(path.string());
  auto model = Model::load(path);
  ASSERT_TRUE(model.ok()) << model.error().message;
  std::vector<int32_t> tokens = expected_of["tokens"];
  SessionOptions options;
  options.context = static_cast<int64_t>(tokens.size());
  options.key_type = options.value_type = Type::f32;
  auto session = Session::create(*model, backend, options);
  ASSERT_TRUE(session.ok()) << session.error().message;
  std::vector<float> found;
  auto status = (*session)->extend_all(tokens, [&](std::span<const float> row) -> Status {
    found.insert(found.end(), row.begin(), row.end());
    return {};
  });
  ASSERT_TRUE(status.ok()) << status.error().message;
  std::vector<float> expected = read_floats(expected_of["folder"].get<std::string>() + "/expected.f32");
  expect_close(found, expected, expected_of["tolerance"].get<double>());
}

TEST(CheckpointConformance, AsTheyLieAndConverted) {
  CONFORMANCE_OR_SKIP(folder, "checkpoints");
  auto backend = make_cpu_backend({0, {}, true});
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  const OwnFolder own;
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path() / "tokens.json");
    auto expected = nlohmann::json::parse(stream);
    // Texts alone: pictures and sounds have inputs of their own.
    if (expected["graph"] != "" || expected.contains("pictures") || expected.contains("mel")) continue;
    ++cases;
    expected["folder"] = entry.path().string();
    expect_logits(entry.path(), expected, **backend);
    auto converted = own.path() / (entry.path().filename().string() + ".gguf");
    ConvertOptions options;
    options.type = "f32";
    auto status = convert_checkpoint(entry.path(), converted, options, {});
    ASSERT_TRUE(status.ok()) << status.error().message;
    expect_logits(converted, expected, **backend);
  }
  EXPECT_GE(cases, 18);
}

}  // namespace
}  // namespace hearth
