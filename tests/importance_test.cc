// What is measured of a model's matrices, against sums worked out here from the same numbers; and the command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numeric>

#include "backends/cpu/cpu.h"
#include "base/file.h"
#include "base/own_folder_testing.h"
#include "conformance.h"
#include "engine/importance.h"
#include "files.h"
#include "formats/gguf_writer.h"
#include "ops/reference.h"
#include "program.h"

namespace hearth {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

constexpr int64_t kVocabulary = 6, kDim = 4, kLayers = 2, kExperts = 3, kUsed = 2, kHidden = 5, kHeads = 2;
constexpr int64_t kHeadDim = kDim / kHeads;

// One of each kind of product: a matrix that layers share, matrices of heads that the file has apart and joined,
// experts, and the vocabulary's, which is tied.
constexpr const char* kArchitecture = R"(arch sums
config
  vocab   = 6
  dim     = 4
  layers  = 2
  experts = 3
  hidden  = 5
  heads   = 2
weights
  token_embd       [vocab, dim]                    -
  output           [vocab, dim]                    -    or token_embd
  shared           [dim, dim]                      -
  layer
    apart          [heads, dim/heads, dim/heads]   -
    joined         [heads, dim/heads, dim/heads]   -
    ffn_gate_inp   [experts, dim]                  -
    ffn_up_exps    [experts, hidden, dim]          -
    ffn_down_exps  [experts, dim, hidden]          -
graph
  x = token_embd[tokens]
  each layer
    x += shared(x)
    x += merge(joined(apart(split(x, heads))))
    e, w = pick(ffn_gate_inp(x), 2)
    x += mix(w, ffn_down_exps[e](ffn_up_exps[e](x)))
  logits = output(x)
)";

using Numbers = std::vector<float>;

// Numbers that are spread but the same everywhere.
Numbers spread(size_t count, uint32_t seed) {
  Numbers numbers(count);
  for (float& number : numbers) {
    seed = seed * 1664525 + 1013904223;
    number = static_cast<float>(static_cast<int32_t>(seed >> 8) % 1000) / 1000 - 0.5f;
  }
  return numbers;
}

struct Tensor {
  std::string name;
  std::vector<uint64_t> shape;
  Numbers numbers;
};

// A model whose file says by itself what it computes.
std::shared_ptr<const Model> load_model(const std::string& name, std::string_view architecture,
                                        const std::vector<Tensor>& tensors) {
  auto path = own_folder() / (name + ".gguf");
  GgufContents contents;
  EXPECT_TRUE(contents.set("general.architecture", std::string_view(name)).ok());
  EXPECT_TRUE(contents.set("hearth.architecture", architecture).ok());
  for (const Tensor& tensor : tensors)
    EXPECT_TRUE(contents.add_tensor(tensor.name, Type::f32, tensor.shape).ok());
  auto writer = GgufWriter::create(path, contents);
  EXPECT_TRUE(writer.ok());
  for (const Tensor& tensor : tensors) {
    EXPECT_TRUE(writer->write(tensor.name, std::as_bytes(std::span(tensor.numbers))).ok());
  }
  EXPECT_TRUE(writer->commit().ok());
  auto model = Model::load(path);
  EXPECT_TRUE(model.ok()) << (model.ok() ? "" : model.error().message);
  return model.ok() ? *model : nullptr;
}

class SumsModel {
 public:
  SumsModel() {
    add("token_embd.weight", {kVocabulary, kDim});
    add("shared.weight", {kDim, kDim});
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      std::string at = fmt::format("blk.{}.", layer);
      add(at + "apart.weight", {kHeads, kHeadDim, kHeadDim});
      add(at + "joined.weight", {kHeads * kHeadDim, kHeadDim});
      add(at + "ffn_gate_inp.weight", {kExperts, kDim});
      add(at + "ffn_up_exps.weight", {kExperts, kHidden, kDim});
      add(at + "ffn_down_exps.weight", {kExperts, kDim, kHidden});
    }
  }

  std::shared_ptr<const Model> load() const { return load_model("sums", kArchitecture, tensors_); }

  // The sums, by a forward pass in the plainest way.
  std::map<std::string, InputSquares> sums(std::span<const int32_t> tokens) const {
    std::map<std::string, InputSquares> sums;
    sums["shared.weight"] = {std::vector<double>(kDim), {0}};
    sums["token_embd.weight"] = {std::vector<double>(kDim), {0}};
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      std::string at = fmt::format("blk.{}.", layer);
      sums[at + "apart.weight"] = {std::vector<double>(kHeads * kHeadDim), {0}};
      sums[at + "joined.weight"] = {std::vector<double>(kHeadDim), {0}};
      sums[at + "ffn_gate_inp.weight"] = {std::vector<double>(kDim), {0}};
      sums[at + "ffn_up_exps.weight"] = {std::vector<double>(kExperts * kDim),
                                         std::vector<uint64_t>(kExperts)};
      sums[at + "ffn_down_exps.weight"] = {std::vector<double>(kExperts * kHidden),
                                           std::vector<uint64_t>(kExperts)};
    }
    for (int32_t token : tokens) pass(token, sums);
    return sums;
  }

 private:
  using Row = std::vector<double>;

  void add(const std::string& name, std::vector<uint64_t> shape) {
    size_t count = std::accumulate(shape.begin(), shape.end(), uint64_t{1}, std::multiplies<>());
    tensors_.push_back({name, std::move(shape), spread(count, static_cast<uint32_t>(tensors_.size()) + 1)});
  }

  const Numbers& numbers(const std::string& name) const {
    return std::find_if(tensors_.begin(), tensors_.end(), [&](auto& tensor) { return tensor.name == name; })
        ->numbers;
  }

  // Rows [first, first + count) of a weight times x.
  Row times(const std::string& name, int64_t first, int64_t count, const Row& x) const {
    const Numbers& w = numbers(name);
    Row y(static_cast<size_t>(count));
    for (size_t o = 0; o < y.size(); ++o) {
      for (size_t i = 0; i < x.size(); ++i) y[o] += w[(static_cast<size_t>(first) + o) * x.size() + i] * x[i];
    }
    return y;
  }

  static void met(InputSquares& squares, int64_t matrix, size_t count, const Row& x) {
    for (size_t i = 0; i < x.size(); ++i)
      squares.sums[static_cast<size_t>(matrix) * x.size() + i] += x[i] * x[i];
    squares.rows[count] += 1;
  }

  void pass(int32_t token, std::map<std::string, InputSquares>& sums) const {
    const Numbers& embeddings = numbers("token_embd.weight");
    Row x(embeddings.begin() + token * kDim, embeddings.begin() + (token + 1) * kDim);
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      std::string at = fmt::format("blk.{}.", layer);
      met(sums["shared.weight"], 0, 0, x);
      Row shared = times("shared.weight", 0, kDim, x);
      for (size_t i = 0; i < x.size(); ++i) x[i] += shared[i];
      Row heads;
      for (int64_t h = 0; h < kHeads; ++h) {
        Row head(x.begin() + h * kHeadDim, x.begin() + (h + 1) * kHeadDim);
        met(sums[at + "apart.weight"], h, 0, head);
        Row apart = times(at + "apart.weight", h * kHeadDim, kHeadDim, head);
        met(sums[at + "joined.weight"], 0, 0, apart);
        Row joined = times(at + "joined.weight", h * kHeadDim, kHeadDim, apart);
        heads.insert(heads.end(), joined.begin(), joined.end());
      }
      for (size_t i = 0; i < x.size(); ++i) x[i] += heads[i];
      // All heads' rows are one row of the matrices that lie apart.
      sums[at + "apart.weight"].rows[0] -= kHeads - 1;

      met(sums[at + "ffn_gate_inp.weight"], 0, 0, x);
      Row scores = times(at + "ffn_gate_inp.weight", 0, kExperts, x);
      std::array<int64_t, kExperts> order{};
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return scores[static_cast<size_t>(a)] > scores[static_cast<size_t>(b)];
      });
      Row out(x.size());
      for (int64_t k = 0; k < kUsed; ++k) {
        auto e = static_cast<size_t>(order[static_cast<size_t>(k)]);
        auto expert = static_cast<int64_t>(e);
        met(sums[at + "ffn_up_exps.weight"], expert, e, x);
        Row hidden = times(at + "ffn_up_exps.weight", expert * kHidden, kHidden, x);
        met(sums[at + "ffn_down_exps.weight"], expert, e, hidden);
        Row down = times(at + "ffn_down_exps.weight", expert * kDim, kDim, hidden);
        for (size_t i = 0; i < x.size(); ++i) out[i] += scores[e] * down[i];
      }
      for (size_t i = 0; i < x.size(); ++i) x[i] += out[i];
    }
    met(sums["token_embd.weight"], 0, 0, x);
  }

  std::vector<Tensor> tensors_;
};

std::unique_ptr<Backend> cpu() {
  CpuOptions options;
  options.threads = 2;
  auto backend = make_cpu_backend(options);
  EXPECT_TRUE(backend.ok());
  return *std::move(backend);
}

void expect_sums(const Importance& found, const std::map<std::string, InputSquares>& expected) {
  EXPECT_EQ(found.tensors.size(), expected.size());
  for (const auto& [name, squares] : expected) {
    SCOPED_TRACE(name);
    const InputSquares* here = found.find(name);
    ASSERT_NE(here, nullptr);
    EXPECT_EQ(here->rows, squares.rows);
    ASSERT_EQ(here->sums.size(), squares.sums.size());
    for (size_t i = 0; i < squares.sums.size(); ++i) {
      EXPECT_NEAR(here->sums[i], squares.sums[i], 1e-5 * squares.sums[i] + 1e-9) << i;
    }
  }
}

const std::vector<int32_t> kTokens = {0, 1, 2, 3, 4, 5, 5, 2, 0, 3, 3, 1};

TEST(ImportanceMeter, SumsAreThoseOfThePlainForwardPass) {
  SumsModel sums;
  auto model = sums.load();
  ASSERT_TRUE(model);
  for (bool reference : {true, false}) {
    SCOPED_TRACE(reference ? "reference" : "cpu");
    auto backend = reference ? make_reference_backend() : cpu();
    ImportanceOptions options;
    options.chunk = static_cast<int64_t>(kTokens.size());
    options.process_output = true;
    options.key_type = options.value_type = Type::f32;
    auto meter = ImportanceMeter::create(model, *backend, 2, options);
    ASSERT_TRUE(meter.ok()) << meter.error().message;
    ASSERT_TRUE((*meter)->take(kTokens).ok());
    expect_sums((*meter)->importance(), sums.sums(kTokens));
  }
}

TEST(ImportanceMeter, ChunksAddAndTheOutputIsLeftOutUnlessAskedFor) {
  SumsModel sums;
  auto model = sums.load();
  ASSERT_TRUE(model);
  auto backend = cpu();
  ImportanceOptions options;
  options.chunk = 6;
  auto meter = ImportanceMeter::create(model, *backend, 2, options);
  ASSERT_TRUE(meter.ok()) << meter.error().message;
  std::span<const int32_t> all = kTokens;
  ASSERT_TRUE((*meter)->take(all.first(6)).ok());
  ASSERT_TRUE((*meter)->take(all.subspan(6)).ok());
  auto expected = sums.sums(kTokens);
  expected.erase("token_embd.weight");
  Importance found = (*meter)->importance();
  expect_sums(found, expected);
  EXPECT_EQ(found.chunk_count, 2u);
  EXPECT_EQ(found.chunk_size, 6u);
}

// The product that would notice is the last one, which nothing needs.
TEST(ImportanceMeter, ExpertsThatAreNotThereAreAnError) {
  constexpr const char* kText = R"(arch missing
config
  vocab  = 2
  dim    = 2
weights
  token_embd       [vocab, dim]  -
  output           [vocab, dim]  -    or token_embd
  ffn_gate_inp     [9, dim]      -
  ffn_up_exps      [2, dim, dim] -
graph
  x = token_embd[tokens]
  e, w = pick(ffn_gate_inp(x), 1)
  x += mix(w, ffn_up_exps[e](x))
  logits = output(x)
)";
  Numbers router(18, 0);
  router[16] = 1;  // the ninth wins
  auto model = load_model("missing", kText,
                          {{"token_embd.weight", {2, 2}, {1, 2, 3, 4}},
                           {"ffn_gate_inp.weight", {9, 2}, router},
                           {"ffn_up_exps.weight", {2, 2, 2}, spread(8, 1)}});
  ASSERT_TRUE(model);
  auto backend = cpu();
  ImportanceOptions options;
  options.chunk = 2;
  auto meter = ImportanceMeter::create(model, *backend, 1, options);
  ASSERT_TRUE(meter.ok()) << meter.error().message;
  Status taken = (*meter)->take(std::vector<int32_t>{0, 1});
  ASSERT_FALSE(taken.ok());
  EXPECT_THAT(taken.error().message, HasSubstr("experts that \"ffn_up_exps.weight\" does not have"));
}

// Mean squares fit the tensors as a quantizer asks for them: two inner dimensions are a matrix.
TEST(ImportanceMeter, EveryArchitecturesMatricesAreMeasured) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = cpu();
  size_t models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".gguf") continue;
    SCOPED_TRACE(entry.path().filename());
    auto model = Model::load(entry.path());
    if (!model.ok()) continue;  // an architecture that this build does not have
    ImportanceOptions options;
    options.chunk = 16;
    auto meter = ImportanceMeter::create(*model, *backend, 1, options);
    ASSERT_TRUE(meter.ok()) << meter.error().message;
    std::vector<int32_t> tokens(16);
    std::iota(tokens.begin(), tokens.end(), 1);
    if (!(*meter)->take(tokens).ok()) continue;  // it cannot run alone: a decoder, say
    Importance found = (*meter)->importance();
    EXPECT_GE(found.tensors.size(), 2u);
    for (const auto& [name, squares] : found.tensors) {
      SCOPED_TRACE(name);
      const StoredTensor* tensor = (*model)->file().find_tensor(name);
      ASSERT_NE(tensor, nullptr);
      uint64_t rows = tensor->shape.size() > 1 ? tensor->shape[tensor->shape.size() - 2] : 1;
      uint64_t columns = tensor->shape.back();
      auto means = squares.means(tensor->elements / rows / columns, columns);
      ASSERT_TRUE(means.ok()) << means.error().message;
      EXPECT_TRUE(std::all_of(means->begin(), means->end(), [](float m) { return std::isfinite(m); }));
      EXPECT_GT(squares.most_rows(), 0u);
    }
    ++models;
  }
  EXPECT_GT(models, 50u);
}

std::string fox_story() {
  std::string path = temporary("importance_story.txt"), text;
  for (int i = 0; i < 20; ++i)
    text += "Once upon a time there was a fox. It had a red kite and a small boat.\n";
  auto file = AtomicFile::create(path);
  EXPECT_TRUE(file.ok() && file->write(text).ok() && file->commit().ok());
  return path;
}

TEST(ImportanceCommand, WritesAFileThatItShowsAndCombines) {
  std::string out = temporary("importance.gguf"), both = temporary("importance_both.gguf");
  ProgramRun run =
      run_program({"importance", kBuiltin, "-f", fox_story(), "--ctx", "32", "--chunks", "3", "-o", out});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, "");
  auto one = Importance::read(out);
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ(one->chunk_count, 3u);
  EXPECT_EQ(one->chunk_size, 32u);
  EXPECT_EQ(one->find("blk.0.attn_q.weight")->most_rows(), 96u);
  EXPECT_THAT(one->tensors, Not(Contains(Key("token_embd.weight"))));

  ProgramRun shown = run_program({"importance", "--show", out});
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("3 chunks of 32 tokens"));
  EXPECT_THAT(shown.out, HasSubstr("blk.0.attn_q.weight"));

  ASSERT_EQ(run_program({"importance", "--in-file", out, "--in-file", out, "-o", both}).status, 0);
  auto twice = Importance::read(both);
  ASSERT_TRUE(twice.ok()) << twice.error().message;
  EXPECT_EQ(twice->chunk_count, 6u);
  EXPECT_EQ(twice->find("blk.0.attn_q.weight")->most_rows(), 192u);
  EXPECT_EQ(twice->find("blk.0.attn_q.weight")->sums[0], 2 * one->find("blk.0.attn_q.weight")->sums[0]);

  // A run that goes on from a file is as if both texts had been one.
  std::string more = temporary("importance_more.gguf");
  ProgramRun on = run_program({"importance", kBuiltin, "-f", fox_story(), "--ctx", "32", "--chunks", "3",
                               "--save-every", "1", "--in-file", out, "-o", more});
  ASSERT_EQ(on.status, 0) << on.err;
  auto sum = Importance::read(more);
  ASSERT_TRUE(sum.ok()) << sum.error().message;
  EXPECT_EQ(sum->find("blk.0.attn_q.weight")->sums, twice->find("blk.0.attn_q.weight")->sums);
  EXPECT_EQ(sum->datasets.size(), 2u);
}

TEST(ImportanceCommand, SaysWhatIsMissingOrWrong) {
  std::string out = temporary("importance_none.gguf");
  std::filesystem::remove(out);
  EXPECT_EQ(run_program({"importance"}).status, 2);
  EXPECT_EQ(run_program({"importance", kBuiltin, "-o", out}).status, 2);
  EXPECT_EQ(run_program({"importance", "--show", out, "-o", out}).status, 2);
  EXPECT_TRUE(run_program({"importance", "--show", kBuiltin}).failed_with("no file of importances"));
  EXPECT_TRUE(run_program({"importance", kBuiltin, "-f", "/nowhere", "-o", out}).failed_with("/nowhere"));
  EXPECT_TRUE(run_program({"importance", kBuiltin, "-f", fox_story(), "--ctx", "32", "-o", "/nowhere/x.gguf"})
                  .failed_with("/nowhere/x.gguf"));
  EXPECT_TRUE(run_program({"importance", kBuiltin, "-f", fox_story(), "--ctx", "9999", "-o", out})
                  .failed_with("too few for two chunks of 9999"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace hearth
