// Perplexity and divergence: against another implementation's, and against what they must be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "base/file.h"
#include "conformance.h"
#include "engine/divergence.h"
#include "engine/perplexity.h"
#include "engine/scores.h"
#include "files.h"
#include "formats/gguf_writer.h"
#include "model/builtin.h"
#include "model/vocabulary.h"
#include "program.h"

namespace hearth {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

std::string story_text() {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    text += fmt::format("Once upon a time there was a fox with {} kites. It gave one to a friend.\n", i);
  }
  return text;
}

std::string story() {
  std::string path = temporary("perplexity_story.txt");
  auto file = AtomicFile::create(path);
  EXPECT_TRUE(file.ok() && file->write(story_text()).ok() && file->commit().ok());
  return path;
}

Json json_of(const std::vector<std::string>& arguments) {
  ProgramRun run = run_program(arguments);
  EXPECT_EQ(run.status, 0) << run.err;
  return Json::parse(run.out, nullptr, false);
}

TEST(Scores, LogSumExpIsRightWhereverTheLogitsLie) {
  std::vector<float> logits = {1, 2, 3};
  EXPECT_NEAR(log_sum_exp(logits), 3.4076059644443806, 1e-15);
  std::vector<float> high = {1001, 1002, 1003};
  EXPECT_NEAR(log_sum_exp(high), 1003.4076059644443806, 1e-12);
  std::vector<float> low = {-1e30f, 0, -1e30f};
  EXPECT_EQ(log_sum_exp(low), 0);
}

TEST(Scores, MeanAndItsStandardError) {
  Mean mean;
  for (double number : {1.0, 2.0, 3.0, 4.0}) mean.add(number);
  EXPECT_DOUBLE_EQ(mean.value(), 2.5);
  EXPECT_DOUBLE_EQ(mean.error(), std::sqrt(1.25 / 3));  // the variance 1.25 over one less than four
}

class Measured : public testing::Test {
 protected:
  void SetUp() override {
    auto model = Model::parse(builtin_model(), kBuiltinModelName);
    ASSERT_TRUE(model.ok()) << model.error().message;
    model_ = *model;
    auto tokenizer = read_tokenizer(model_->file().metadata());
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
    tokenizer_ = *tokenizer;
    auto backend = make_cpu_backend({});
    ASSERT_TRUE(backend.ok()) << backend.error().message;
    backend_ = *std::move(backend);
  }

  Chunks chunks(int64_t size) {
    Chunks::Options options;
    options.size = size;
    auto made = Chunks::make(*tokenizer_, story_text(), options);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *std::move(made);
  }

  std::unique_ptr<Session> session(int64_t context, int32_t batch_rows = 512) {
    SessionOptions options = measuring_session(*model_, context);
    options.batch_rows = batch_rows;
    auto made = Session::create(model_, *backend_, options);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *std::move(made);
  }

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Backend> backend_;
};

// By the definition, one token at a time.
TEST_F(Measured, PerplexityIsWhatTheLogitsOfEachTokenSay) {
  constexpr int64_t kSize = 32;
  Chunks text = chunks(kSize);
  double cost = 0;
  int64_t tokens = 0;
  for (int64_t i = 0; i < text.count(); ++i) {
    auto alone = session(kSize);
    for (size_t t = 0; t + 1 < kSize; ++t) {
      TokenId token = text[i][t];
      auto logits = alone->extend(std::span(&token, 1));
      ASSERT_TRUE(logits.ok());
      if (t < kSize / 2) continue;
      double sum = 0;
      for (float logit : *logits) sum += std::exp(static_cast<double>(logit));
      cost += std::log(sum) - (*logits)[static_cast<size_t>(text[i][t + 1])];
      ++tokens;
    }
  }
  ThreadPool pool(2);
  auto measuring = session(kSize);
  auto found = measure_perplexity(*measuring, text, pool, nullptr);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->tokens, tokens);
  EXPECT_EQ(found->chunks, text.count());
  EXPECT_NEAR(found->value, std::exp(cost / static_cast<double>(tokens)), 1e-9 * found->value);
}

TEST_F(Measured, HowAChunkIsCutIntoBatchesChangesNoBit) {
  Chunks text = chunks(32);
  ThreadPool one(1), two(2);
  auto whole_session = session(32);
  auto whole = measure_perplexity(*whole_session, text, two, nullptr);
  ASSERT_TRUE(whole.ok());
  for (int32_t rows : {1, 5, 16, 17}) {
    auto cut_session = session(32, rows);
    auto cut = measure_perplexity(*cut_session, text, one, nullptr);
    ASSERT_TRUE(cut.ok());
    EXPECT_EQ(cut->value, whole->value) << rows;
    EXPECT_EQ(cut->error, whole->error) << rows;
  }
}

TEST_F(Measured, EveryChunkBeginsAsATextDoes) {
  Chunks text = chunks(32);
  ASSERT_GE(text.count(), 3);
  std::span<const TokenId> prefix = tokenizer_->prefix();
  ASSERT_FALSE(prefix.empty());
  for (int64_t i = 0; i < text.count(); ++i) EXPECT_EQ(text[i][0], prefix[0]) << i;
}

TEST_F(Measured, ASinkEndsIt) {
  Chunks text = chunks(32);
  ThreadPool pool(1);
  auto measuring = session(32);
  auto found =
      measure_perplexity(*measuring, text, pool, [](const Perplexity& so_far) { return so_far.chunks < 2; });
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->chunks, 2);
}

TEST_F(Measured, AModelDoesNotDivergeFromItself) {
  Chunks text = chunks(32);
  ThreadPool pool(2);
  auto a = session(32), b = session(32, 7);  // batches are as short as the shorter of the two
  auto found = measure_divergence(*a, *b, text, pool, nullptr);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->kl_mean, 0);
  EXPECT_EQ(found->kl_max, 0);
  EXPECT_EQ(found->same_top, 1);
  EXPECT_EQ(found->perplexity_ratio, 1);
  auto alone = session(32);
  auto perplexity = measure_perplexity(*alone, text, pool, nullptr);
  ASSERT_TRUE(perplexity.ok());
  EXPECT_EQ(found->perplexity, perplexity->value);
  EXPECT_EQ(found->tokens, perplexity->tokens);
}

// The built-in model with one of its tensors made coarser.
std::string coarse_model() {
  std::string path = temporary("coarse.gguf");
  auto file = GgufFile::open(kBuiltin);
  EXPECT_TRUE(file.ok());
  GgufContents contents;
  for (const auto& [key, value] : file->metadata().entries()) EXPECT_TRUE(contents.set(key, value).ok());
  for (const StoredTensor& tensor : file->tensors()) {
    EXPECT_TRUE(contents.add_tensor(tensor.name, tensor.type, tensor.shape).ok());
  }
  auto writer = GgufWriter::create(path, contents);
  EXPECT_TRUE(writer.ok());
  for (const StoredTensor& tensor : file->tensors()) {
    std::vector<std::byte> bytes(tensor.data.begin(), tensor.data.end());
    if (tensor.name == "blk.0.ffn_down.weight") std::fill(bytes.begin(), bytes.end(), std::byte{0});
    EXPECT_TRUE(writer->write(tensor.name, bytes).ok());
  }
  EXPECT_TRUE(writer->commit().ok());
  return path;
}

TEST(DivergenceCommand, GivesTheContractsNumbersAndTheRest) {
  std::string coarse = coarse_model();
  Json json =
      json_of({"divergence", coarse, "--reference", kBuiltin, "-f", story(), "--ctx", "32", "--json"});
  ASSERT_TRUE(json.is_object());
  EXPECT_GT(json["kl_mean"], 0);
  EXPECT_GT(json["kl_error"], 0);
  EXPECT_LE(json["kl_median"], json["kl_p90"]);
  EXPECT_LE(json["kl_p90"], json["kl_p95"]);
  EXPECT_LE(json["kl_p95"], json["kl_p99"]);
  EXPECT_LE(json["kl_p99"], json["kl_p99_9"]);
  EXPECT_LE(json["kl_p99_9"], json["kl_max"]);
  EXPECT_LT(json["same_top"], 1);
  EXPECT_GT(json["dp_rms"], std::abs(json["dp_mean"].get<double>()));
  Json mine = json_of({"perplexity", coarse, "-f", story(), "--ctx", "32", "--json"});
  Json reference = json_of({"perplexity", kBuiltin, "-f", story(), "--ctx", "32", "--json"});
  EXPECT_EQ(json["perplexity"], mine["perplexity"]);
  EXPECT_EQ(json["perplexity_error"], mine["error"]);
  EXPECT_EQ(json["reference_perplexity"], reference["perplexity"]);
  EXPECT_NEAR(json["perplexity_ratio"].get<double>(),
              mine["perplexity"].get<double>() / reference["perplexity"].get<double>(), 1e-9);
  EXPECT_EQ(json["tokens"], mine["tokens"]);
  EXPECT_EQ(json["chunks"], mine["chunks"]);

  ProgramRun table =
      run_program({"divergence", coarse, "--reference", kBuiltin, "-f", story(), "--ctx", "32"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("KL divergence, mean"));
  EXPECT_THAT(table.out, HasSubstr("same token likeliest"));
}

TEST(DivergenceCommand, RefusesAnotherVocabulary) {
  CONFORMANCE_OR_SKIP(folder, "stories");
  ProgramRun run = run_program(
      {"divergence", kBuiltin, "--reference", folder / "stories260K.gguf", "-f", story(), "--ctx", "32"});
  EXPECT_TRUE(run.failed_with("different vocabularies"));
}

TEST(PerplexityCommand, PrintsTheResultAlone) {
  ProgramRun run = run_program({"perplexity", kBuiltin, "-f", story(), "--ctx", "32", "--chunks", "2"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out,
              testing::MatchesRegex("perplexity [0-9.]+ \\+- [0-9.]+ \\(30 tokens in 2 chunks of 32\\)\n"));
  EXPECT_EQ(run.err, "");
}

TEST(PerplexityCommand, IsTheOtherImplementations) {
  CONFORMANCE_OR_SKIP(folder, "stories");
  Json json = json_of({"perplexity", folder / "stories260K.gguf", "-f", folder / "tinystories_sample_4k.txt",
                       "--ctx", "128", "--json"});
  EXPECT_NEAR(json["perplexity"].get<double>(), 6.8457, 0.0005 * 6.8457);
  EXPECT_EQ(json["chunks"], 14);
  EXPECT_EQ(json["tokens"], 14 * 63);
}

TEST(PerplexityCommand, SaysWhatIsWrong) {
  EXPECT_TRUE(run_program({"perplexity", kBuiltin, "-f", "/nowhere"}).failed_with("/nowhere"));
  EXPECT_TRUE(run_program({"perplexity", "/nowhere.gguf", "-f", story()}).failed_with("/nowhere.gguf"));
  EXPECT_TRUE(run_program({"perplexity", kBuiltin, "-f", story(), "--ctx", "4000"})
                  .failed_with("too few for two chunks of 4000: give a longer text"));
  EXPECT_TRUE(run_program({"perplexity", kBuiltin, "-f", story(), "--ctx", "2"}).failed_with("too short"));
  EXPECT_EQ(run_program({"perplexity", kBuiltin}).status, 2);
  EXPECT_EQ(run_program({"divergence", kBuiltin, "-f", story()}).status, 2);
}

TEST(PerplexityCommand, RefusesWhatReadsOrForetellsNoText) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  EXPECT_TRUE(
      run_program({"perplexity", folder / "bert.gguf", "-f", story()}).failed_with("embedding model"));
  EXPECT_TRUE(run_program({"perplexity", folder / "llama.gguf", "-f", story()}).failed_with("no tokenizer"));
}

}  // namespace
}  // namespace hearth
