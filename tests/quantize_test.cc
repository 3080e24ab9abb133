// hearth quantize and hearth debug encode and decode, as a user types them: every preset on a model that then
// still runs, sizes that are asked for, and all that can go wrong on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/own_folder_testing.h"
#include "conformance.h"
#include "files.h"
#include "formats/gguf.h"
#include "formats/gguf_bytes.h"
#include "formats/gguf_writer.h"
#include "formats/importance.h"
#include "model/quantize/presets.h"
#include "program.h"
#include "tensor/half.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Quantize : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string put(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return path(name);
  }
  static std::string read(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    return names;
  }

  // A model of two layers with random numbers, in f16; `experts` above 0: a mixture. `changed` gets the
  // numbers of each matrix before they are stored.
  using Change = std::function<void(std::string_view tensor, std::vector<float>& numbers)>;
  std::string model(const std::string& name, uint64_t experts = 0, SplitLimits limits = {},
                    const Change& change = {}, uint64_t inner = 512) const {
    struct Row {
      std::string name;
      std::vector<uint64_t> shape;
    };
    std::vector<Row> rows = {
        {"token_embd.weight", {64, 256}}, {"output_norm.weight", {256}}, {"output.weight", {64, 256}}};
    for (int layer = 0; layer < 2; ++layer) {
      auto add = [&](const char* part, std::vector<uint64_t> shape) {
        rows.push_back({fmt::format("blk.{}.{}.weight", layer, part), std::move(shape)});
      };
      add("attn_q", {256, 256});
      add("attn_v", {64, 256});
      if (experts) {
        add("ffn_gate_inp", {experts, 256});
        add("ffn_down_exps", {experts, 256, inner});
      } else {
        add("ffn_down", {256, inner});
      }
    }
    GgufContents contents;
    EXPECT_TRUE(contents.set("general.architecture", std::string_view("llama")).ok());
    EXPECT_TRUE(contents.set("llama.block_count", uint32_t{2}).ok());
    EXPECT_TRUE(contents.set("general.name", std::string_view("Random")).ok());
    auto type = [](const Row& row) { return row.shape.size() < 2 ? Type::f32 : Type::f16; };
    for (const Row& row : rows) EXPECT_TRUE(contents.add_tensor(row.name, type(row), row.shape).ok());
    auto writer = GgufWriter::create(folder_ / name, contents, limits);
    EXPECT_TRUE(writer.ok());
    uint32_t state = 1;
    for (const Row& row : rows) {
      uint64_t count = 1;
      for (uint64_t n : row.shape) count *= n;
      std::vector<float> numbers(count);
      for (float& x : numbers) {
        state = state * 1664525 + 1013904223;
        x = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-35f;
      }
      if (change) change(row.name, numbers);
      std::vector<uint16_t> halves;
      for (float x : numbers) halves.push_back(f16_from_f32(x));
      EXPECT_TRUE(writer
                      ->write(row.name, type(row) == Type::f32 ? std::as_bytes(std::span(numbers))
                                                               : std::as_bytes(std::span(halves)))
                      .ok());
    }
    EXPECT_TRUE(writer->commit().ok());
    return writer->paths().front().string();
  }

  static ProgramRun quantize(std::vector<std::string> arguments, const ProgramInput& input = {}) {
    arguments.insert(arguments.begin(), "quantize");
    return run_program(arguments, input);
  }
  static std::string type(const std::string& path, std::string_view tensor) {
    auto file = GgufFile::open(path);
    if (!file.ok()) return file.error().message;
    const StoredTensor* found = file->find_tensor(tensor);
    return found ? std::string(info(found->type).name) : "none";
  }
  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(Quantize, EveryPreset) {
  std::string in = model("in.gguf"), out = path("out.gguf");
  for (const PresetInfo& preset : presets()) {
    ProgramRun run = quantize({in, out, std::string(preset.name)});
    ASSERT_EQ(run.status, 0) << preset.name << ": " << run.err;
    auto file = GgufFile::open(out);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(*file->metadata().get<uint32_t>("general.file_type"), preset.file_type);
    EXPECT_EQ(*file->metadata().get<uint32_t>("general.quantization_version"), 2u);
    EXPECT_EQ(*file->metadata().get<std::string_view>("general.name"), "Random");
    EXPECT_EQ(run_program({"inspect", out}).status, 0);
  }
}

TEST_F(Quantize, TheModelStillSpeaks) {
  for (const char* preset : {"q6_k", "Q4_K_M", "q3_k_s", "q5_1", "iq4_xs", "iq3_xxs", "mxfp4", "nvfp4"}) {
    std::string out = path("out.gguf");
    ProgramRun run = quantize({kBuiltin, out, preset, "--allow-requantize"});
    ASSERT_EQ(run.status, 0) << preset << ": " << run.err;
    ProgramRun said =
        run_program({"run", out, "--raw", "-p", "Once upon a time", "-n", "4", "--temperature", "0"});
    EXPECT_EQ(said.status, 0) << preset << ": " << said.err;
    EXPECT_THAT(said.out, Not(IsEmpty())) << preset;
  }
}

TEST_F(Quantize, EightBitsSayTheSame) {
  ASSERT_EQ(quantize({kBuiltin, path("f32.gguf"), "f32", "--allow-requantize"}).status, 0);
  ASSERT_EQ(quantize({path("f32.gguf"), path("q8_0.gguf"), "Q8_0"}).status, 0);
  for (const char* name : {"f32.gguf", "q8_0.gguf"}) {
    EXPECT_EQ(
        run_program({"run", path(name), "--raw", "-p", "Once upon a time", "-n", "12", "--temperature", "0"})
            .out,
        run_program({"run", kBuiltin, "--raw", "-p", "Once upon a time", "-n", "12", "--temperature", "0"})
            .out);
  }
}

TEST_F(Quantize, TellsWhatItDid) {
  std::string in = model("in.gguf"), out = path("out.gguf");
  ProgramRun run = quantize({in, out, "q8_0", "--verbose"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("blk.0.attn_v.weight    [256, 64]   f16   q8_0  17.4 kB  0."));
  EXPECT_THAT(run.out, HasSubstr("output_norm.weight     [256]       f32         1.02 kB\n"));
  EXPECT_THAT(run.out, HasSubstr("types            q8_0 8, f32 1\n"));
  EXPECT_THAT(run.out, HasSubstr("bits per weight  16.0"));
  EXPECT_EQ(run.err, "");
  auto quiet = quantize({in, out, "q8_0"});
  EXPECT_THAT(quiet.out, Not(HasSubstr("blk.0")));
  EXPECT_THAT(quiet.out, HasSubstr(fmt::format("wrote {}\n", out)));
  // The same bytes with any number of threads.
  std::string bytes = read(out);
  ASSERT_EQ(quantize({in, out, "q8_0", "--threads", "3"}).status, 0);
  EXPECT_EQ(read(out), bytes);
}

TEST_F(Quantize, ADryRunWritesNothing) {
  std::string in = model("in.gguf");
  ProgramRun run = quantize({in, path("out.gguf"), "q4_0", "--pure", "--dry-run"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("blk.0.attn_q.weight"));
  EXPECT_THAT(files(), testing::ElementsAre("in.gguf"));
  ProgramRun done = quantize({in, path("out.gguf"), "q4_0", "--pure"});
  auto last = [](const std::string& text) { return text.substr(text.find("\nfile ")); };
  EXPECT_THAT(done.out, HasSubstr(last(run.out)));
}

TEST_F(Quantize, TypesThatAreAskedFor) {
  std::string in = model("in.gguf"), out = path("out.gguf");
  ProgramRun run =
      quantize({in, out, "q4_0", "--tensor-type", R"(blk\.0\..*=F16)", "--tensor-type", "attn=q8_0",
                "--token-embedding-type", "bf16", "--output-type", "Q8_0", "--tensor-type", "none=f32"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("warning: --tensor-type \"none=f32\": no tensor"));
  EXPECT_EQ(type(out, "blk.0.attn_q.weight"), "f16");
  EXPECT_EQ(type(out, "blk.1.attn_q.weight"), "q8_0");
  EXPECT_EQ(type(out, "blk.1.ffn_down.weight"), "q4_0");
  EXPECT_EQ(type(out, "token_embd.weight"), "bf16");
  EXPECT_EQ(type(out, "output.weight"), "q8_0");
  EXPECT_EQ(type(out, "output_norm.weight"), "f32");
}

TEST_F(Quantize, RowsThatBlocksDoNotDivideFallBackAndAreTold) {
  std::string in = model("in.gguf", 0, {}, {}, 172), out = path("out.gguf");
  ProgramRun run = quantize({in, out, "q4_0", "--pure"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(type(out, "blk.0.ffn_down.weight"), "f16");
  EXPECT_EQ(type(out, "blk.0.attn_q.weight"), "q4_0");
  EXPECT_THAT(run.out,
              HasSubstr("fallbacks        2 tensors as f16: rows of 172 are no whole blocks of q4_0\n"));
}

TEST_F(Quantize, ModelsThatAreQuantizedAlreadyAreRefused) {
  std::string in = model("in.gguf"), out = path("out.gguf"), again = path("again.gguf");
  ASSERT_EQ(quantize({in, out, "q8_0"}).status, 0);
  EXPECT_TRUE(quantize({out, again, "q4_0"})
                  .failed_with("is q8_0 already: quantized again it would lose twice; use the model in f16"));
  EXPECT_FALSE(std::filesystem::exists(again));
  EXPECT_EQ(quantize({out, again, "q8_0"}).status, 0);  // nothing changes
  EXPECT_EQ(read(out), read(again));
  EXPECT_EQ(quantize({out, again, "q4_0", "--pure", "--allow-requantize"}).status, 0);
  EXPECT_EQ(type(again, "blk.0.attn_q.weight"), "q4_0");
}

TEST_F(Quantize, SplitSets) {
  std::string in = model("in.gguf", 0, {.tensors = 4}), one = path("one.gguf"), set = path("set.gguf");
  EXPECT_THAT(in, HasSubstr("in-00001-of-00003.gguf"));
  ASSERT_EQ(quantize({in, one, "copy"}).status, 0);
  auto merged = GgufFile::open(one);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->parts().size(), 1u);
  EXPECT_EQ(merged->tensors().size(), 9u);
  EXPECT_EQ(merged->metadata().find("split.count"), nullptr);

  ProgramRun run = quantize({in, set, "q8_0", "--keep-split"});
  ASSERT_EQ(run.status, 0) << run.err;
  auto kept = GgufFile::open(path("set-00001-of-00003.gguf"));
  ASSERT_TRUE(kept.ok()) << kept.error().message;
  ASSERT_EQ(kept->parts().size(), 3u);
  for (size_t i = 0; i < 9; ++i) EXPECT_EQ(kept->tensors()[i].part, i / 4);
  EXPECT_EQ(info(kept->tensors()[0].type).name, "q8_0");
  EXPECT_FALSE(std::filesystem::exists(set));
}

TEST_F(Quantize, ExpertsHaveTheirOwnImportance) {
  std::string in = model("in.gguf", 3), out = path("out.gguf"), plain = path("plain.gguf");
  Importance importance;
  InputSquares squares;
  for (int i = 0; i < 3 * 512; ++i) squares.sums.push_back(i % 7 == 0 ? 100 : 1);
  squares.rows = {10, 20, 0};
  importance.tensors["blk.0.ffn_down_exps.weight"] = squares;
  importance.datasets = {"text.txt"};
  importance.chunk_count = 5;
  importance.chunk_size = 512;
  ASSERT_TRUE(importance.write(path("importance.gguf")).ok());
  ProgramRun run = quantize({in, out, "q4_0", "--pure", "--importance", path("importance.gguf")});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("importance.gguf: says nothing about 5 of the tensors that change"));
  auto file = GgufFile::open(out);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(*file->metadata().get<std::string_view>("quantize.imatrix.file"), "importance.gguf");
  EXPECT_EQ(*file->metadata().get<std::string_view>("quantize.imatrix.dataset"), "text.txt");
  EXPECT_EQ(*file->metadata().get<uint32_t>("quantize.imatrix.entries_count"), 1u);
  EXPECT_EQ(*file->metadata().get<uint32_t>("quantize.imatrix.chunks_count"), 5u);
  ASSERT_EQ(quantize({in, plain, "q4_0", "--pure"}).status, 0);
  auto without = GgufFile::open(plain);
  ASSERT_TRUE(without.ok());
  auto same = [&](std::string_view name) {
    auto a = file->find_tensor(name)->data, b = without->find_tensor(name)->data;
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  };
  EXPECT_FALSE(same("blk.0.ffn_down_exps.weight"));
  EXPECT_TRUE(same("blk.1.ffn_down_exps.weight"));

  importance.tensors["blk.0.ffn_down_exps.weight"].sums.resize(3 * 256);
  ASSERT_TRUE(importance.write(path("other.gguf")).ok());
  EXPECT_TRUE(quantize({in, out, "q4_0", "--importance", path("other.gguf")})
                  .failed_with("other.gguf: tensor \"blk.0.ffn_down_exps.weight\": "));
}

TEST_F(Quantize, FindsTypesForASize) {
  std::string in = model("in.gguf"), out = path("out.gguf");
  uint64_t before = 0;
  double last_error = 1;
  for (const char* size : {"200kB", "0.4M"}) {
    ProgramRun run = quantize({in, out, "--target-size", size});
    ASSERT_EQ(run.status, 0) << run.err;
    EXPECT_THAT(run.err, HasSubstr("without --importance all columns count alike"));
    uint64_t bytes = std::filesystem::file_size(out), most = size[1] == '.' ? 400'000 : 200'000;
    EXPECT_LE(bytes, most);
    EXPECT_GT(bytes, before);
    EXPECT_GT(bytes, most * 9 / 10);
    before = bytes;
    double error = std::stod(run.out.substr(run.out.find("error") + 5));
    EXPECT_LT(error, last_error * 100);
    last_error = error / 100;
  }
  ProgramRun bits = quantize({in, out, "--target-bpw", "6.5", "--tensor-type", "ffn_down=q8_0"});
  ASSERT_EQ(bits.status, 0) << bits.err;
  EXPECT_EQ(type(out, "blk.0.ffn_down.weight"), "q8_0");
  auto file = GgufFile::open(out);
  uint64_t data = 0, numbers = 0;
  for (const StoredTensor& tensor : file->tensors()) {
    data += tensor.data.size();
    numbers += tensor.elements;
  }
  EXPECT_LE(8.0 * static_cast<double>(data), 6.5 * static_cast<double>(numbers));
  // Nothing needs to be lost.
  ASSERT_EQ(quantize({in, out, "--target-size", "1G"}).status, 0);
  EXPECT_EQ(type(out, "blk.0.attn_q.weight"), "f16");
}

TEST_F(Quantize, SizesThatCannotBe) {
  std::string in = model("in.gguf"), out = path("out.gguf");
  ProgramRun run = quantize({in, out, "--target-size", "20k"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err,
              HasSubstr("error: a file of 20000 bytes cannot be reached: with the smallest types it takes "));
  auto least = run.err.substr(run.err.rfind("takes ") + 6);
  EXPECT_EQ(quantize({in, out, "--target-size", least.substr(0, least.find(' '))}).status, 0);
  run = quantize({in, out, "--target-bpw", "0.5"});
  EXPECT_THAT(run.err,
              HasSubstr("error: 0.5 bits per weight cannot be reached: with the smallest types they are "));
  least = run.err.substr(run.err.rfind("are ") + 4);
  EXPECT_EQ(quantize({in, out, "--target-bpw", least.substr(0, least.find('\n'))}).status, 0);
  EXPECT_TRUE(
      quantize({in, out, "--target-size", "much"}).failed_with("\"much\": expected a size such as 4.2G"));
}

TEST_F(Quantize, WrongUsage) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"a", "b"},
                                                    {"a", "b", "q4_99"},
                                                    {"a", "b", "q4_0", "--target-size", "1G"},
                                                    {"a"},
                                                    {"a", "b", "--target-bpw", "-1"}}) {
    EXPECT_EQ(quantize(arguments).status, 2);
  }
  EXPECT_THAT(quantize({"a", "b", "q4_99"}).err, HasSubstr("\"q4_99\" is neither a preset nor a type"));
  std::string in = model("in.gguf");
  EXPECT_TRUE(
      quantize({in, path("o"), "q8_0", "--tensor-type", "ffn=q77"}).failed_with("\"q77\" is not a type"));
  EXPECT_TRUE(
      quantize({in, in, "q8_0"}).failed_with("in.gguf: is what is read; give the new file another name"));
  EXPECT_TRUE(
      quantize({folder_.string(), path("o"), "q8_0"}).failed_with("is a folder; hearth convert makes"));
  EXPECT_TRUE(
      quantize({in, path("no/folder/o.gguf"), "q8_0"}).failed_with("o.gguf: cannot create: No such file"));
  EXPECT_TRUE(quantize({path("none"), path("o"), "q8_0"}).failed_with("none: cannot open"));
  EXPECT_TRUE(quantize({in, path("o"), "q8_0", "--importance", in}).failed_with("in.gguf: "));
  EXPECT_THAT(files(), testing::ElementsAre("in.gguf"));
}

TEST_F(Quantize, NumbersThatAreNotFiniteAreNamed) {
  std::string in = model("in.gguf", 0, {}, [](std::string_view name, std::vector<float>& numbers) {
    if (name == "blk.1.attn_v.weight") numbers[256 * 3 + 5] = NAN;
  });
  EXPECT_TRUE(
      quantize({in, path("out.gguf"), "q8_0"})
          .failed_with("tensor \"blk.1.attn_v.weight\": row 3, column 5 holds nan, which no model can use"));
  in = model("in.gguf", 0, {}, [](std::string_view name, std::vector<float>& numbers) {
    if (name == "output_norm.weight") numbers[7] = INFINITY;  // not even where nothing changes
  });
  EXPECT_TRUE(quantize({in, path("out.gguf"), "q8_0"})
                  .failed_with("tensor \"output_norm.weight\": row 0, column 7 holds inf"));
  EXPECT_THAT(files(), testing::ElementsAre("in.gguf"));
}

TEST_F(Quantize, ATruncatedModelIsRefused) {
  std::string in = model("in.gguf");
  std::filesystem::resize_file(in, std::filesystem::file_size(in) - 1000);
  EXPECT_TRUE(quantize({in, path("out.gguf"), "q8_0"}).failed_with("in.gguf: "));
  EXPECT_THAT(files(), testing::ElementsAre("in.gguf"));
}

TEST_F(Quantize, AFullDiskLeavesNothing) {
  std::string in = model("in.gguf");
  ProgramRun run = quantize({in, path("out.gguf"), "q8_0"}, {.file_bytes = 100'000});
  EXPECT_TRUE(run.failed_with("out.gguf: cannot write: File too large")) << run.err;
  EXPECT_THAT(files(), testing::ElementsAre("in.gguf"));
}

// A model whose one matrix takes far longer than it takes to stop: zeros that take no place on the disk.
class LongQuantize : public Quantize {
 protected:
  void SetUp() override {
    Quantize::SetUp();
    using namespace testing_gguf;
    File file{.tensors = {tensor("blk.0.ffn_up.weight", {4096, 65536}, 1, 0)}};
    std::string header = file.bytes();
    header.resize((header.size() + 31) / 32 * 32);
    in_ = put("in.gguf", header);
    std::filesystem::resize_file(in_, header.size() + uint64_t{4096} * 65536 * 2);
  }

  // Waits until the program has begun to write, then sends it the signal.
  ProgramRun quantize_until(int signal) {
    int watch = ::inotify_init1(IN_CLOEXEC);
    EXPECT_GE(::inotify_add_watch(watch, folder_.c_str(), IN_CREATE), 0);
    ProgramRun run = quantize({in_, path("out.gguf"), "q8_0"}, {.while_running = [&](int process) {
                                pollfd event{watch, POLLIN, 0};
                                EXPECT_EQ(::poll(&event, 1, 60'000), 1);
                                ::kill(process, signal);
                              }});
    ::close(watch);
    return run;
  }
  std::string in_;
};

TEST_F(LongQuantize, KilledItLeavesNothingUnderTheFinalName) {
  ProgramRun run = quantize_until(SIGKILL);
  EXPECT_EQ(run.status, -SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(path("out.gguf")));
  auto left = files();
  ASSERT_EQ(left.size(), 2u);
  std::string part = left[left[0] == "in.gguf"];
  EXPECT_THAT(part, testing::StartsWith("out.gguf."));
  EXPECT_THAT(part, testing::EndsWith(".part"));
  // What is left over is in nobody's way.
  std::string in = model("small.gguf");
  EXPECT_EQ(quantize({in, path("out.gguf"), "q8_0"}).status, 0);
}

TEST_F(LongQuantize, InterruptedItCleansUp) {
  for (int signal : {SIGINT, SIGTERM}) {
    ProgramRun run = quantize_until(signal);
    EXPECT_TRUE(run.failed_with("stopped; nothing was written")) << run.status << run.err;
    EXPECT_THAT(files(), testing::ElementsAre("in.gguf"));
  }
}

class DebugEncode : public Quantize {
 protected:
  std::string floats(const std::string& name, const std::vector<float>& values) const {
    return put(name, std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4));
  }
  static std::vector<float> floats_of(const std::string& bytes) {
    std::vector<float> values(bytes.size() / 4);
    std::memcpy(values.data(), bytes.data(), values.size() * 4);
    return values;
  }
  std::vector<float> rows_ = std::vector<float>(4 * 256);
  void SetUp() override {
    Quantize::SetUp();
    for (size_t i = 0; i < rows_.size(); ++i) rows_[i] = std::sin(static_cast<float>(i) * 0.37f) * 0.1f;
  }
};

TEST_F(DebugEncode, ThereAndBack) {
  std::string in = floats("in.f32", rows_), bin = path("out.bin"), back = path("back.f32");
  ASSERT_EQ(run_program({"debug", "encode", "Q8_0", "--columns", "256", in, bin}).status, 0);
  EXPECT_EQ(std::filesystem::file_size(bin), 4u * 8 * 34);
  ASSERT_EQ(run_program({"debug", "decode", "q8_0", "--columns", "256", bin, back}).status, 0);
  auto decoded = floats_of(read(back));
  ASSERT_EQ(decoded.size(), rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) ASSERT_NEAR(decoded[i], rows_[i], 0.1 / 254 + 1e-4);
}

TEST_F(DebugEncode, ImportanceForAllRowsOrForEachNumber) {
  std::string in = floats("in.f32", rows_), bin = path("out.bin");
  std::vector<float> columns(256);
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = i % 5 ? 1.0f : 50.0f;
  std::vector<float> numbers;
  for (int row = 0; row < 4; ++row) numbers.insert(numbers.end(), columns.begin(), columns.end());
  auto encode = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"debug", "encode", "q4_0", "--columns", "256", in, bin};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run_program(arguments).status, 0);
    return read(bin);
  };
  std::string weighted = encode({"--importance", floats("columns.f32", columns)});
  EXPECT_TRUE(encode({"--importance", floats("numbers.f32", numbers)}) == weighted);
  EXPECT_TRUE(encode({}) != weighted);
}

TEST_F(DebugEncode, WrongSizesAndTypes) {
  std::string in = floats("in.f32", rows_), bin = path("out.bin"), odd = put("odd.bin", "12345");
  auto encode = [&](const std::string& type, const std::string& columns, const std::string& file) {
    return run_program({"debug", "encode", type, "--columns", columns, file, bin});
  };
  EXPECT_TRUE(encode("q4_0", "100", in).failed_with("--columns 100: no whole number of blocks of q4_0"));
  EXPECT_TRUE(encode("q4_0", "96", in).failed_with("has 1024 numbers, no whole number of rows of 96"));
  EXPECT_TRUE(encode("q4_0", "32", odd).failed_with("odd.bin: has 5 bytes"));
  EXPECT_TRUE(encode("q5_x", "32", in).failed_with("\"q5_x\" is not a type that tensors can be written in"));
  EXPECT_TRUE(encode("q4_0", "32", put("none.f32", "")).failed_with("has 0 numbers"));
  EXPECT_EQ(encode("q4_0", "0", in).status, 2);
  EXPECT_TRUE(run_program({"debug", "encode", "q4_0", "--columns", "32", in, bin, "--importance",
                           floats("few.f32", {1, 2, 3})})
                  .failed_with("few.f32: has 3 numbers, expected 32 (for all rows) or 1024"));
  EXPECT_TRUE(run_program({"debug", "decode", "q4_0", "--columns", "32", odd, path("o")})
                  .failed_with("odd.bin: has 5 bytes, no whole number of rows of 18"));
  EXPECT_TRUE(run_program({"debug", "decode", "i32", "--columns", "32", odd, path("o")})
                  .failed_with("\"i32\": is not a tensor type"));
  EXPECT_FALSE(std::filesystem::exists(bin));
}

// What another implementation encoded, decoded; and its input, encoded with no more error than it made.
TEST_F(DebugEncode, TheConformanceRows) {
  const char* conformance = std::getenv("HEARTH_CONFORMANCE");
  if (!conformance) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set";
  const std::string quants = std::string(conformance) + "/quants/";
  auto manifest = nlohmann::json::parse(read(quants + "manifest.json"));
  const std::vector<float> input = floats_of(read(quants + "input.f32"));
  const std::vector<float> importance = floats_of(read(quants + "importance.f32"));
  const size_t columns = manifest["columns"], rows = manifest["rows"];
  for (const auto& [type, facts] : manifest["types"].items()) {
    for (const char* kind : {"plain", "weighted"}) {
      if (!facts.contains(kind)) continue;
      const bool weighted = kind[0] == 'w';
      std::string bin = path("out.bin"), back = path("back.f32"), stored = quants + type + "." + kind;
      ASSERT_EQ(run_program({"debug", "decode", type, "--columns", "1024", stored + ".bin", back}).status, 0);
      EXPECT_TRUE(floats_of(read(back)) == floats_of(read(stored + ".f32"))) << type << " " << kind;
      std::vector<std::string> encode = {"debug", "encode", type, "--columns", "1024", quants + "input.f32",
                                         bin};
      if (weighted) encode.insert(encode.end(), {"--importance", quants + "importance.f32"});
      ASSERT_EQ(run_program(encode).status, 0) << type;
      ASSERT_EQ(run_program({"debug", "decode", type, "--columns", "1024", bin, back}).status, 0);
      auto decoded = floats_of(read(back));
      ASSERT_EQ(decoded.size(), input.size());
      const auto& limits = facts[kind][weighted ? "weighted_rmse_per_row" : "rmse_per_row"];
      for (size_t row = 0; row < rows; ++row) {
        double error = 0;
        for (size_t i = 0; i < columns; ++i) {
          double weight = weighted ? importance[i] : 1;
          error += weight * std::pow(double{decoded[row * columns + i]} - input[row * columns + i], 2);
        }
        EXPECT_LE(std::sqrt(error / static_cast<double>(columns)), limits[row].get<double>() * 1.02 + 1e-12)
            << type << " " << kind << " row " << row;
      }
    }
  }
}

}  // namespace
}  // namespace hearth
