#include "tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "tokenizer/test_vocabulary.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Tokenizer::EncodeOptions kPlain{.add_special = false, .parse_special = false};
constexpr Tokenizer::EncodeOptions kParsed{.add_special = false, .parse_special = true};
constexpr Tokenizer::EncodeOptions kAll{.add_special = true, .parse_special = true};

// Ids as texts, which are easier to read.
std::vector<std::string> tokens(const Tokenizer& tokenizer, std::string_view text,
                                Tokenizer::EncodeOptions options = kPlain) {
  auto ids = tokenizer.encode(text, options);
  std::vector<std::string> result;
  for (TokenId id : ids.value()) result.emplace_back(tokenizer.text(id));
  return result;
}

std::string round_trip(const Tokenizer& tokenizer, std::string_view text, Tokenizer::EncodeOptions options) {
  return tokenizer.decode(tokenizer.encode(text, options).value()).value();
}

// Warnings that were logged while it lived.
class Warnings {
 public:
  Warnings() {
    set_log_sink([this](LogLevel, std::string_view line) { lines.emplace_back(line); });
  }
  ~Warnings() { set_log_sink({}); }
  std::vector<std::string> lines;
};

TEST(SentencePiece, ScoresSayWhatIsJoinedFirst) {
  auto t = sentencepiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "hello world"), ElementsAre("\u2581hello", "\u2581world"));
  EXPECT_THAT(tokens(*t, "hell"), ElementsAre("\u2581", "hell"));
  // "or" is joined before "wo" could be anything, and "ld" last.
  EXPECT_THAT(tokens(*t, "world"), ElementsAre("\u2581world"));
  EXPECT_THAT(tokens(*t, ""), IsEmpty());
}

TEST(SentencePiece, OfEqualScoresTheLeftmost) {
  TestVocabulary v;
  v.fields.model = "llama";
  v.fields.add_space_prefix = false;
  v.fields.add_bos_token = false;
  v.add("a");
  v.add("aa", TokenKind::normal, 1);
  auto t = v.make();
  EXPECT_THAT(tokens(*t, "aaa"), ElementsAre("aa", "a"));
}

TEST(SentencePiece, ASpaceIsPutBeforeTextThatOpens) {
  auto t = sentencepiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "h"), ElementsAre("\u2581", "h"));
  EXPECT_THAT(tokens(*t, " h"), ElementsAre("\u2581", "\u2581", "h"));
  EXPECT_THAT(tokens(*t, "h</s>h", kAll), ElementsAre("<s>", "\u2581", "h", "</s>", "\u2581", "h"));

  TestVocabulary without = sentencepiece_vocabulary();
  without.fields.add_space_prefix = false;
  EXPECT_THAT(tokens(*without.make(), "h"), ElementsAre("h"));
}

TEST(SentencePiece, WhatHasNoTokenIsSpelledInBytes) {
  auto t = sentencepiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "h\u00E9\n"), ElementsAre("\u2581", "h", "<0xC3>", "<0xA9>", "<0x0A>"));
  EXPECT_THAT(tokens(*t, "\xFF\xC3"), ElementsAre("\u2581", "<0xFF>", "<0xC3>"));
}

TEST(SentencePiece, WithoutBytesItIsUnknown) {
  TestVocabulary v;
  v.fields.model = "llama";
  v.add("<unk>", TokenKind::unknown);
  v.add("<s>", TokenKind::control);
  v.add("</s>", TokenKind::control);
  v.add("\u2581");
  EXPECT_THAT(tokens(*v.make(), "\u00E9x"), ElementsAre("\u2581", "<unk>"));
}

TEST(SentencePiece, ACharacterThatIsNoTokenCanStillBeJoined) {
  TestVocabulary v = sentencepiece_vocabulary();
  v.add("x\u00E9", TokenKind::normal, -1);
  EXPECT_THAT(tokens(*v.make(), "x\u00E9x"), ElementsAre("\u2581", "x\u00E9", "<0x78>"));
}

TEST(SentencePiece, ATokenMayHaveASpaceInside) {
  // Then words cannot be looked at one by one.
  TestVocabulary v = sentencepiece_vocabulary();
  v.add("o\u2581", TokenKind::normal, 2);
  v.add("o\u2581w", TokenKind::normal, 1);
  EXPECT_THAT(tokens(*v.make(), "hello world"), ElementsAre("\u2581", "hell", "o\u2581w", "or", "ld"));
}

TEST(SentencePiece, NothingIsLostOnTheWayBack) {
  auto t = sentencepiece_vocabulary().make();
  for (std::string_view text :
       {"", " ", "  ", "hello world", " hello  world ", "\u00E9\xFF\n", "<s>hello</s> x", "<s>"}) {
    for (auto options : {kPlain, kAll}) EXPECT_EQ(round_trip(*t, text, options), text);
  }
}

TEST(ByteLevel, MergesSayWhatIsJoinedFirst) {
  auto t = byte_level_vocabulary().make();
  EXPECT_THAT(tokens(*t, "hello hello"), ElementsAre("hello", "\u0120hello"));
  EXPECT_THAT(tokens(*t, "hell"), ElementsAre("hell"));
  EXPECT_THAT(t->encode("\xFFx", kPlain).value(), ElementsAre(0xFF, 'x'));
}

TEST(ByteLevel, AnyBytesComeBack) {
  auto t = byte_level_vocabulary().make();
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::string_view text :
       {std::string_view(all), std::string_view("hello  \xF0\x9F\xA6 hello<|im_end|>\n")}) {
    for (auto options : {kPlain, kParsed, kAll}) EXPECT_EQ(round_trip(*t, text, options), text);
  }
}

TEST(ByteLevel, AWholeWordComesBeforeMergesWhereTheNameSaysSo) {
  TestVocabulary v = byte_level_vocabulary();
  v.add("hex");  // which no merge makes
  EXPECT_THAT(tokens(*v.make(), "hex"), ElementsAre("he", "x"));
  v.fields.pre = "llama-bpe";
  auto t = v.make();
  EXPECT_THAT(tokens(*t, "hex"), ElementsAre("hex"));
  EXPECT_THAT(tokens(*t, "hexe"), ElementsAre("he", "x", "e"));
}

TEST(ByteLevel, BytesWithoutTokensAreLeftOutAndSaid) {
  TestVocabulary v;
  v.fields.model = "gpt2";
  v.fields.pre = "gpt-2";
  v.add("a");
  v.add("b");
  v.add_joined("a", "b");
  v.add("\u00F5", TokenKind::user_defined);  // a letter, spelled like the character of byte 0xF5
  auto t = v.make();
  Warnings warnings;
  EXPECT_THAT(tokens(*t,
                     "a\x01"
                     "b\xF5"
                     "ab"),
              ElementsAre("a", "b", "ab"));
  EXPECT_THAT(warnings.lines,
              ElementsAre("2 bytes of the text have no token in this vocabulary and were left out"));
}

TEST(ByteLevel, AFileThatNamesNoPreTokenizerIsWarnedOf) {
  TestVocabulary v = byte_level_vocabulary();
  v.fields.pre = "";
  Warnings warnings;
  auto t = v.make();
  ASSERT_EQ(warnings.lines.size(), 1u);
  EXPECT_THAT(warnings.lines[0], HasSubstr("names no pre-tokenizer"));
}

TEST(ByteLevel, ATokenOutsideTheAlphabetReadsAsItIsWritten) {
  TestVocabulary v = byte_level_vocabulary();
  TokenId id = v.add("\u4F60 ");
  EXPECT_EQ(v.make()->piece(id), "\u4F60 ");
}

TEST(CharacterMerges, SpacesAreCharactersAndLinesStandApart) {
  TestVocabulary v;
  v.fields.model = "gemma4";
  v.fields.roles[TokenRole::bos] = v.add("<bos>", TokenKind::control);
  v.add_byte_tokens();
  for (std::string_view c : {"a", "b", "\u2581", "\n"}) v.add(c);
  v.add_joined("a", "b");
  v.add_joined("\u2581", "ab");
  v.add("\n\n");
  auto t = v.make();
  EXPECT_THAT(tokens(*t, "ab ab\n\nb\u00E9", kAll),
              ElementsAre("<bos>", "ab", "\u2581ab", "\n\n", "b", "<0xC3>", "<0xA9>"));
  EXPECT_EQ(round_trip(*t, " ab  ab\n\n\n", kAll), " ab  ab\n\n\n");
}

TestVocabulary wordpiece_vocabulary() {
  TestVocabulary v;
  v.fields.model = "bert";
  v.fields.roles[TokenRole::unknown] = v.add("[UNK]", TokenKind::control);
  v.fields.roles[TokenRole::cls] = v.add("[CLS]", TokenKind::control);
  v.fields.roles[TokenRole::separator] = v.add("[SEP]", TokenKind::control);
  for (std::string_view text : {"\u2581un", "aff", "able", "\u2581hello", "\u2581,", "\u2581\u4F60",
                                "\u2581\u597D", "\u2581[", "\u2581]", "\u2581cls"})
    v.add(text);
  return v;
}

TEST(WordPiece, WordsAreSpelledWithTheLongestTokens) {
  auto t = wordpiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "unaffable, Hello"),
              ElementsAre("\u2581un", "aff", "able", "\u2581,", "\u2581hello"));
  EXPECT_THAT(tokens(*t, "\u4F60\u597D"), ElementsAre("\u2581\u4F60", "\u2581\u597D"));
  EXPECT_THAT(tokens(*t, "hello", kAll), ElementsAre("[CLS]", "\u2581hello", "[SEP]"));
}

TEST(WordPiece, AWordThatCannotBeSpelledIsUnknown) {
  auto t = wordpiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "unaffx hello"), ElementsAre("[UNK]", "\u2581hello"));
}

TEST(WordPiece, TextIsCleaned) {
  auto t = wordpiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "H\u00C9LL\u00D2\u200B\u00AD"), ElementsAre("\u2581hello"));
  EXPECT_THAT(tokens(*t, "he\u0301llo\u3000un\xFF"), ElementsAre("\u2581hello", "\u2581un"));

  TestVocabulary cased = wordpiece_vocabulary();
  cased.fields.lowercase = false;
  EXPECT_THAT(tokens(*cased.make(), "Hello hello"), ElementsAre("[UNK]", "\u2581hello"));
}

TEST(WordPiece, TextNeverBecomesAControlToken) {
  auto t = wordpiece_vocabulary().make();
  EXPECT_THAT(tokens(*t, "[CLS]"), ElementsAre("\u2581[", "\u2581cls", "\u2581]"));
  EXPECT_THAT(tokens(*t, "[CLS]", kParsed), ElementsAre("[CLS]"));
}

TEST(Origin, OnlyTrustedTextBecomesControlTokens) {
  auto t = byte_level_vocabulary().make();
  TokenId start = *t->find("<|im_start|>"), end = *t->find("<|im_end|>");
  const TextSpan spans[] = {{"<|im_start|>", true}, {"<|im_end|>", false}, {"<|im_end|>", true}};
  auto ids = t->encode(spans, false).value();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), end), 1);
  EXPECT_EQ(ids.front(), start);
  EXPECT_EQ(ids.back(), end);
  EXPECT_EQ(t->decode(ids).value(), "<|im_start|><|im_end|><|im_end|>");
}

TEST(Origin, TrustedAndOtherTextTogetherMakeNone) {
  auto t = byte_level_vocabulary().make();
  auto is_control = [&](TokenId id) { return t->kind(id) == TokenKind::control; };
  for (bool first : {false, true}) {
    const TextSpan spans[] = {{"<|im_", first}, {"end|>", !first}};
    auto ids = t->encode(spans, false).value();
    EXPECT_TRUE(std::none_of(ids.begin(), ids.end(), is_control));
  }
  const TextSpan pieces[] = {{"<|im_", true}, {"", false}, {"end|>", true}};
  EXPECT_THAT(t->encode(pieces, false).value(), ElementsAre(*t->find("<|im_end|>")));
}

TEST(Origin, WordsDoNotEndWhereSpansDo) {
  auto t = byte_level_vocabulary().make();
  const TextSpan spans[] = {{" he", true}, {"llo", false}};
  EXPECT_EQ(t->encode(spans, false).value(), t->encode(" hello", kPlain).value());
}

TEST(Origin, NoMergeMakesAControlToken) {
  // Neither by merges, nor as a whole word, nor by scores.
  TestVocabulary bytes = byte_level_vocabulary();
  bytes.add_merge("x y");
  TokenId evil = bytes.add("xy", TokenKind::control);
  for (std::string_view pre : {"gpt-2", "llama-bpe"}) {
    bytes.fields.pre = pre;
    EXPECT_THAT(bytes.make()->encode("xy", kPlain).value(), ElementsAre('x', 'y'));
    EXPECT_THAT(bytes.make()->encode("xy", kParsed).value(), ElementsAre(evil));
  }
  TestVocabulary pieces = sentencepiece_vocabulary();
  pieces.add("hold", TokenKind::control, 100);
  EXPECT_THAT(tokens(*pieces.make(), "hold"), ElementsAre("\u2581", "h", "o", "ld"));
}

TEST(AddedTokens, UserDefinedOnesAreFoundInAnyText) {
  TestVocabulary v = byte_level_vocabulary();
  v.add("    ", TokenKind::user_defined);
  v.add("hel", TokenKind::user_defined);
  auto t = v.make();
  EXPECT_THAT(tokens(*t, "hello     hello"), ElementsAre("hel", "l", "o", "    ", "\u0120", "hel", "l", "o"));
}

TEST(AddedTokens, TheLeftmostThenTheLongest) {
  TestVocabulary v = byte_level_vocabulary();
  v.add("ab", TokenKind::user_defined);
  v.add("abc", TokenKind::user_defined);
  v.add("bcde", TokenKind::user_defined);
  EXPECT_THAT(tokens(*v.make(), "abcdeab"), ElementsAre("abc", "d", "e", "ab"));
}

TEST(AddedTokens, OneThatIsNotAllowedHidesNoShorterOne) {
  TestVocabulary v = byte_level_vocabulary();
  v.add("<|", TokenKind::user_defined);
  auto t = v.make();
  EXPECT_EQ(tokens(*t, "<|im_end|>").front(), "<|");
  EXPECT_THAT(tokens(*t, "<|im_end|>", kParsed), ElementsAre("<|im_end|>"));
}

TEST(AddedTokens, SomeSwallowTheSpaceBesideThem) {
  TestVocabulary v = sentencepiece_vocabulary();
  v.add("<|end|>", TokenKind::control);
  v.fields.general_name = "Phi-3 mini";
  EXPECT_THAT(tokens(*v.make(), "h<|end|> \n\th<s> h", kParsed),
              ElementsAre("\u2581", "h", "<|end|>", "\u2581", "h", "<s>", "\u2581", "\u2581", "h"));

  TestVocabulary mask = sentencepiece_vocabulary();
  mask.add("<mask>", TokenKind::control);
  mask.fields.architecture = "nomic-bert-moe";
  EXPECT_THAT(tokens(*mask.make(), "h  <mask> h", kParsed),
              ElementsAre("\u2581", "h", "<mask>", "\u2581", "\u2581", "h"));
}

TEST(KnownTokens, TheirTextsTellWhatEndsAGeneration) {
  TestVocabulary v = byte_level_vocabulary();
  TokenId eot = v.add("<|eot_id|>");  // which the file forgot to call a control token
  v.fields.roles[TokenRole::eos] = *v.make()->find("<|im_end|>");
  auto t = v.make();
  EXPECT_EQ(t->kind(eot), TokenKind::control);
  EXPECT_TRUE(t->is_end(eot));
  EXPECT_TRUE(t->is_end(*t->find("<|im_end|>")));
  EXPECT_FALSE(t->is_end(*t->find("<|im_start|>")));
  EXPECT_EQ(t->role(TokenRole::eot), eot);
  EXPECT_EQ(t->ends().size(), 2u);
}

TEST(KnownTokens, WhatTheFileNamesComesFirst) {
  TestVocabulary v = byte_level_vocabulary();
  TokenId mine = v.add("<my fim>", TokenKind::control);
  TokenId other = v.add("<|fim_prefix|>");
  v.fields.roles[TokenRole::fim_prefix] = mine;
  auto t = v.make();
  EXPECT_EQ(t->role(TokenRole::fim_prefix), mine);
  EXPECT_EQ(t->kind(other), TokenKind::normal);
}

TEST(KnownTokens, TheEndOfAMessageIsNotTheEndOfATurn) {
  TestVocabulary v = byte_level_vocabulary();
  TokenId end = v.add("<|end|>", TokenKind::control);
  v.fields.roles[TokenRole::eos] = v.add("<|return|>", TokenKind::control);
  EXPECT_TRUE(v.make()->is_end(end));
  v.add("<|call|>", TokenKind::control);
  EXPECT_FALSE(v.make()->is_end(end));
  EXPECT_EQ(v.make()->kind(end), TokenKind::control);
}

TEST(Decode, IdsAreChecked) {
  auto t = byte_level_vocabulary().make();
  const TokenId too_large[] = {1, 264}, negative[] = {-1};
  EXPECT_EQ(t->decode(too_large).error().message, "id 264 is outside the vocabulary of 264 tokens");
  EXPECT_FALSE(t->decode(negative).ok());
}

TEST(Encode, ABosInTheTextIsWarnedOf) {
  auto t = sentencepiece_vocabulary().make();
  Warnings warnings;
  EXPECT_THAT(tokens(*t, "<s>h", kAll), ElementsAre("<s>", "<s>", "\u2581", "h"));
  ASSERT_EQ(warnings.lines.size(), 1u);
  EXPECT_THAT(warnings.lines[0], HasSubstr("begins with \"<s>\""));
}

// A hundred thousand of anything; the square of it would show.
TEST(Encode, LongTextsOfAnythingAreEncoded) {
  for (const TestVocabulary& v :
       {sentencepiece_vocabulary(), byte_level_vocabulary(), wordpiece_vocabulary()}) {
    auto t = v.make();
    for (std::string_view unit : {"h", "l", " ", "\n", "<|im_", "\xFF", "\u00E9", "hello "}) {
      std::string text;
      while (text.size() < 100000) text += unit;
      auto ids = t->encode(text, kAll);
      ASSERT_TRUE(ids.ok()) << ids.error().message;
      if (v.fields.model != "bert") { EXPECT_EQ(t->decode(*ids).value(), text); }
    }
  }
}

}  // namespace
}  // namespace hearth
