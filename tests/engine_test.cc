// Sessions and the engine on real models: what was computed before is not computed again, and changes no bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "backends/cpu/cpu.h"
#include "conformance.h"
#include "engine/session.h"
#include "engine/text.h"
#include "model/builtin.h"
#include "model/vocabulary.h"
#include "sample/candidates.h"
#include "sample/random.h"

namespace hearth {
namespace {

using testing::HasSubstr;

class Engines : public testing::Test {
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

  std::unique_ptr<Engine> engine(int64_t context, int32_t parallel = 2) {
    EngineOptions options;
    options.serving.context = context;
    options.serving.parallel = parallel;
    auto made = Engine::create(model_, *backend_, options);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *std::move(made);
  }

  std::vector<TokenId> ids(std::string_view text) {
    return *tokenizer_->encode(text, {.add_special = true, .parse_special = true});
  }

  struct Answer {
    std::string text;
    Completion completion;
  };
  Answer answer(Engine& engine, const std::vector<TokenId>& prompt, TextOptions options = {}) {
    Answer answer;
    auto done = complete(
        engine, *tokenizer_, prompt, options, [](auto logits) -> Result<TokenId> { return greatest(logits); },
        [&](std::string_view text, bool) {
          answer.text += text;
          return true;
        });
    EXPECT_TRUE(done.ok()) << done.error().message;
    if (done.ok()) answer.completion = *done;
    return answer;
  }

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(Engines, HowAPromptIsCutChangesNoBit) {
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

TEST_F(Engines, ATurnComputesOnlyWhatIsNew) {
  auto kept = engine(256), fresh = engine(256);
  auto first =
      ids("Once upon a time, there was a fox. The fox lived in a forest beside a river, and he was happy.");
  auto second =
      ids("Once upon a time, there was a fox. The fox lived in a forest beside a river, and he was happy. "
          "One day he "
          "found a kite.");
  TextOptions some;
  some.most = 12;
  answer(*kept, first, some);
  Answer again = answer(*kept, second, some), alone = answer(*fresh, second, some);
  EXPECT_GE(again.completion.usage.cached_tokens, static_cast<int64_t>(first.size()) - 33);
  EXPECT_EQ(alone.completion.usage.cached_tokens, 0);
  EXPECT_EQ(again.text, alone.text);
}

TEST_F(Engines, GenerationEndsForAReason) {
  auto prompt = ids("Once upon a time");
  auto small = engine(static_cast<int64_t>(prompt.size()) + 5), roomy = engine(512);
  EXPECT_EQ(answer(*small, prompt).completion.finish, Finish::context);
  TextOptions some;
  some.most = 3;
  Answer length = answer(*roomy, prompt, some);
  EXPECT_EQ(length.completion.finish, Finish::length);
  EXPECT_EQ(length.completion.usage.tokens, 3);
  Answer whole = answer(*roomy, prompt);
  EXPECT_EQ(whole.completion.finish, Finish::end);
  TextOptions stop;
  stop.stops = {whole.text.substr(20, 7)};
  Answer stopped = answer(*roomy, prompt, stop);
  EXPECT_EQ(stopped.completion.finish, Finish::stopped);
  EXPECT_EQ(stopped.completion.stop, stop.stops.front());
  EXPECT_EQ(stopped.text, whole.text.substr(0, whole.text.find(stop.stops.front())));
}

TEST_F(Engines, WhatDoesNotFitIsRefusedWithTheNumbers) {
  auto prompt = ids("Once upon a time, there was a fox.");
  auto small = engine(4);
  auto result = complete(
      *small, *tokenizer_, prompt, {}, [](auto logits) -> Result<TokenId> { return greatest(logits); },
      [](std::string_view, bool) { return true; });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, fmt::format("the prompt has {} tokens and the context 4", prompt.size()));
}

TEST_F(Engines, AFullQueueSaysSo) {
  EngineOptions options;
  options.serving.context = 512;
  options.most_waiting = 0;
  auto full = *Engine::create(model_, *backend_, options);
  auto result = complete(
      *full, *tokenizer_, ids("A"), {}, [](auto logits) -> Result<TokenId> { return greatest(logits); },
      [](std::string_view, bool) { return true; });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "0 requests are waiting already");
}

TEST_F(Engines, MemoryIsPlannedBeforeItIsTaken) {
  auto plan = *plan_memory(*model_, {});
  EXPECT_EQ(plan.context, model_->trained_context());
  ServingOptions wide;
  wide.key_type = wide.value_type = Type::f32;
  EXPECT_EQ(plan_memory(*model_, wide)->bytes_of_token, 2 * plan.bytes_of_token);
  ServingOptions tight;
  tight.context = 512;
  tight.cache_bytes = 300 * plan.bytes_of_token;
  EXPECT_THAT(plan_memory(*model_, tight).error().message, HasSubstr("at most 288 tokens fit"));
  tight.context = 0;
  EXPECT_EQ(plan_memory(*model_, tight)->context, 256);
}

// What a request was told, down to the bits of the logits.
struct Record final : Listener {
  std::vector<uint64_t> bits;
  std::vector<TokenId> tokens;
  std::promise<std::optional<std::string>> done;
  Usage usage;

  static uint64_t hash(std::span<const float> logits) {
    uint64_t hash = 0xcbf29ce484222325;
    for (float logit : logits) hash = (hash ^ std::bit_cast<uint32_t>(logit)) * 0x100000001b3;
    return hash;
  }
  Result<TokenId> choose(std::span<const float> logits) override {
    bits.push_back(hash(logits));
    return greatest(logits);
  }
  bool on_token(TokenId token) override {
    tokens.push_back(token);
    return true;
  }
  void on_finish(Finish, const Usage& used, const Error* error) override {
    usage = used;
    done.set_value(error ? std::optional(error->message) : std::nullopt);
  }
};

// Conversations that begin alike, branch and come back, all at once and with little memory, beside each of them
// alone with nothing kept: every bit the same.
TEST(EngineConformance, CompanyChangesNoBit) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = *make_cpu_backend({2, {}});
  int64_t cached = 0;
  for (const char* name : {"llama", "gemma3", "exaone4-windows", "gpt-oss", "mixtral", "qwen35", "falcon-h1",
                           "mamba2", "rwkv7", "lfm2", "deepseek2-mla", "llama4", "phi3-longrope"}) {
    SCOPED_TRACE(name);
    auto loaded = Model::load(folder / fmt::format("{}.gguf", name));
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    std::shared_ptr<const Model> model = *loaded;
    auto vocabulary = static_cast<uint64_t>(*model->vocabulary());
    constexpr int64_t kContext = 192;
    EngineOptions options;
    options.serving.context = kContext;
    options.serving.parallel = 3;
    options.serving.batch_rows = 48;
    auto engine = Engine::create(model, *backend, options);
    ASSERT_TRUE(engine.ok()) << engine.error().message;

    Random random(7);
    auto below = [&](uint64_t n) { return static_cast<int64_t>(random.next() % n); };
    std::vector<std::vector<TokenId>> histories(1);
    std::vector<std::pair<std::vector<TokenId>, std::shared_ptr<Record>>> asked;
    for (int turn = 0; turn < 16; ++turn) {
      std::vector<TokenId> prompt = histories[static_cast<size_t>(below(histories.size()))];
      if (below(3) == 0) prompt.resize(static_cast<size_t>(below(prompt.size() + 1)));
      for (int64_t more = 5 + below(30); more > 0; --more)
        prompt.push_back(static_cast<TokenId>(below(vocabulary)));
      prompt.resize(std::min<size_t>(prompt.size(), 150));
      auto record = std::make_shared<Record>();
      Request request;
      request.prompt = prompt;
      request.most = 1 + below(24);
      request.listener = record;
      ASSERT_TRUE(std::holds_alternative<RequestId>((*engine)->submit(std::move(request))));
      asked.emplace_back(prompt, record);
      if (turn % 4 != 3) continue;
      for (size_t i = asked.size() - 4; i < asked.size(); ++i) {
        auto error = asked[i].second->done.get_future().get();
        ASSERT_FALSE(error) << *error;
        std::vector<TokenId> history = asked[i].first;
        history.insert(history.end(), asked[i].second->tokens.begin(), asked[i].second->tokens.end());
        histories.push_back(std::move(history));
        cached += asked[i].second->usage.cached_tokens;
      }
    }
    for (const auto& [prompt, record] : asked) {
      SessionOptions alone;
      alone.context = kContext;
      auto session = Session::create(model, *backend, alone);
      ASSERT_TRUE(session.ok()) << session.error().message;
      auto logits = (*session)->extend(prompt);
      for (size_t i = 0; i < record->tokens.size(); ++i) {
        ASSERT_TRUE(logits.ok()) << logits.error().message;
        ASSERT_EQ(Record::hash(*logits), record->bits[i]) << "token " << i << " after " << prompt.size()
                                                          << ", " << record->usage.cached_tokens << " reused";
        if (i + 1 < record->tokens.size()) logits = (*session)->extend(std::span(&record->tokens[i], 1));
      }
    }
  }
  EXPECT_GT(cached, 1000);
}

}  // namespace
}  // namespace hearth
