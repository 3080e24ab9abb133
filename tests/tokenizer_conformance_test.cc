// Texts and the ids that another implementation computed for them, with vocabularies of released models.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance.h"
#include "model/vocabulary.h"
#include "tokenizer/detokenizer.h"

namespace hearth {
namespace {

std::vector<std::string> split(std::string_view all, char end) {
  std::vector<std::string> parts;
  while (!all.empty()) {
    size_t size = std::min(all.find(end), all.size());
    parts.emplace_back(all.substr(0, size));
    all.remove_prefix(std::min(all.size(), size + 1));
  }
  return parts;
}

std::shared_ptr<const Tokenizer> open_tokenizer(const std::filesystem::path& path) {
  auto file = GgufFile::open(path);
  EXPECT_TRUE(file.ok()) << file.error().message;
  auto tokenizer = read_tokenizer(file->metadata());
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  return *tokenizer;
}

class TokenizerConformance : public testing::TestWithParam<const char*> {
 protected:
  // With special tokens added and recognised, or neither.
  void expect_ids(const std::filesystem::path& folder, bool special) {
    auto tokenizer = open_tokenizer(folder / fmt::format("{}.gguf", GetParam()));
    auto texts = split(read_file(folder / "texts.nul").value(), '\0');
    auto name = fmt::format("{}{}.ids", GetParam(), special ? ".special" : "");
    auto expected = split(read_file(folder / name).value(), '\n');
    ASSERT_EQ(expected.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      auto ids = tokenizer->encode(texts[i], {.add_special = special, .parse_special = special});
      ASSERT_TRUE(ids.ok()) << ids.error().message;
      EXPECT_EQ(fmt::format("[{}]", fmt::join(*ids, ",")), expected[i]) << "text " << i << ": " << texts[i];
    }
  }
};

TEST_P(TokenizerConformance, PlainText) {
  CONFORMANCE_OR_SKIP(folder, "tokenizers");
  expect_ids(folder, false);
}

TEST_P(TokenizerConformance, TextWithSpecialTokens) {
  CONFORMANCE_OR_SKIP(folder, "tokenizers");
  expect_ids(folder, true);
}

// Byte by byte what was encoded, whole and token by token, except what the vocabulary itself does not keep:
// U+2581 is a space in SentencePiece, WordPiece cleans the text, and Phi-3's tokens swallow spaces.
TEST_P(TokenizerConformance, TextComesBack) {
  CONFORMANCE_OR_SKIP(folder, "tokenizers");
  std::string_view name = GetParam();
  if (name == "bert-bge") GTEST_SKIP() << "WordPiece does not keep the text";
  auto tokenizer = open_tokenizer(folder / fmt::format("{}.gguf", name));
  for (const std::string& text : split(read_file(folder / "texts.nul").value(), '\0')) {
    bool marks_spaces = name == "llama-spm" || name == "phi-3";
    if (marks_spaces && text.find("\u2581") != text.npos) continue;
    for (bool special : {false, true}) {
      if (special && name == "phi-3") continue;
      auto ids = tokenizer->encode(text, {.add_special = special, .parse_special = special}).value();
      EXPECT_EQ(tokenizer->decode(ids).value(), text);
    }
    Detokenizer detokenizer(*tokenizer);
    std::string whole;
    auto ids = tokenizer->encode(text, {.add_special = false, .parse_special = false}).value();
    for (TokenId id : ids) whole += detokenizer.push(id);
    EXPECT_EQ(whole + detokenizer.finish(), text);
  }
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, TokenizerConformance,
                         testing::Values("llama-spm", "phi-3", "gpt-2", "falcon", "refact", "deepseek-coder",
                                         "bert-bge"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hearth
