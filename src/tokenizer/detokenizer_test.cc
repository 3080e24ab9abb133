#include "tokenizer/detokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tokenizer/test_vocabulary.h"

namespace hearth {
namespace {

using testing::ElementsAre;

std::vector<std::string> pushed(Detokenizer& detokenizer, const std::vector<TokenId>& ids) {
  std::vector<std::string> texts;
  for (TokenId id : ids) texts.push_back(detokenizer.push(id));
  return texts;
}

TEST(Detokenizer, ACharacterComesWhenItIsWhole) {
  auto t = byte_level_vocabulary().make();
  Detokenizer d(*t);
  EXPECT_THAT(pushed(d, {'a', 0xF0, 0x9F, 0xA6, 0x99, 'b'}), ElementsAre("a", "", "", "", "\U0001F999", "b"));
  EXPECT_EQ(d.finish(), "");
}

TEST(Detokenizer, WhatNeverBecomesACharacterIsReplaced) {
  auto t = byte_level_vocabulary().make();
  Detokenizer d(*t);
  EXPECT_THAT(pushed(d, {0xFF, 0xC3, 'x', 0xE2, 0x96}), ElementsAre("\uFFFD", "", "\uFFFDx", "", ""));
  EXPECT_EQ(d.finish(), "\uFFFD\uFFFD");
  EXPECT_EQ(d.finish(), "");
}

TEST(Detokenizer, TheSpaceThatEncodingAddedIsTakenAway) {
  auto t = sentencepiece_vocabulary().make();
  TokenId hello = *t->find("\u2581hello"), bos = *t->find("<s>");
  Detokenizer at_start(*t);
  EXPECT_THAT(pushed(at_start, {bos, hello, hello}), ElementsAre("", "hello", " hello"));
  Detokenizer after_text(*t);
  const TokenId prompt[] = {bos, hello};
  after_text.follow(prompt);
  EXPECT_EQ(after_text.push(hello), " hello");
}

TEST(Detokenizer, IdsBeyondTheVocabularyHaveNoText) {
  auto t = byte_level_vocabulary().make();
  Detokenizer d(*t);
  EXPECT_THAT(pushed(d, {'a', 264, -1, 1 << 30, 'b'}), ElementsAre("a", "", "", "", "b"));
}

TEST(Detokenizer, ByteTokensAreBytes) {
  auto t = sentencepiece_vocabulary().make();
  Detokenizer d(*t);
  EXPECT_THAT(pushed(d, {*t->find("<0xC3>"), *t->find("<0xA9>")}), ElementsAre("", "\u00E9"));
}

TEST(Detokenizer, ControlTokensAreHiddenOrSpelled) {
  auto t = byte_level_vocabulary().make();
  TokenId end = *t->find("<|im_end|>");
  Detokenizer hidden(*t), spelled(*t, Detokenizer::Control::spelled);
  EXPECT_THAT(pushed(hidden, {'a', end, 'b'}), ElementsAre("a", "", "b"));
  EXPECT_THAT(pushed(spelled, {'a', end, 'b'}), ElementsAre("a", "<|im_end|>", "b"));
}

}  // namespace
}  // namespace hearth
