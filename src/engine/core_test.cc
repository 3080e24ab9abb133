// The engine on a program that computes nothing and a clock that nobody waits for: who gets what, in which
// order, and that nothing is lost. Then whole simulations, with everything that clients do to a server.
#include "engine/core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "base/own_folder_testing.h"
#include "engine/fake_program.h"
#include "sample/candidates.h"
#include "sample/random.h"

namespace hearth {
namespace {

const FakeShape kPlain{{{0}}, false};
const FakeShape kWindowed{{{0}, {24}}, false};
const FakeShape kRecurrent{{{0}}, true};
const FakeShape kRecurrentAlone{{}, true};

struct Told final : Listener {
  std::vector<TokenId> tokens;
  std::optional<Finish> finish;
  Usage usage;
  std::string error;
  int64_t stop_after = -1;
  std::vector<TokenId> foretold;  // of the prompt, from the second token on: the most probable ones
  std::vector<Told*>* order = nullptr;
  Clock::time_point* now = nullptr;
  std::vector<Clock::time_point> times;
  Clock::time_point ended;

  Result<TokenId> choose(std::span<const float> logits) override { return greatest(logits); }
  void on_prompt_logits(int64_t index, std::span<const float> logits) override {
    EXPECT_EQ(index, static_cast<int64_t>(foretold.size()) + 1);
    foretold.push_back(greatest(logits));
  }
  bool on_token(TokenId token) override {
    tokens.push_back(token);
    if (now) times.push_back(*now);
    return static_cast<int64_t>(tokens.size()) != stop_after;
  }
  void on_finish(Finish how, const Usage& used, const Error* failure) override {
    finish = how;
    usage = used;
    if (now) ended = *now;
    if (failure) error = failure->message;
    if (order) order->push_back(this);
  }
};

// Knows what comes next, and now and then says something else.
class Oracle final : public Drafter {
 public:
  Oracle(FakeShape shape, double right) : shape_(std::move(shape)), right_(right) {}
  int64_t most() const override { return 6; }
  Status follow(std::span<const Advance> advances, std::span<const OutputRows>) override {
    for (const Advance& advance : advances) {
      std::vector<TokenId> tokens = advance.sequence->tokens;
      for (int64_t i = 0; i < advance.most; ++i) {
        TokenId next = fake_next(shape_, tokens);
        if (random_.uniform() >= right_) next = (next + 1) % kFakeVocabulary;
        tokens.push_back(next);
        advance.sequence->drafts.push_back(next);
      }
    }
    return {};
  }

 private:
  const FakeShape shape_;
  const double right_;
  Random random_{3};
};

struct Limits {
  FakeShape shape = kPlain;
  int32_t page_tokens = 8, most_rows = 64, slots = 12;
  std::vector<int32_t> pages = {64};
  size_t running = 4;
  int64_t context = 256;
  double right = -1;  // guesses are made, and so often right
  bool counts_joules = false;
};

class Bench {
 public:
  explicit Bench(Limits limits = {})
      : limits_(std::move(limits)), program_(limits_.shape, limits_.most_rows) {
    MemoryOptions memory{limits_.pages, limits_.page_tokens, limits_.slots, Type::f16, Type::f16};
    CoreOptions options;
    options.context = limits_.context;
    options.vocabulary = kFakeVocabulary;
    options.most_running = limits_.running;
    options.now = [this] { return program_.now; };
    if (limits_.counts_joules) options.joules = [this] { return static_cast<double>(program_.rows); };
    auto core = Core::create(program_, fake_plan(limits_.shape), memory, options);
    if (core.ok())
      core_ = *std::move(core);
    else
      error_ = core.error().message;
    if (core_ && limits_.right >= 0)
      core_->set_drafter(std::make_unique<Oracle>(limits_.shape, limits_.right));
  }

  std::shared_ptr<Told> ask(std::vector<TokenId> prompt, int64_t most,
                            std::function<void(Request&)> change = {}) {
    auto told = std::make_shared<Told>();
    told->now = &program_.now;
    Request request;
    request.prompt = std::move(prompt);
    request.most = most;
    request.listener = told;
    if (change) change(request);
    prompts_[told.get()] = request.prompt;
    if (auto refused = core_->refusal(request)) {
      told->error = refused->error.message;
      return told;
    }
    core_->add(++last_, std::move(request));
    return told;
  }
  void use_files(const std::filesystem::path& folder, uint64_t most) {
    Store& store = core_->store();
    store.use_files(*PageFiles::open(folder, most, *store.shape()));
  }
  void run() {
    while (core_->step()) {}
  }
  // Whether what was told is what the tokens call for.
  void check(const Told& told) {
    std::vector<TokenId> tokens = prompts_[&told];
    for (TokenId token : told.tokens) {
      ASSERT_EQ(token, fake_next(limits_.shape, tokens));
      tokens.push_back(token);
    }
  }
  void expect_nothing_held() {
    for (const Pool& pool : core_->store().pools()) EXPECT_EQ(pool.free() + pool.idle(), pool.size());
    core_->store().forget();
    for (const Pool& pool : core_->store().pools()) {
      EXPECT_EQ(pool.free(), pool.size());
      EXPECT_EQ(pool.idle(), 0);
    }
  }

  Core& core() { return *core_; }
  FakeProgram& program() { return program_; }
  const std::string& error() const { return error_; }
  RequestId last() const { return last_; }

 private:
  Limits limits_;
  FakeProgram program_;
  std::unique_ptr<Core> core_;
  std::string error_;
  RequestId last_ = 0;
  std::map<const Told*, std::vector<TokenId>> prompts_;
};

std::vector<TokenId> count(TokenId from, int64_t length) {
  std::vector<TokenId> tokens(static_cast<size_t>(length));
  for (int64_t i = 0; i < length; ++i)
    tokens[static_cast<size_t>(i)] = static_cast<TokenId>((from + i * i) % kFakeVocabulary);
  return tokens;
}

class EachShape : public testing::TestWithParam<FakeShape> {
 protected:
  Limits limits() {
    Limits limits;
    limits.shape = GetParam();
    limits.pages.assign(GetParam().tables.size(), 64);
    return limits;
  }
  void live(Limits tight);
};

TEST_P(EachShape, AnswersAreThoseOfTheTokens) {
  Bench bench(limits());
  auto told = bench.ask(count(3, 100), 60);
  bench.run();
  EXPECT_EQ(told->finish, Finish::length);
  EXPECT_EQ(told->tokens.size(), 60u);
  bench.check(*told);
  bench.expect_nothing_held();
}

TEST_P(EachShape, WhatIsLeftIsNotInUse) {
  Bench bench(limits());
  bench.ask(count(3, 100), 60);
  while (bench.core().counts().running == 0) bench.core().step();
  EXPECT_GT(bench.core().counts().memory_use.held, 0);
  bench.run();
  EXPECT_EQ(bench.core().counts().memory_use.held, 0);
  const double left = bench.core().counts().memory_use.idle;
  EXPECT_GT(left, 0);
  // What another goes on from is in use again.
  bench.ask(count(3, 100), 60);
  bench.core().step();
  EXPECT_GT(bench.core().counts().memory_use.held, 0);
  EXPECT_LE(bench.core().counts().memory_use.idle, left);
  bench.run();
  bench.expect_nothing_held();
  EXPECT_EQ(bench.core().counts().memory_use.idle, 0);
}

TEST_P(EachShape, ASecondTurnReadsOnlyWhatIsNew) {
  Bench bench(limits());
  auto first = bench.ask(count(3, 100), 20);
  bench.run();
  std::vector<TokenId> prompt = count(3, 100);
  prompt.insert(prompt.end(), first->tokens.begin(), first->tokens.end());
  for (TokenId token = 0; token < 30; ++token) prompt.push_back(token);
  int64_t before = bench.program().rows;
  auto second = bench.ask(prompt, 5);
  bench.run();
  bench.check(*second);
  // All full pages of the first turn, but for its last token, which nobody computed.
  EXPECT_EQ(second->usage.cached_tokens, 119 / 8 * 8);
  EXPECT_EQ(bench.program().rows - before, 150 - 119 / 8 * 8 + 4);
}

TEST_P(EachShape, TheSameQuestionTwiceIsReadOnce) {
  Bench bench(limits());
  auto one = bench.ask(count(5, 128), 10), two = bench.ask(count(5, 128), 10);
  bench.run();
  bench.check(*one);
  bench.check(*two);
  EXPECT_EQ(one->tokens, two->tokens);
  EXPECT_EQ(two->usage.cached_tokens, 120);
  bench.expect_nothing_held();
}

// What is kept of a prompt has no logits: it is computed again, beside others and though there is no room for all.
TEST_P(EachShape, ThePromptsOwnLogitsAreTold) {
  Limits tight = limits();
  tight.pages.assign(tight.shape.tables.size(), 40);
  tight.most_rows = 20;
  Bench bench(tight);
  std::vector<TokenId> prompt;
  for (int i = 0; i < 70; ++i) prompt.push_back(i * 11 % kFakeVocabulary);
  bench.ask(prompt, 4);
  bench.run();
  std::vector<std::shared_ptr<Told>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(bench.ask(prompt, i == 0 ? 0 : 60, [](Request& request) { request.prompt_logits = true; }));
    bench.ask(prompt, 60);
  }
  bench.run();
  for (const auto& told : all) {
    bench.check(*told);
    EXPECT_EQ(told->usage.cached_tokens, 0);
    ASSERT_EQ(told->foretold.size(), prompt.size() - 1);
    for (size_t i = 0; i < told->foretold.size(); ++i)
      EXPECT_EQ(told->foretold[i], fake_next(tight.shape, std::span(prompt).first(i + 1))) << i;
  }
  bench.expect_nothing_held();
}

// A machine that takes a joule for each row: what requests are told is all that there was.
TEST_P(EachShape, EnergyIsSharedOut) {
  Limits counted = limits();
  counted.counts_joules = true;
  Bench bench(counted);
  std::vector<std::shared_ptr<Told>> all;
  for (int i = 0; i < 6; ++i) all.push_back(bench.ask({i, i + 1, i + 2}, 10 + i));
  bench.run();
  double sum = 0;
  for (const auto& told : all) {
    ASSERT_TRUE(told->usage.joules);
    EXPECT_GT(*told->usage.joules, 10);
    sum += *told->usage.joules;
  }
  EXPECT_DOUBLE_EQ(sum, static_cast<double>(bench.program().rows));

  Bench without(limits());
  auto told = without.ask({1, 2, 3}, 5);
  without.run();
  EXPECT_FALSE(told->usage.joules);
}

TEST_P(EachShape, TenantsShareNothing) {
  Bench bench(limits());
  auto one = bench.ask(count(5, 128), 2, [](Request& request) { request.salt = 1; });
  bench.run();
  auto two = bench.ask(count(5, 128), 2, [](Request& request) { request.salt = 2; });
  bench.run();
  EXPECT_EQ(two->usage.cached_tokens, 0);
  EXPECT_EQ(two->usage.same_tokens, 0);
  bench.check(*two);
}

TEST_P(EachShape, MemoryForAllIsSharedByTurns) {
  Limits small = limits();
  small.pages.assign(small.pages.size(), 20);  // 160 tokens: for two at their longest, not for four
  small.context = 100;
  Bench bench(small);
  ASSERT_EQ(bench.error(), "");
  std::vector<std::shared_ptr<Told>> all;
  for (TokenId i = 0; i < 12; ++i) all.push_back(bench.ask(count(i, 30 + i), 50));
  bench.run();
  for (const auto& told : all) {
    EXPECT_EQ(told->finish, Finish::length) << told->error;
    bench.check(*told);
  }
  bench.expect_nothing_held();
}

// A million things that clients do, in fake time: prompts that begin alike, answers that go on, cancelled and
// late ones, tenants, priorities, and memory that is too small for all.
void EachShape::live(Limits tight) {
  tight.pages.assign(tight.pages.size(), 40);
  tight.context = 160;
  tight.most_rows = 48;
  Bench bench(tight);
  ASSERT_EQ(bench.error(), "");
  Random random(GetParam().tables.size() * 10 + GetParam().slots);
  auto below = [&](uint64_t n) { return static_cast<int64_t>(random.next() % n); };
  std::vector<std::vector<TokenId>> histories = {count(1, 40), count(2, 9)};
  std::map<RequestId, std::shared_ptr<Told>> open;
  int64_t done = 0, cached = 0;
  for (int64_t round = 0; round < 60'000; ++round) {
    if (below(4) == 0 && open.size() < 12) {
      std::vector<TokenId> prompt = histories[below(histories.size())];
      prompt.resize(1 + below(prompt.size()));
      for (int64_t more = below(30); more > 0; --more)
        prompt.push_back(static_cast<TokenId>(below(kFakeVocabulary)));
      prompt.resize(std::min<size_t>(prompt.size(), 120));
      auto told = bench.ask(prompt, 1 + below(30), [&](Request& request) {
        request.salt = static_cast<uint64_t>(below(2));
        request.priority = static_cast<int32_t>(below(8) / 7);
        request.client = std::string(1, static_cast<char>('a' + below(3)));
        if (below(20) == 0) request.deadline = bench.program().now + std::chrono::milliseconds(below(40));
      });
      ASSERT_EQ(told->error, "");
      if (below(10) == 0) told->stop_after = 1 + below(10);
      open[bench.last()] = told;
    }
    if (below(40) == 0 && !open.empty())
      bench.core().cancel(std::next(open.begin(), below(open.size()))->first);
    bench.core().step();
    for (auto at = open.begin(); at != open.end();) {
      Told& told = *at->second;
      if (!told.finish) {
        ++at;
        continue;
      }
      ASSERT_NE(told.finish, Finish::error) << told.error;
      bench.check(told);
      if (HasFatalFailure()) return;
      // Nobody waits for ever: 12 requests of at most 150 rows take 8 seconds alone, and these came together.
      EXPECT_LT(told.usage.queue_seconds, 10);
      cached += told.usage.cached_tokens;
      ++done;
      at = open.erase(at);
    }
    if (below(50) == 0) {
      histories.push_back(count(static_cast<TokenId>(below(64)), 1 + below(100)));
      if (histories.size() > 20) histories.erase(histories.begin() + below(10));
    }
  }
  EXPECT_GT(done, 5000);
  EXPECT_GT(cached, GetParam().slots ? 1000 : 10'000);
  if (tight.right >= 0) {
    CoreCounts counts = bench.core().counts();
    EXPECT_GT(counts.accepted, 1000);
    EXPECT_GT(counts.drafted - counts.accepted, 1000);
  }
  bench.run();
  bench.expect_nothing_held();
}

TEST_P(EachShape, NothingIsLostInALongLife) { live(limits()); }

TEST_P(EachShape, NothingIsLostWhileGuessing) {
  Limits guessing = limits();
  guessing.right = 0.7;
  guessing.slots = 16;
  live(guessing);
}

TEST_P(EachShape, GuessesThatAreRightSaveSteps) {
  Limits guessing = limits();
  guessing.right = 1;
  Bench bench(guessing), plain(limits());
  auto told = bench.ask(count(3, 100), 100), same = plain.ask(count(3, 100), 100);
  bench.run();
  plain.run();
  bench.check(*told);
  EXPECT_EQ(told->tokens, same->tokens);
  EXPECT_EQ(told->usage.accepted, told->usage.drafted);
  EXPECT_LT(3 * bench.core().counts().steps, plain.core().counts().steps);
  bench.expect_nothing_held();
}

TEST_P(EachShape, GuessesThatAreWrongAreGivenUp) {
  Limits guessing = limits();
  guessing.right = 0;
  guessing.pages.assign(guessing.pages.size(), 600);
  guessing.context = 4000;
  Bench bench(guessing);
  auto told = bench.ask(count(3, 100), 3000);
  bench.run();
  bench.check(*told);
  EXPECT_EQ(told->usage.accepted, 0);
  EXPECT_GT(told->usage.drafted, 0);
  EXPECT_LT(told->usage.drafted, 600);  // of 3,000 tokens
}

// Two agents, each of which adds to its prompt turn by turn, on a machine that is started anew between turns.
TEST_P(EachShape, AfterARestartOnlyWhatIsNewIsRead) {
  const OwnFolder own;
  const std::filesystem::path& folder = own.path();
  Limits small = limits();
  std::vector<TokenId> prompts[] = {count(3, 100), count(7, 90)};
  for (int turn = 0; turn < 5; ++turn) {
    Bench bench(small);
    bench.use_files(folder, 1 << 20);
    for (auto& prompt : prompts) {
      auto told = bench.ask(prompt, 10);
      bench.run();
      bench.check(*told);
      // All full pages of the turn before, with its answer but for the last token.
      int64_t before = static_cast<int64_t>(prompt.size()) - 13;
      EXPECT_EQ(told->usage.cached_tokens, turn == 0 ? 0 : before / 8 * 8) << turn;
      prompt.insert(prompt.end(), told->tokens.begin(), told->tokens.end());
      for (TokenId more = 0; more < 12; ++more) prompt.push_back(more);
    }
    EXPECT_EQ(bench.core().counts().file_tokens > 0, turn > 0);
    bench.expect_nothing_held();
  }
}

// What was let go of because memory is small comes back from the disk, and no bit is another.
TEST_P(EachShape, WhatIsLetGoOfComesBack) {
  const OwnFolder own;
  const std::filesystem::path& folder = own.path();
  Limits tight = limits();
  tight.pages.assign(tight.pages.size(), 24);
  tight.context = 150;
  auto bench_of_files = std::make_unique<Bench>(tight);
  Bench& bench = *bench_of_files;
  bench.use_files(folder, 100'000);
  int64_t cached = 0;
  for (int round = 0; round < 3; ++round) {
    for (TokenId i = 0; i < 8; ++i) {
      auto told = bench.ask(count(i, 120), 8, [&](Request& request) { request.salt = i % 2; });
      bench.run();
      bench.check(*told);
      if (round > 0) cached += told->usage.cached_tokens;
    }
  }
  EXPECT_EQ(cached, 16 * 112);
  bench.expect_nothing_held();
  bench_of_files.reset();  // it still writes
}

TEST_P(EachShape, ARequestMayWantNoGuesses) {
  Limits guessing = limits();
  guessing.right = 1;
  Bench bench(guessing);
  auto none = bench.ask(count(3, 100), 20, [](Request& request) { request.most_drafts = 0; });
  auto few = bench.ask(count(4, 100), 20, [](Request& request) { request.most_drafts = 2; });
  bench.run();
  EXPECT_EQ(none->usage.drafted, 0);
  EXPECT_GT(few->usage.drafted, 0);
}

INSTANTIATE_TEST_SUITE_P(Shapes, EachShape, testing::Values(kPlain, kWindowed, kRecurrent, kRecurrentAlone),
                         [](const testing::TestParamInfo<FakeShape>& row) {
                           std::string name = row.param.tables.empty()      ? "no_pages"
                                              : row.param.tables.size() > 1 ? "windowed"
                                                                            : "pages";
                           return name + (row.param.slots ? "_and_states" : "");
                         });

TEST(Core, SaysWhereReuseStopped) {
  Bench bench;
  bench.ask(count(3, 40), 1);
  bench.run();
  std::vector<TokenId> prompt = count(3, 40);
  prompt[21] = (prompt[21] + 1) % kFakeVocabulary;
  auto told = bench.ask(prompt, 1);
  bench.run();
  EXPECT_EQ(told->usage.cached_tokens, 16);
  EXPECT_EQ(told->usage.same_tokens, 21);
  EXPECT_EQ(told->usage.differs, count(3, 40)[21]);
}

TEST(Core, RefusesWhatCannotBe) {
  Bench bench;
  EXPECT_THAT(bench.ask({}, 1)->error, testing::HasSubstr("the prompt is empty"));
  EXPECT_EQ(bench.ask(count(1, 257), 1)->error, "the prompt has 257 tokens and the context 256");
  EXPECT_EQ(bench.ask({1, kFakeVocabulary}, 1)->error, "there is no token 64; the model has 64");
  EXPECT_EQ(bench.ask({-1}, 1)->error, "there is no token -1; the model has 64");
  Limits large;
  large.context = 64 * 8 + 1;
  EXPECT_THAT(Bench(large).error(),
              testing::HasSubstr("a context of 513 tokens does not fit into memory for 512"));
}

TEST(Core, FinishesForAReason) {
  Bench bench;
  auto full = bench.ask(count(1, 250), -1);
  bench.run();
  EXPECT_EQ(full->finish, Finish::context);
  EXPECT_EQ(full->tokens.size(), 7u);  // the last of them is not computed any more
  TokenId next = fake_next(kPlain, count(9, 10));
  auto ended = bench.ask(count(9, 10), -1, [&](Request& request) { request.end_tokens = {next}; });
  auto late = bench.ask(count(9, 10), -1, [&](Request& request) { request.deadline = bench.program().now; });
  auto gone = bench.ask(count(9, 10), -1);
  bench.core().cancel(bench.last());
  bench.run();
  EXPECT_EQ(ended->finish, Finish::end);
  EXPECT_TRUE(ended->tokens.empty());
  EXPECT_EQ(late->finish, Finish::deadline);
  EXPECT_EQ(gone->finish, Finish::cancelled);
  bench.expect_nothing_held();
}

TEST(Core, ACancelledPromptStopsWithinAStep) {
  Limits slow;
  slow.most_rows = 16;
  Bench bench(slow);
  auto told = bench.ask(count(1, 200), 5);
  bench.core().step();
  bench.core().cancel(bench.last());
  int64_t before = bench.program().rows;
  bench.core().step();
  EXPECT_EQ(told->finish, Finish::cancelled);
  EXPECT_EQ(bench.program().rows, before);
}

// Whether it writes or is read, beside others who stay: what it had is free, and the next step is theirs.
TEST(Core, WhoLeavesHoldsNothingAfterOneStep) {
  Limits slow;
  slow.most_rows = 16;
  Bench bench(slow);
  auto stays = bench.ask(count(1, 20), 60);
  auto writes = bench.ask(count(2, 20), 60);
  RequestId writer = bench.last();
  while (writes->tokens.empty()) bench.core().step();
  auto reads = bench.ask(count(3, 200), 5);
  RequestId reader = bench.last();
  bench.core().step();
  auto held = [&] {
    const Pool& pool = bench.core().store().pools().front();
    return pool.size() - pool.free() - pool.idle();
  };
  for (auto [leaver, told] : {std::pair(reader, reads), {writer, writes}}) {
    const int32_t before = held();
    ASSERT_FALSE(told->finish);
    bench.core().cancel(leaver);
    bench.core().step();
    EXPECT_EQ(told->finish, Finish::cancelled);
    EXPECT_LT(held(), before);
  }
  // Its last token is not computed yet.
  EXPECT_EQ(held(), (20 + static_cast<int32_t>(stays->tokens.size()) - 1 + 7) / 8);
  bench.run();
  bench.check(*stays);
  bench.expect_nothing_held();
}

TEST(Core, AStepThatNobodyWantsIsGivenUp) {
  Limits limits;
  limits.most_rows = 100;
  Bench bench(limits);
  auto one = bench.ask(count(1, 20), 5);
  RequestId first = bench.last();
  auto two = bench.ask(count(2, 20), 5);
  RequestId second = bench.last();
  bench.program().meanwhile = [&] {
    bench.core().cancel(first);
    EXPECT_FALSE(one->finish);  // its memory is in use
  };
  bench.core().step();
  EXPECT_EQ(one->finish, Finish::cancelled);
  EXPECT_TRUE(one->tokens.empty());
  EXPECT_EQ(two->tokens.size(), 1u);  // it still wanted the step
  auto three = bench.ask(count(3, 20), 5);
  RequestId third = bench.last();
  int64_t before = bench.program().rows;
  bench.program().meanwhile = [&] {
    bench.core().cancel(second);
    bench.core().cancel(second);
    EXPECT_FALSE(two->finish);
    bench.core().cancel(third);
  };
  bench.core().step();
  EXPECT_EQ(two->finish, Finish::cancelled);
  EXPECT_EQ(three->finish, Finish::cancelled);
  EXPECT_EQ(bench.program().rows, before);
  bench.program().meanwhile = {};
  auto again = bench.ask(count(1, 200), 5);
  bench.run();
  bench.check(*again);
  EXPECT_EQ(again->finish, Finish::length);
  bench.expect_nothing_held();
}

// Of several who read long prompts, whoever leaves when a step has just begun: it is gone within the time of a step,
// though a prompt that is read alone has longer ones.
TEST(Core, WhoLeavesALongStepIsGoneInTime) {
  for (int leaver = 0; leaver < 4; ++leaver) {
    Limits limits;
    limits.most_rows = 4096;
    limits.pages = {4096};
    limits.context = 9000;
    limits.running = 3;  // the last one waits
    Bench bench(limits);
    std::vector<std::shared_ptr<Told>> all;
    for (TokenId i = 0; i < 4; ++i) {
      all.push_back(bench.ask(count(i, i % 2 == 0 ? 8000 : 500), 20,
                              [&](Request& request) { request.client = fmt::format("{}", i); }));
    }
    bench.core().step();
    const Clock::time_point left = bench.program().now;
    bench.program().meanwhile = [&] { bench.core().cancel(leaver + 1); };
    while (!all[leaver]->finish) bench.core().step();
    EXPECT_EQ(all[leaver]->finish, Finish::cancelled);
    EXPECT_LE(all[leaver]->ended - left, std::chrono::milliseconds(105)) << leaver;
    bench.run();
    for (int i = 0; i < 4; ++i) {
      bench.check(*all[i]);
      EXPECT_EQ(all[i]->finish, i == leaver ? Finish::cancelled : Finish::length);
    }
    bench.expect_nothing_held();
  }
}

TEST(Core, APromptThatIsReadAloneHasLongSteps) {
  Limits limits;
  limits.most_rows = 4096;
  limits.pages = {2048};
  limits.context = 9000;
  Bench bench(limits);
  bench.ask(count(1, 8192), 1);
  bench.run();
  EXPECT_EQ(bench.core().counts().steps, 2);
}

TEST(Core, AShortQuestionDoesNotWaitForALongOne) {
  Limits limits;
  limits.most_rows = 32;
  Bench bench(limits);
  std::vector<Told*> order;
  auto longer = bench.ask(count(1, 250), 1, [](Request& request) { request.client = "a"; });
  auto shorter = bench.ask(count(2, 20), 1, [](Request& request) { request.client = "b"; });
  longer->order = shorter->order = &order;
  bench.run();
  EXPECT_THAT(order, testing::ElementsAre(shorter.get(), longer.get()));
}

TEST(Core, PrioritiesGoFirst) {
  Limits limits;
  limits.running = 1;
  Bench bench(limits);
  std::vector<Told*> order;
  auto usual = bench.ask(count(1, 50), 3);
  auto urgent = bench.ask(count(2, 50), 3, [](Request& request) { request.priority = 1; });
  usual->order = urgent->order = &order;
  bench.run();
  EXPECT_THAT(order, testing::ElementsAre(urgent.get(), usual.get()));
}

TEST(Core, ClientsGetEqualShares) {
  Limits limits;
  limits.running = 1;
  Bench bench(limits);
  std::vector<Told*> order;
  std::vector<std::shared_ptr<Told>> all;
  for (TokenId i = 0; i < 6; ++i) {
    all.push_back(
        bench.ask(count(i, 20), 4, [&](Request& request) { request.client = i < 5 ? "greedy" : "modest"; }));
    all.back()->order = &order;
  }
  bench.run();
  // The modest one's only request is the second that is served.
  EXPECT_EQ(order[1], all[5].get());
}

TEST(Core, ReadingLeavesTimeToWrite) {
  Limits limits;
  limits.most_rows = 4096;
  limits.pages = {2048};
  limits.context = 9000;
  Bench bench(limits);
  auto writer = bench.ask(count(1, 20), 400);
  for (int i = 0; i < 20; ++i) bench.core().step();
  auto reader = bench.ask(count(2, 8000), 1);
  bench.run();
  bench.check(*reader);
  bench.check(*writer);
  // 8000 rows take 0.4 seconds; a step with a writer among them 0.1.
  for (size_t i = 1; i < writer->times.size(); ++i) {
    EXPECT_LE(writer->times[i] - writer->times[i - 1], std::chrono::milliseconds(105)) << i;
  }
}

}  // namespace
}  // namespace hearth
