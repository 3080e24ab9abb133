// Tiny models of every architecture, against the outputs of another implementation.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "conformance.h"
#include "engine/session.h"
#include "files.h"
#include "graph/library.h"
#include "ops/reference.h"

namespace hearth {
namespace {

struct Golden {
  std::string name;
  std::filesystem::path model, expected;
  std::vector<int32_t> tokens;
  int64_t start;
  double tolerance;
};

// The cases that one run of the plain graph answers, of the architectures in the library.
std::vector<Golden> goldens(const std::filesystem::path& folder) {
  std::ifstream stream(folder / "cases.json");
  auto cases = nlohmann::ordered_json::parse(stream);
  std::vector<Golden> all;
  for (auto& [name, value] : cases.items()) {
    std::string kind = value["kind"];
    if (kind != "logits" && kind != "embd" && kind != "score") continue;
    Golden golden{name,
                  folder / (value.value("file", name) + ".gguf"),
                  folder / (name + ".f32"),
                  value["tokens"],
                  value.value("start", int64_t{0}),
                  1e-5};
    if (value.value("gelu", false)) golden.tolerance = 2e-3;
    if (value.value("far", false)) golden.tolerance = 2e-4;
    auto file = GgufFile::open(golden.model);
    if (!file.ok() || !arch::library_file(*file->metadata().get<std::string_view>("general.architecture")))
      continue;
    all.push_back(std::move(golden));
  }
  return all;
}

void expect_golden(const Golden& golden, Backend& backend) {
  SCOPED_TRACE(golden.name);
  auto model = Model::load(golden.model);
  ASSERT_TRUE(model.ok()) << model.error().message;
  SessionOptions options;
  options.context = static_cast<int64_t>(golden.tokens.size());
  options.key_type = options.value_type = Type::f32;
  auto session = Session::create(*model, backend, options);
  ASSERT_TRUE(session.ok()) << session.error().message;
  (*session)->set_first_position(golden.start);
  std::vector<float> found;
  auto status = (*session)->extend_all(golden.tokens, [&](std::span<const float> row) -> Status {
    found.insert(found.end(), row.begin(), row.end());
    return {};
  });
  ASSERT_TRUE(status.ok()) << status.error().message;
  std::vector<float> expected = read_floats(golden.expected);
  ASSERT_EQ(found.size(), expected.size());
  double difference = 0, largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(std::isfinite(found[i])) << "number " << i;
    difference = std::max(difference, std::abs(double{found[i]} - expected[i]));
    largest = std::max(largest, std::abs(double{expected[i]}));
  }
  EXPECT_LE(difference, golden.tolerance * largest);
}

TEST(Golden, TheReferenceAgrees) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = make_reference_backend();
  auto all = goldens(folder);
  EXPECT_GE(all.size(), 70u);
  for (const Golden& golden : all) expect_golden(golden, *backend);
}

TEST(Golden, TheProcessorAgreesWithEveryInstructionSetAndAnyNumberOfThreads) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto all = goldens(folder);
  for (Isa isa : supported_isas()) {
    for (int32_t threads : {1, 2}) {
      SCOPED_TRACE(fmt::format("{} with {} threads", name(isa), threads));
      CpuOptions options;
      options.isa = isa;
      options.threads = threads;
      auto backend = make_cpu_backend(options);
      ASSERT_TRUE(backend.ok()) << backend.error().message;
      for (const Golden& golden : all) expect_golden(golden, **backend);
    }
  }
}

}  // namespace
}  // namespace hearth
