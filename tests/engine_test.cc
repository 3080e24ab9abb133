// Sessions and conversations on the built-in model: what is computed before is not computed again, and changes
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "backends/cpu/cpu.h"
#include "engine/context.h"
#include "engine/generate.h"
#include "model/builtin.h"
#include "model/vocabulary.h"

namespace hearth {
namespace {

using testing::HasSubstr;

class Engine : public testing::Test {
 protected:
  void SetUp() override {
    auto model = Model::parse(builtin_model(), kBuiltinModelName);
    ASSERT_TRUE(model.ok()) << model.error().message;
    model_ = *model;
    auto tokenizer = read_tokenizer(model_->file().metadata());
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
    tokenizer_ = *tokenizer;
    CpuOptions options;
    options.threads = 2;
    auto backend = make_cpu_backend(options);
    ASSERT_TRUE(backend.ok()) << backend.error().message;
    backend_ = *std::move(backend);
  }

  std::unique_ptr<Session> session(int64_t context, int32_t batch_rows = 512) {
    SessionOptions options;
    options.context = context;
    options.batch_rows = batch_rows;
    auto made = Session::create(model_, *backend_, options);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *std::move(made);
  }

  std::vector<TokenId> ids(std::string_view text) {
    return *tokenizer_->encode(text, {.add_special = true, .parse_special = true});
  }

  static Result<TokenId> greedy(std::span<const float> logits) {
    return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(Engine, HowAPromptIsCutChangesNoBit) {
  auto prompt = ids("Once upon a time, there was a little fox who wanted to fly.");
  auto whole = session(256);
  auto expected = whole->extend(prompt);
  ASSERT_TRUE(expected.ok());
  std::vector<float> logits(expected->begin(), expected->end());
  for (int32_t rows : {1, 3, 7}) {
    auto cut = session(256, rows);
    auto found = cut->extend(prompt);
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(std::equal(found->begin(), found->end(), logits.begin(), logits.end())) << rows;
  }
}

TEST_F(Engine, ATurnComputesOnlyWhatIsNew) {
  auto collect = [](std::string& text) {
    return [&text](std::string_view piece) {
      text += piece;
      return true;
    };
  };
  auto first = ids("Once upon a time, there was a fox.");
  auto second = ids("Once upon a time, there was a fox. The fox had a kite.");
  auto kept = session(256);
  Conversation conversation(*kept, *tokenizer_);
  std::string text;
  ASSERT_TRUE(conversation.generate(first, 12, greedy, collect(text)).ok());
  text.clear();
  auto again = conversation.generate(second, 12, greedy, collect(text));
  ASSERT_TRUE(again.ok());
  EXPECT_GE(again->reused_tokens, static_cast<int64_t>(first.size()) - 1);

  auto fresh = session(256);
  Conversation alone(*fresh, *tokenizer_);
  std::string expected;
  auto once = alone.generate(second, 12, greedy, collect(expected));
  ASSERT_TRUE(once.ok());
  EXPECT_EQ(once->reused_tokens, 0);
  EXPECT_EQ(text, expected);
}

TEST_F(Engine, GenerationEndsForAReason) {
  auto prompt = ids("Once upon a time");
  auto ignore = [](std::string_view) { return true; };
  auto small = session(static_cast<int64_t>(prompt.size()) + 5);
  auto full = Conversation(*small, *tokenizer_).generate(prompt, -1, greedy, ignore);
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->finish, Finish::context);
  auto roomy = session(512);
  auto length = Conversation(*roomy, *tokenizer_).generate(prompt, 3, greedy, ignore);
  ASSERT_TRUE(length.ok());
  EXPECT_EQ(length->finish, Finish::length);
  EXPECT_EQ(length->tokens, 3);
  auto stopped =
      Conversation(*roomy, *tokenizer_).generate(prompt, -1, greedy, [](std::string_view) { return false; });
  ASSERT_TRUE(stopped.ok());
  EXPECT_EQ(stopped->finish, Finish::stopped);
  auto ended = Conversation(*roomy, *tokenizer_).generate(prompt, -1, greedy, ignore);
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->finish, Finish::end);
}

TEST_F(Engine, WhatDoesNotFitIsRefusedWithTheNumbers) {
  auto prompt = ids("Once upon a time, there was a fox.");
  auto small = session(4);
  auto result =
      Conversation(*small, *tokenizer_).generate(prompt, -1, greedy, [](std::string_view) { return true; });
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message,
              HasSubstr(fmt::format("the prompt has {} tokens and the context 4", prompt.size())));
  int32_t outside = static_cast<int32_t>(tokenizer_->size());
  EXPECT_FALSE(small->extend(std::span(&outside, 1)).ok());
}

TEST_F(Engine, TheDefaultContextIsWhatTheModelWasTrainedFor) {
  EXPECT_EQ(default_context(*model_, Type::f16, Type::f16), model_->trained_context());
  EXPECT_EQ(cache_bytes_of_token(*model_, Type::f32, Type::f32),
            2 * cache_bytes_of_token(*model_, Type::f16, Type::f16));
}

}  // namespace
}  // namespace hearth
