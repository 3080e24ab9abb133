// Sessions and the engine on real models: what was computed before is not computed again, and changes no bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "backends/cpu/cpu.h"
#include "base/own_folder_testing.h"
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

TEST_F(Engines, AnInterruptedPromptLeavesNothing) {
  auto roomy = engine(512);
  std::atomic<bool> interrupted{true};
  TextOptions options;
  options.interrupted = &interrupted;
  std::string text;
  for (int i = 0; i < 20; ++i) text += "The fox lived in a forest. ";
  options.ignore_end = true;
  Answer none = answer(*roomy, ids(text), options);
  EXPECT_EQ(none.completion.finish, Finish::cancelled);
  interrupted = false;
  options.most = 4;
  Answer after = answer(*roomy, ids("Once upon a time"), options);
  EXPECT_EQ(after.completion.finish, Finish::length);
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

// A draft model is counted beside the model, in the plan and once it is there.
TEST_F(Engines, ADraftModelIsPlannedToo) {
  EngineOptions options;
  options.serving.context = 256;
  options.serving.parallel = 3;
  options.speculation = {Speculation::model, model_, 4};
  auto made = Engine::create(model_, *backend_, options);
  ASSERT_TRUE(made.ok()) << made.error().message;
  const Engine& loaded = **made;
  ServingOptions serving = options.serving;
  serving.speculation = Speculation::model;
  const MemoryPlan plan = *plan_memory(*model_, serving);
  const MemoryPlan draft = *plan_draft_memory(*model_, serving, plan.context);
  EXPECT_EQ(draft.weights, plan.weights);
  EXPECT_EQ(draft.keys_values, 256u / 32 * 3 * 32 * draft.bytes_of_token);
  EXPECT_EQ(loaded.memory().total(), plan.total());
  EXPECT_EQ(loaded.draft_memory().total(), draft.total());
  EXPECT_EQ(loaded.bytes(), plan.total() + draft.total() + loaded.working_bytes());
}

// Values that lie within keys take no memory of their own, in the plan as in the pages.
TEST(EngineConformance, LatentAttentionKeepsItsValuesOnce) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = *make_cpu_backend({2, {}});
  for (const char* name : {"deepseek2-lite", "deepseek2-mla", "deepseek2-groups", "kimi-linear"}) {
    std::shared_ptr<const Model> model = *Model::load(folder / fmt::format("{}.gguf", name));
    uint64_t numbers = 0, layers = 0;
    for (const State& state : model->plan().states) {
      if (state.memory != Memory::keys_values) continue;
      EXPECT_TRUE(state.values_within_keys()) << name;
      numbers += static_cast<uint64_t>(state.key_heads * state.key_width);
      ++layers;
    }
    ASSERT_GT(layers, 0u) << name;
    ServingOptions options;
    options.context = 256;
    const MemoryPlan plan = *plan_memory(*model, options);
    EXPECT_EQ(plan.bytes_of_token, numbers * sizeof(uint16_t)) << name;
    auto program = *backend->compile(model->plan(), *backend->load(model->weights()), options.batch_rows);
    auto memory = *program->make_memory(plan.options);
    // Rows are padded to vectors of 16 numbers, and what is read behind the last one is there.
    EXPECT_LE(memory->bytes(), plan.keys_values + plan.states +
                                   layers * (256 + 15 * sizeof(uint16_t) * static_cast<uint64_t>(256)) +
                                   64 * sizeof(float) * layers * static_cast<uint64_t>(plan.options.slots))
        << name;
  }
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

struct CompanyCase {
  const char* model;
  int turns;
};

// Conversations that begin alike, branch, are left in the middle and come back, all at once, with little memory and
// with guesses, beside each of them alone with nothing kept: every bit the same.
class Company : public testing::TestWithParam<CompanyCase> {};

TEST_P(Company, ChangesNoBit) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = *make_cpu_backend({2, {}});
  auto loaded = Model::load(folder / fmt::format("{}.gguf", GetParam().model));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  std::shared_ptr<const Model> model = *loaded;
  auto vocabulary = static_cast<uint64_t>(*model->vocabulary());
  constexpr int64_t kContext = 192;
  EngineOptions options;
  options.serving.context = kContext;
  options.serving.parallel = 3;
  options.serving.batch_rows = 48;
  options.speculation = {model->drafting() ? Speculation::heads : Speculation::lookup, nullptr, 6};
  auto engine = Engine::create(model, *backend, options);
  ASSERT_TRUE(engine.ok()) << engine.error().message;

  Random random(7);
  auto below = [&](uint64_t n) { return static_cast<int64_t>(random.next() % n); };
  std::vector<std::vector<TokenId>> histories(1);
  std::vector<std::pair<std::vector<TokenId>, std::shared_ptr<Record>>> asked;
  int64_t cached = 0, guessed = 0;
  for (int turn = 0; turn < GetParam().turns; ++turn) {
    std::vector<TokenId> prompt = histories[static_cast<size_t>(below(histories.size()))];
    if (below(3) == 0) prompt.resize(static_cast<size_t>(below(prompt.size() + 1)));
    for (int64_t more = 5 + below(30); more > 0; --more)
      prompt.push_back(static_cast<TokenId>(below(vocabulary)));
    // Something that was said before is said again, so that there is something to guess.
    if (below(3) == 0) prompt.insert(prompt.end(), prompt.end() - 5, prompt.end());
    prompt.resize(std::min<size_t>(prompt.size(), 150));
    auto record = std::make_shared<Record>();
    Request request;
    request.prompt = prompt;
    request.most = 1 + below(24);
    request.listener = record;
    auto admitted = (*engine)->submit(std::move(request));
    ASSERT_TRUE(std::holds_alternative<RequestId>(admitted));
    // Some are left, sooner or later; what they were told until then counts all the same.
    if (below(8) == 0) (*engine)->cancel(std::get<RequestId>(admitted));
    asked.emplace_back(prompt, record);
    if (turn % 4 != 3) continue;
    for (size_t i = asked.size() - 4; i < asked.size(); ++i) {
      auto error = asked[i].second->done.get_future().get();
      ASSERT_FALSE(error) << *error;
      std::vector<TokenId> history = asked[i].first;
      history.insert(history.end(), asked[i].second->tokens.begin(), asked[i].second->tokens.end());
      histories.push_back(std::move(history));
      if (histories.size() > 32) histories.erase(histories.begin() + below(16));
      cached += asked[i].second->usage.cached_tokens;
      guessed += asked[i].second->usage.drafted;
    }
  }
  SessionOptions alone;
  alone.context = kContext;
  auto session = Session::create(model, *backend, alone);
  ASSERT_TRUE(session.ok()) << session.error().message;
  for (const auto& [prompt, record] : asked) {
    ASSERT_TRUE((*session)->truncate(0).ok());
    if (record->tokens.empty()) continue;
    auto logits = (*session)->extend(prompt);
    for (size_t i = 0; i < record->tokens.size(); ++i) {
      ASSERT_TRUE(logits.ok()) << logits.error().message;
      ASSERT_EQ(Record::hash(*logits), record->bits[i])
          << "token " << i << " after " << prompt.size() << ", " << record->usage.cached_tokens << " reused";
      if (i + 1 < record->tokens.size()) logits = (*session)->extend(std::span(&record->tokens[i], 1));
    }
  }
  // Recurrent models go on from fewer places.
  EXPECT_GT(cached, GetParam().turns);
  // Draft layers guess from the first step on; whether more guesses pay is decided by the clock.
  if (model->drafting()) { EXPECT_GT(guessed, 0); }
}

// The many are of a model with windows, one with recurrent layers and one with experts.
INSTANTIATE_TEST_SUITE_P(
    Models, Company,
    testing::Values(CompanyCase{"llama", 16}, CompanyCase{"gemma3", 1000}, CompanyCase{"exaone4-windows", 16},
                    CompanyCase{"gpt-oss", 16}, CompanyCase{"mixtral", 1000}, CompanyCase{"qwen35", 1000},
                    CompanyCase{"qwen35-mtp", 64}, CompanyCase{"falcon-h1", 16}, CompanyCase{"mamba2", 16},
                    CompanyCase{"rwkv7", 16}, CompanyCase{"lfm2", 16}, CompanyCase{"deepseek2-mla", 16},
                    CompanyCase{"deepseek32", 16}, CompanyCase{"kimi-linear", 16}, CompanyCase{"llama4", 16},
                    CompanyCase{"phi3-longrope", 16}, CompanyCase{"glm4moe", 16}),
    [](const testing::TestParamInfo<CompanyCase>& row) {
      std::string name = row.param.model;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

// The same model guesses for itself: all is right. Another one guesses: something is.
TEST(EngineConformance, ADraftModelGuesses) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = *make_cpu_backend({2, {}});
  std::shared_ptr<const Model> model = *Model::load(folder / "llama.gguf");
  auto write = [&](SpeculationOptions speculation) {
    EngineOptions options;
    options.serving.context = 256;
    options.speculation = std::move(speculation);
    auto engine = Engine::create(model, *backend, options);
    EXPECT_TRUE(engine.ok()) << engine.error().message;
    auto record = std::make_shared<Record>();
    Request request;
    request.prompt = {1, 5, 9, 4, 7, 3};
    request.most = 60;
    request.listener = record;
    (*engine)->submit(std::move(request));
    EXPECT_FALSE(record->done.get_future().get());
    return record;
  };
  auto plain = write({}), guessed = write({Speculation::model, model, 4});
  EXPECT_EQ(plain->tokens, guessed->tokens);
  EXPECT_EQ(plain->bits, guessed->bits);
  EXPECT_GT(guessed->usage.drafted, 0);
  EXPECT_EQ(guessed->usage.accepted, guessed->usage.drafted);

  EngineOptions options;
  options.serving.context = 256;
  for (auto [draft, why] :
       {std::pair("mamba2", "recurrent states"), std::pair("bert", "does not generate")}) {
    options.speculation = {Speculation::model, *Model::load(folder / fmt::format("{}.gguf", draft)), 4};
    auto refused = Engine::create(model, *backend, options);
    ASSERT_FALSE(refused.ok()) << draft;
    EXPECT_THAT(refused.error().message, HasSubstr(why));
  }
  options.speculation = {Speculation::heads, nullptr, 4};
  EXPECT_THAT(Engine::create(model, *backend, options).error().message, HasSubstr("has no draft layers"));
}

TEST_F(Engines, ADraftModelOfAnotherVocabularyIsRefused) {
  CONFORMANCE_OR_SKIP(folder, "stories");
  EngineOptions options;
  options.speculation = {Speculation::model, *Model::load(folder / "stories260K.gguf"), 4};
  auto refused = Engine::create(model_, *backend_, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("whose vocabulary is another: 512 tokens and "));
}

class SavedSessions : public Engines {
 protected:
  // Saves a conversation; its tokens.
  std::vector<TokenId> save(uint64_t salt = 0) {
    auto first = engine(256);
    auto tokens =
        ids("Once upon a time, there was a fox. The fox lived in a forest beside a river, and he was happy.");
    TextOptions some;
    some.most = 12;
    some.salt = salt;
    Answer said = answer(*first, tokens, some);
    tokens.insert(tokens.end(), said.completion.tokens.begin(), said.completion.tokens.end());
    auto saved = first->save(path_, tokens, "what was said", salt);
    EXPECT_TRUE(saved.ok()) << saved.error().message;
    EXPECT_EQ(saved->kept, static_cast<int64_t>(tokens.size() - 1) / 32 * 32);
    EXPECT_EQ(saved->bytes, std::filesystem::file_size(path_));
    return tokens;
  }

  const OwnFolder own_;
  const std::filesystem::path path_ = own_.path() / "conversation.session";
};

TEST_F(SavedSessions, GoOnWhereTheyWereSaved) {
  std::vector<TokenId> tokens = save();
  auto second = engine(256), fresh = engine(256);
  auto restored = second->restore(path_);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(restored->conversation, tokens);
  EXPECT_EQ(restored->text, "what was said");
  for (TokenId more : ids(" One day")) tokens.push_back(more);
  TextOptions some;
  some.most = 12;
  Answer again = answer(*second, tokens, some), alone = answer(*fresh, tokens, some);
  EXPECT_EQ(again.completion.usage.cached_tokens, restored->kept);
  EXPECT_EQ(again.text, alone.text);
  EXPECT_EQ(second->forget(tokens), static_cast<int64_t>(tokens.size() + 11) / 32 * 32);
  EXPECT_EQ(answer(*second, tokens, some).completion.usage.cached_tokens, 0);
}

TEST_F(SavedSessions, AreNobodyElses) {
  save(5);
  auto other = engine(256)->restore(path_, 6);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message, HasSubstr("another key"));
}

TEST_F(SavedSessions, OfOtherTypesOrModelsAreRefused) {
  save();
  EngineOptions wide;
  wide.serving.context = 256;
  wide.serving.key_type = Type::f32;
  auto other = (*Engine::create(model_, *backend_, wide))->restore(path_);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message, HasSubstr("keys and values of other types"));
  CONFORMANCE_OR_SKIP(folder, "stories");
  EngineOptions options;
  options.serving.context = 128;
  std::shared_ptr<const Model> stories = *Model::load(folder / "stories260K.gguf");
  auto strange = (*Engine::create(stories, *backend_, options))->restore(path_);
  ASSERT_FALSE(strange.ok());
  EXPECT_THAT(strange.error().message, HasSubstr("another model"));
}

// An agent: twenty turns, each of which adds to what was said, with the program ended after each of them.
TEST_F(Engines, AnAgentsTurnsReadWhatIsNewAfterARestartToo) {
  const OwnFolder own;
  const std::filesystem::path& folder = own.path();
  EngineOptions options;
  options.serving.context = 512;
  options.cache_folder = folder;
  options.cache_disk = 64 << 20;
  std::vector<TokenId> prompts[] = {
      ids("Once upon a time, there was a fox. The fox lived in a forest beside a river, and he was happy."),
      ids("There was a bear who had lost his hat. He asked the owl, and the owl did not know where it was.")};
  TextOptions some;
  some.most = 4;
  for (int turn = 0; turn < 8; ++turn) {
    auto made = Engine::create(model_, *backend_, options);
    ASSERT_TRUE(made.ok()) << made.error().message;
    for (auto& prompt : prompts) {
      Answer said = answer(**made, prompt, some);
      int64_t before = static_cast<int64_t>(prompt.size()) - (turn == 0 ? 0 : 20);
      if (turn > 0) { EXPECT_GE(said.completion.usage.cached_tokens, before / 32 * 32) << turn; }
      prompt.insert(prompt.end(), said.completion.tokens.begin(), said.completion.tokens.end());
      while (said.completion.tokens.size() < 20) {
        said.completion.tokens.push_back(prompt[said.completion.tokens.size()]);
        prompt.push_back(said.completion.tokens.back());
      }
    }
  }
}

}  // namespace
}  // namespace hearth
