#include "tokenizer/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tokenizer/test_vocabulary.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ByteToken, OnlyTwoHexDigitsAreAByte) {
  EXPECT_EQ(byte_token_value("<0x00>"), 0);
  EXPECT_EQ(byte_token_value("<0xFF>"), 255);
  EXPECT_EQ(byte_token_value("<0x0a>"), 10);
  for (std::string_view wrong :
       {"<0x-1>", "<0xZZ>", "<0x 1>", "<0x+1>", "<0x1>", "<0x001>", "0x01", "<0x01", "", "<0X01>", "<0x0\0>"})
    EXPECT_FALSE(byte_token_value(wrong)) << wrong;
}

// What the check says of a good vocabulary after `change`.
template <class Change>
std::string complaint(Change change) {
  TestVocabulary good = sentencepiece_vocabulary();
  Vocabulary view = good.view();
  change(view);
  auto made = Tokenizer::make(view);
  return made.ok() ? "" : made.error().message;
}

TEST(Vocabulary, AGoodOneIsTaken) {
  EXPECT_EQ(complaint([](Vocabulary&) {}), "");
}

TEST(Vocabulary, SizesMustAgree) {
  EXPECT_EQ(complaint([](Vocabulary& v) { v.tokens = {}; }), "tokens: the vocabulary is empty");
  EXPECT_EQ(complaint([](Vocabulary& v) { v.scores.pop_back(); }), "scores: 276 of them for 277 tokens");
  EXPECT_EQ(complaint([](Vocabulary& v) { v.kinds.push_back(TokenKind::normal); }),
            "token_type: 278 of them for 277 tokens");
  EXPECT_THAT(complaint([](Vocabulary& v) { v.scores.clear(); }), StartsWith("scores: there are none"));
}

TEST(Vocabulary, IdsMustBeInside) {
  EXPECT_EQ(complaint([](Vocabulary& v) { v.roles[TokenRole::bos] = 277; }),
            "bos_token_id: 277 is outside the vocabulary of 277 tokens");
  EXPECT_EQ(complaint([](Vocabulary& v) { v.roles[TokenRole::eot] = -5; }),
            "eot_token_id: -5 is outside the vocabulary of 277 tokens");
}

TEST(Vocabulary, ScoresMustBeNumbers) {
  EXPECT_EQ(complaint([](Vocabulary& v) { v.scores[7] = std::numeric_limits<float>::quiet_NaN(); }),
            "scores[7]: is not a number");
}

TEST(Vocabulary, ByteTokensMustBeBytes) {
  for (std::string_view wrong : {"<0x-1>", "<0xZZ>"}) {
    TestVocabulary v = sentencepiece_vocabulary();
    v.add(wrong, TokenKind::byte);
    EXPECT_EQ(v.error(), fmt::format("tokens[277]: \"{}\" has type byte; expected <0x00> to <0xFF>", wrong));
  }
}

TEST(Vocabulary, TextsMustDifferUnlessEmpty) {
  TestVocabulary v = sentencepiece_vocabulary();
  v.add("");
  v.add("");
  EXPECT_TRUE(Tokenizer::make(v.view()).ok());
  v.add("hello");
  EXPECT_EQ(v.error(), "tokens[279]: \"hello\" is token 270 already");
}

TEST(Vocabulary, TextsHaveABound) {
  TestVocabulary v = sentencepiece_vocabulary();
  v.add(std::string(kMaxTokenBytes + 1, 'x'));
  EXPECT_EQ(v.error(), "tokens[277]: has 65537 bytes, at most 65536 are supported");
  TestVocabulary w = sentencepiece_vocabulary();
  w.add(std::string(513, 'x'));
  EXPECT_THAT(w.error(), HasSubstr("at most 512 are joined"));
}

TEST(Vocabulary, ModelsAreNamed) {
  EXPECT_EQ(complaint([](Vocabulary& v) { v.model = "hybriddna"; }),
            "model: tokenizer model \"hybriddna\" is not supported yet");
  EXPECT_EQ(complaint([](Vocabulary& v) { v.model = "m\n"; }),
            "model: tokenizer model \"m\\n\" is not known here");
}

TEST(Vocabulary, PreTokenizersAreNamed) {
  TestVocabulary v = byte_level_vocabulary();
  v.fields.pre = "gpt-99";
  EXPECT_EQ(v.error(), "pre: pre-tokenizer \"gpt-99\" is not known here");
}

TEST(Vocabulary, MergesMustBeOfTokens) {
  TestVocabulary none;
  none.fields.model = "gpt2";
  none.fields.pre = "gpt-2";
  none.add_byte_characters();
  EXPECT_THAT(none.error(), StartsWith("merges: there are none"));

  for (std::string_view wrong : {"ab", "", " ", "a ", " a", "h "}) {
    TestVocabulary v = byte_level_vocabulary();
    v.add_merge(wrong);
    EXPECT_THAT(v.error(), HasSubstr("is not two tokens with a space between")) << wrong;
  }
  TestVocabulary v = byte_level_vocabulary();
  v.add_merge("o o");
  EXPECT_EQ(v.error(), "merges[6]: \"oo\" is not a token");
}

TEST(Vocabulary, WhatIsPutAroundATextMustBeThere) {
  TestVocabulary v = byte_level_vocabulary();
  v.fields.pre = "glm4";  // whose files have a BOS only where they say so
  v.fields.add_bos_token = true;
  EXPECT_EQ(v.error(), "add_bos_token: is true, but there is no bos_token_id");
}

}  // namespace
}  // namespace hearth
