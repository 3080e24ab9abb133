#include "model/vocabulary.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hearth {
namespace {

// Texts and the ids that another implementation computed for them, where that data is there.
class Conformance : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("HEARTH_CONFORMANCE");
    if (!folder) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set";
    folder_ = std::filesystem::path(folder) / "tokenizers";
    auto file = GgufFile::open(folder_ / fmt::format("{}.gguf", GetParam()));
    ASSERT_TRUE(file.ok()) << file.error().message;
    auto tokenizer = read_tokenizer(file->metadata());
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
    tokenizer_ = *tokenizer;
    texts_ = split(read_file(folder_ / "texts.nul").value(), '\0');
  }

  static std::vector<std::string> split(std::string_view all, char end) {
    std::vector<std::string> parts;
    while (!all.empty()) {
      size_t size = std::min(all.find(end), all.size());
      parts.emplace_back(all.substr(0, size));
      all.remove_prefix(std::min(all.size(), size + 1));
    }
    return parts;
  }

  void expect_ids(std::string_view suffix, Tokenizer::EncodeOptions options) {
    auto expected = split(read_file(folder_ / fmt::format("{}{}", GetParam(), suffix)).value(), '\n');
    ASSERT_EQ(expected.size(), texts_.size());
    size_t equal = 0;
    for (size_t i = 0; i < texts_.size(); ++i) {
      auto ids = tokenizer_->encode(texts_[i], options);
      ASSERT_TRUE(ids.ok()) << ids.error().message;
      std::string found = fmt::format("[{}]", fmt::join(*ids, ","));
      EXPECT_EQ(found, expected[i]) << "text " << i << ": " << texts_[i];
      equal += found == expected[i];
    }
    RecordProperty("equal", static_cast<int>(equal));
  }

  std::filesystem::path folder_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<std::string> texts_;
};

TEST_P(Conformance, PlainTextHasTheExpectedIds) {
  expect_ids(".ids", {.add_special = false, .parse_special = false});
}

TEST_P(Conformance, TextWithSpecialTokensHasTheExpectedIds) {
  expect_ids(".special.ids", {.add_special = true, .parse_special = true});
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, Conformance,
                         testing::Values("llama-spm", "phi-3", "gpt-2", "falcon", "refact", "deepseek-coder",
                                         "bert-bge"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hearth
