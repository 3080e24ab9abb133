#include "model/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The metadata of a small SentencePiece vocabulary, to be changed.
class VocabularyFile {
 public:
  VocabularyFile() {
    set("general.architecture", std::string_view("llama"));
    set("tokenizer.ggml.model", std::string_view("llama"));
    set("tokenizer.ggml.tokens", GgufArray(std::span<const std::string_view>(kTokens)));
    set("tokenizer.ggml.scores", GgufArray(std::span<const float>(kScores)));
    set("tokenizer.ggml.token_type", GgufArray(std::span<const int32_t>(kTypes)));
  }

  void set(std::string_view key, GgufValue value) {
    remove(key);
    entries_.push_back({key, value});
  }
  void remove(std::string_view key) {
    std::erase_if(entries_, [&](const auto& entry) { return entry.key == key; });
  }

  auto read() const { return read_tokenizer(GgufMetadata::make("file", entries_).value()); }
  std::string error() const {
    auto tokenizer = read();
    return tokenizer.ok() ? "" : tokenizer.error().message;
  }

 private:
  static constexpr std::string_view kTokens[] = {"<unk>", "<s>", "</s>", "\u2581", "a", "\u2581a", "<0x0A>"};
  static constexpr float kScores[] = {0, 0, 0, -1, -2, -3, 0};
  static constexpr int32_t kTypes[] = {2, 3, 3, 1, 1, 1, 6};
  std::vector<GgufMetadata::Entry> entries_;
};

TEST(VocabularyFile, IsATokenizer) {
  VocabularyFile file;
  auto tokenizer = file.read();
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  EXPECT_THAT((*tokenizer)->encode("a\n", {.add_special = true, .parse_special = true}).value(),
              ElementsAre(1, 5, 6));
  EXPECT_TRUE((*tokenizer)->is_end(2));
}

TEST(VocabularyFile, MayHaveNoTokenizer) {
  VocabularyFile file;
  for (std::string_view none : {"no_vocab", "none"}) {
    file.set("tokenizer.ggml.model", none);
    EXPECT_EQ(file.read().value(), nullptr);
  }
  file.remove("tokenizer.ggml.model");
  EXPECT_EQ(file.read().value(), nullptr);
}

TEST(VocabularyFile, ErrorsNameTheKey) {
  auto complaint = [](std::string_view key, GgufValue value) {
    VocabularyFile file;
    file.set(key, value);
    return file.error();
  };
  static const float few_scores[] = {0, 0};
  static const int32_t types[] = {2, 3, 3, 1, 1, 1, 7};
  static const std::string_view bytes[] = {"<unk>", "<s>", "</s>", "b", "a", "c", "<0x-1>"};
  EXPECT_EQ(complaint("tokenizer.ggml.scores", GgufArray(std::span<const float>(few_scores))),
            "file: tokenizer.ggml.scores: 2 of them for 7 tokens");
  EXPECT_EQ(complaint("tokenizer.ggml.token_type", GgufArray(std::span<const int32_t>(types))),
            "file: tokenizer.ggml.token_type[6]: 7 is no type of token, expected 0 to 6");
  EXPECT_EQ(complaint("tokenizer.ggml.tokens", GgufArray(std::span<const std::string_view>(bytes))),
            "file: tokenizer.ggml.tokens[6]: \"<0x-1>\" has type byte; expected <0x00> to <0xFF>");
  EXPECT_EQ(complaint("tokenizer.ggml.bos_token_id", uint32_t{7}),
            "file: tokenizer.ggml.bos_token_id: 7 is outside the vocabulary of 7 tokens");
  EXPECT_EQ(complaint("tokenizer.ggml.eos_token_id", int32_t{-2}),
            "file: tokenizer.ggml.eos_token_id: -2 is outside the vocabulary of 7 tokens");
  EXPECT_EQ(complaint("tokenizer.ggml.model", std::string_view("hybriddna")),
            "file: tokenizer.ggml.model: tokenizer model \"hybriddna\" is not supported yet");
  EXPECT_THAT(complaint("tokenizer.ggml.add_bos_token", uint32_t{1}),
              HasSubstr("tokenizer.ggml.add_bos_token"));
  EXPECT_THAT(complaint("tokenizer.ggml.tokens", uint32_t{1}), HasSubstr("tokenizer.ggml.tokens"));
}

TEST(VocabularyFile, NoneIsWrittenAsMinusOneOrPadding) {
  VocabularyFile file;
  file.set("tokenizer.ggml.seperator_token_id", uint32_t{0xFFFFFFFF});
  file.set("tokenizer.ggml.eot_token_id", int32_t{-1});
  file.set("tokenizer.ggml.padding_token_id", uint32_t{7});
  auto tokenizer = file.read();
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  for (TokenRole role : {TokenRole::separator, TokenRole::padding}) EXPECT_FALSE((*tokenizer)->role(role));
}

TEST(VocabularyFile, FlagsAreObeyed) {
  VocabularyFile file;
  file.set("tokenizer.ggml.add_bos_token", false);
  file.set("tokenizer.ggml.add_eos_token", true);
  file.set("tokenizer.ggml.add_space_prefix", false);
  EXPECT_THAT(file.read().value()->encode("a", {.add_special = true, .parse_special = true}).value(),
              ElementsAre(4, 2));
}

TEST(VocabularyFile, OldNamesOfRolesAreRead) {
  VocabularyFile file;
  file.set("tokenizer.ggml.middle_token_id", uint32_t{4});
  EXPECT_EQ(file.read().value()->role(TokenRole::fim_middle), 4);
}

}  // namespace
}  // namespace hearth
