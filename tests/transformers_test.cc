// Tiny checkpoints against the logits that transformers gives for them: as they lie, and converted; and with adapters,
// against PEFT's.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "backends/cpu/cpu.h"
#include "base/own_folder_testing.h"
#include "engine/session.h"
#include "formats/gguf.h"
#include "formats/gguf_writer.h"
#include "model/adapter/adapter.h"
#include "model/checkpoint/convert.h"
#include "program.h"
#include "transformers_goldens.h"

namespace hearth {
namespace {

void expect_agrees(const GoldenJson& golden, const std::filesystem::path& path, Backend& backend,
                   const ModelOptions& model_options = {}) {
  SCOPED_TRACE(path.string());
  auto model = Model::load(path, model_options);
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
  expect_golden(golden, found);
}

TEST(Transformers, EveryGoldenAsItLiesAndConverted) {
  auto backend = make_cpu_backend({0, {}, true});
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  const OwnFolder own;
  const std::filesystem::path& root = own.path();
  int goldens = 0;
  for (const auto& path : goldens_in("transformers")) {
    SCOPED_TRACE(path.filename().string());
    auto golden = read_golden(path);
    ++goldens;
    auto folder = root / path.stem();
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
  EXPECT_GE(goldens, 20);
}

// Writes `from` with the gates in one tensor with what they gate, in the order that the checkpoint had.
Status join_gates(const std::filesystem::path& from, const std::filesystem::path& to, bool gate_first) {
  TRY(GgufFile file, GgufFile::open(from));
  GgufContents contents;
  for (const auto& [key, value] : file.metadata().entries()) TRY_STATUS(contents.set(key, value));
  auto gate_of = [&](const StoredTensor& tensor) -> const StoredTensor* {
    std::string name(tensor.name);
    size_t up = name.find("ffn_up.weight");
    return up == name.npos ? nullptr : file.find_tensor(name.replace(up, 6, "ffn_gate"));
  };
  auto is_gate = [](const StoredTensor& tensor) { return tensor.name.ends_with("ffn_gate.weight"); };
  for (const StoredTensor& tensor : file.tensors()) {
    auto shape = tensor.shape;
    if (gate_of(tensor)) shape[0] *= 2;
    if (!is_gate(tensor)) TRY_STATUS(contents.add_tensor(tensor.name, tensor.type, shape));
  }
  TRY(GgufWriter writer, GgufWriter::create(to, contents));
  for (const StoredTensor& tensor : file.tensors()) {
    if (is_gate(tensor)) continue;
    const StoredTensor* gate = gate_of(tensor);
    if (gate && gate_first) TRY_STATUS(writer.write(tensor.name, gate->data));
    TRY_STATUS(writer.write(tensor.name, tensor.data));
    if (gate && !gate_first) TRY_STATUS(writer.write(tensor.name, gate->data));
  }
  return writer.commit();
}

TEST(Transformers, JinaWithItsGatesInOneTensor) {
  auto backend = make_cpu_backend({0, {}, true});
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  const OwnFolder own;
  const std::filesystem::path& root = own.path();
  int goldens = 0;
  for (const auto& path : goldens_in("transformers")) {
    if (path.stem() != "jina-v2" && path.stem() != "jina-v2-code") continue;
    auto golden = read_golden(path);
    ++goldens;
    auto folder = root / path.stem(), apart = root / "apart.gguf", joined = root / "joined.gguf";
    write_checkpoint(golden, folder);
    ConvertOptions options;
    options.type = "f32";
    auto status = convert_checkpoint(folder, apart, options, {});
    ASSERT_TRUE(status.ok()) << status.error().message;
    status = join_gates(apart, joined, path.stem() == "jina-v2");
    ASSERT_TRUE(status.ok()) << status.error().message;
    expect_agrees(golden, joined, **backend);
  }
  EXPECT_EQ(goldens, 2);
}

// Each kind of base with each kind of adapter: as PEFT wrote it, and converted.
TEST(Transformers, EveryAdapterAsPeftAppliesIt) {
  auto backend = make_cpu_backend({0, {}, true});
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  const OwnFolder own;
  const std::filesystem::path& root = own.path();
  int goldens = 0;
  for (const auto& path : goldens_in("adapters")) {
    SCOPED_TRACE(path.filename().string());
    auto golden = read_golden(path);
    ++goldens;
    auto base = root / path.stem(), converted_base = root / "base.gguf";
    write_checkpoint(golden, base);
    ConvertOptions options;
    options.type = "f32";
    auto status = convert_checkpoint(base, converted_base, options, {});
    ASSERT_TRUE(status.ok()) << status.error().message;
    ModelOptions folders, files;
    for (const auto& adapter : golden["adapters"]) {
      std::string name = adapter["folder"];
      auto folder = root / name, converted = root / (name + ".gguf");
      std::filesystem::create_directory(folder);
      std::ofstream(folder / "adapter_config.json") << adapter["config"].dump();
      write_numbers(adapter["tensors"], name + ".", folder / "adapter_model.safetensors");
      status = convert_adapter(folder, base, converted, "f32");
      ASSERT_TRUE(status.ok()) << status.error().message;
      folders.additions.adapters.push_back({folder, adapter["scale"]});
      files.additions.adapters.push_back({converted, adapter["scale"]});
    }
    for (const ModelOptions* adapters : {&folders, &files}) {
      expect_agrees(golden, base, **backend, *adapters);
      expect_agrees(golden, converted_base, **backend, *adapters);
    }
  }
  EXPECT_EQ(goldens, 7);
}

// A chat with the checkpoint's own tokenizer and template, as a user types it.
TEST(Transformers, GreedyAnswersAreTheSame) {
  const OwnFolder own;
  int goldens = 0;
  for (const auto& path : goldens_in("greedy")) {
    SCOPED_TRACE(path.filename().string());
    auto golden = read_golden(path);
    ++goldens;
    auto folder = own.path() / path.stem();
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
  EXPECT_EQ(goldens, 3);
}

}  // namespace
}  // namespace hearth
