// hearth embed, as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "program.h"

namespace hearth {
namespace {

using namespace std::string_literals;

const std::string kEmbeddingModel = HEARTH_SOURCE_DIR "/models/hearth-tiny.gguf";

std::vector<std::vector<double>> vectors_of(const ProgramRun& run) {
  EXPECT_EQ(run.status, 0) << run.err;
  std::vector<std::vector<double>> all;
  for (size_t at = 0; at < run.out.size();) {
    size_t end = run.out.find('\n', at);
    all.push_back(nlohmann::json::parse(run.out.substr(at, end - at)));
    at = end + 1;
  }
  return all;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(Embed, VectorsHaveLengthOneAndTellTextsApart) {
  auto vectors = vectors_of(
      run_program({"embed", kEmbeddingModel, "--nul"},
                  {.text = "The cat sat on the mat.\0A cat was sitting there.\0One plus one.\0"s}));
  ASSERT_EQ(vectors.size(), 3u);
  for (const auto& vector : vectors) EXPECT_NEAR(product(vector, vector), 1, 1e-5);
  EXPECT_LT(product(vectors[0], vectors[1]), 0.9999);
}

TEST(Embed, CompanyAndThreadsChangeNoBit) {
  std::string first = "Once upon a time", second = "there was a much longer text than that, and it went on.";
  auto both = run_program({"embed", kEmbeddingModel, "--nul", "--threads", "2"},
                          {.text = first + '\0' + second + '\0' + first + '\0'});
  auto alone = [&](const std::string& text) {
    return run_program({"embed", kEmbeddingModel, "--text", text, "--threads", "1"}).out;
  };
  EXPECT_EQ(both.out, alone(first) + alone(second) + alone(first));
}

TEST(Embed, PoolingIsAsAskedAndTheLengthMayStay) {
  auto embed = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"embed", kEmbeddingModel, "--text", "Two small words"});
    return vectors_of(run_program(more)).at(0);
  };
  auto mean = embed({}), same = embed({"--pooling", "mean"}), last = embed({"--pooling", "last"});
  EXPECT_EQ(mean, same);
  EXPECT_NE(mean, last);
  EXPECT_NE(embed({"--pooling", "cls"}), last);
  auto raw = embed({"--no-normalize"});
  double length = std::sqrt(product(raw, raw));
  EXPECT_GT(std::abs(length - 1), 0.01);
  for (size_t i = 0; i < raw.size(); ++i) EXPECT_NEAR(raw[i] / length, mean[i], 1e-6);
}

TEST(Embed, FailuresAreOneLine) {
  EXPECT_TRUE(
      run_program({"embed", kEmbeddingModel, "--text", "a", "--pooling", "rank"}).failed_with("cannot rank"));
  EXPECT_EQ(run_program({"embed", kEmbeddingModel, "--text", "a", "--pooling", "best"}).status, 2);
  EXPECT_TRUE(run_program({"embed", "missing.gguf", "--text", "a"}).failed_with("missing.gguf"));
}

}  // namespace
}  // namespace hearth
