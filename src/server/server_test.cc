// Who is answered while others wait.
#include "server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "server/client_testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;

// Models that cannot be had before the test says so: to look for them and to load them takes until then.
class Withheld {
 public:
  class Source final : public ModelSource {
   public:
    explicit Source(Withheld& owner) : owner_(owner) {}
    Result<std::vector<ModelCard>> list() override {
      if (begun_.exchange(true)) owner_.wait(owner_.listing_);
      return std::vector<ModelCard>{{.names = {"first"}}, {.names = {"second"}}};
    }
    Result<std::unique_ptr<const ServedModel>> load(const ModelCard& card) override {
      owner_.wait(owner_.loading_);
      return fail("{}: withheld", card.id());
    }

   private:
    Withheld& owner_;
    std::atomic<bool> begun_{false};
  };

  // Returns once so many threads stand there.
  void expect(int listing, int loading) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return listing_ == listing && loading_ == loading; });
  }
  void release() {
    std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  void wait(int& here) {
    std::unique_lock lock(mutex_);
    ++here;
    changed_.notify_all();
    changed_.wait(lock, [&] { return released_; });
    --here;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int listing_ = 0, loading_ = 0;
  bool released_ = false;
};

TestAnswer asked_of(uint16_t port, std::string_view path) {
  TestClient client(port);
  client.get(path);
  return client.answer();
}

// All threads that read requests stand still, so does the one that loads models, and many requests are behind them.
TEST(Server, WhoWatchesWaitsForNobody) {
  constexpr int kWorkers = 2, kBehind = 100;
  Withheld withheld;
  auto models =
      std::make_unique<ServedModels>(std::make_unique<Withheld::Source>(withheld), ServedModelsOptions{});
  ASSERT_TRUE(models->start(false).ok());
  ServerOptions options;
  options.listen.port = 0;
  options.workers = kWorkers;
  auto started = Server::start(options, std::move(models));
  ASSERT_TRUE(started.ok()) << started.error().message;
  auto server = *std::move(started);
  std::shared_ptr<void> at_the_end(nullptr, [&](void*) { withheld.release(); });  // wherever that is

  auto post = [&](TestClient& client, const char* model) {
    return client.post("/v1/completions", fmt::format(R"({{"model": "{}", "prompt": "x"}})", model));
  };
  TestClient loading(server->port());
  ASSERT_TRUE(post(loading, "first"));
  withheld.expect(0, 1);
  std::vector<TestClient> others;
  for (int i = 0; i < kWorkers + kBehind; ++i) {
    others.emplace_back(server->port());
    ASSERT_TRUE(post(others.back(), "another"));
  }
  withheld.expect(kWorkers, 1);

  TestClient kept(server->port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(asked_of(server->port(), "/metrics").body, HasSubstr("hearth_models{state=\"away\"} 2"));
    kept.get("/metrics");
    EXPECT_EQ(kept.answer().status, 200);
    EXPECT_EQ(asked_of(server->port(), "/livez").status, 200);
    for (const char* path : {"/health", "/v1/health", "/readyz"})
      EXPECT_EQ(asked_of(server->port(), path).status, 200) << path;
  }
  withheld.expect(kWorkers, 1);  // none of it has moved meanwhile

  withheld.release();
  EXPECT_EQ(loading.answer().status, 500);
  for (TestClient& other : others) EXPECT_EQ(other.answer().status, 404);
}

}  // namespace
}  // namespace hearth
