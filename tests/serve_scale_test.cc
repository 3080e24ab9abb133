// Many clients at once, clients that leave, that are slow or do nothing, and ends of all kinds, against the real
// server. In the suite there are some hundreds; HEARTH_SCALE=1 asks for what is promised: 1,000 streams, 10,000
// connections that rest, 10,000 clients that leave, 500 SIGTERMs and 200 kill -9.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "base/system.h"
#include "served.h"

namespace hearth {
namespace {

int how_many(int in_suite, int promised) {
  const char* asked = std::getenv("HEARTH_SCALE");
  return asked && *asked == '1' ? promised : in_suite;
}

OrderedJson numbered_story(int number, int tokens) {
  return {
      {"prompt", fmt::format("Story {} of {}: once upon a time there was a", number, number * 7919 % 1009)},
      {"max_tokens", tokens},
      {"temperature", 0},
      {"ignore_eos", true}};
}

std::string streamed_text(const TestAnswer& stream) {
  std::string text;
  for (const OrderedJson& event : stream.events()) {
    if (event.contains("choices") && !event["choices"].empty())
      text += event["choices"][0]["text"].get<std::string>();
  }
  return text;
}

double busy(Served& served) {
  return served.metric("hearth_requests_running") + served.metric("hearth_requests_waiting");
}

double milliseconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

TEST(ServeScale, StreamsAreNeitherLostNorMixed) {
  const int streams = how_many(100, 1000), tokens = 12;
  Served served({"--parallel", "16", "--queue", "2048"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  std::vector<std::string> expected;
  TestClient alone(served.port());
  for (int i = 0; i < streams; ++i) {
    alone.post("/v1/completions", numbered_story(i, tokens).dump());
    expected.push_back(alone.answer().json()["choices"][0]["text"]);
  }
  size_t files = served.open_files();
  int64_t before = served.resident_kilobytes();
  {
    std::vector<TestClient> clients;
    for (int i = 0; i < streams; ++i) {
      clients.emplace_back(served.port());
      OrderedJson ask = numbered_story(i, tokens);
      ask["stream"] = true;
      ASSERT_TRUE(clients.back().post("/v1/completions", ask.dump())) << i;
    }
    // Whoever watches is answered meanwhile.
    double longest = 0;
    for (int i = 0; i < 20; ++i) {
      auto begin = std::chrono::steady_clock::now();
      EXPECT_EQ(served.get("/metrics").status, 200);
      longest = std::max(longest, milliseconds(begin));
    }
    fmt::print("/metrics took {:.1f} ms at most\n", longest);
    for (int i = 0; i < streams; ++i) {
      TestAnswer answer = clients[static_cast<size_t>(i)].answer();
      EXPECT_EQ(streamed_text(answer), expected[static_cast<size_t>(i)]) << i;
      EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n")) << i;
    }
  }
  while (served.open_files() > files) {}
  int64_t grown = served.resident_kilobytes() - before;
  fmt::print("{} streams, grown by {} KiB\n", streams, grown);
  EXPECT_LT(grown, 64 << 10);
}

TEST(ServeScale, ThoseWhoRestCostLittle) {
  const int connections = how_many(500, 10'000);
  if (raise_open_files_limit().now < static_cast<uint64_t>(connections) + 200)
    GTEST_SKIP() << "too few files may be open at once: ulimit -Hn";
  Served served({});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  size_t files = served.open_files();
  int64_t before = served.resident_kilobytes();
  {
    std::vector<TestClient> clients;
    for (int i = 0; i < connections; ++i) {
      clients.emplace_back(served.port());
      ASSERT_TRUE(clients.back().get("/livez")) << i;
      ASSERT_EQ(clients.back().answer().status, 200) << i;
    }
    int64_t each = (served.resident_kilobytes() - before) * 1024 / connections;
    fmt::print("{} connections, {} bytes each\n", connections, each);
    EXPECT_LT(each, 64 << 10);
    EXPECT_EQ(served.post("/v1/completions", numbered_story(1, 4)).status, 200);
    // They rest, and are served on.
    for (int i = 0; i < connections; i += 97) {
      clients[static_cast<size_t>(i)].get("/livez");
      EXPECT_EQ(clients[static_cast<size_t>(i)].answer().status, 200) << i;
    }
  }
  while (served.open_files() > files) {}
}

TEST(ServeScale, ThoseWhoLeaveTakeNothingWithThem) {
  const int clients = how_many(200, 10'000), at_once = 20;
  Served served({"--parallel", "8"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  size_t files = served.open_files();
  int64_t before = served.resident_kilobytes();
  double longest = 0;
  for (int i = 0; i < clients; i += at_once) {
    std::vector<TestClient> here;
    for (int j = 0; j < at_once; ++j) {
      here.emplace_back(served.port());
      OrderedJson ask = numbered_story(i + j, 900);
      ask["stream"] = true;
      ASSERT_TRUE(here.back().post("/v1/completions", ask.dump()));
    }
    ASSERT_TRUE(here.front().wait_for("data: ")) << i;
    for (size_t j = 0; j < here.size(); ++j) {
      if (j % 3 == 0) here[j].reset();
      if (j % 3 == 1) here[j].end_sending();  // which says the same: nobody reads what comes
      if (j % 3 == 2) here[j].close();
    }
    auto begin = std::chrono::steady_clock::now();
    while (busy(served) > 0) {}
    longest = std::max(longest, milliseconds(begin));
  }
  fmt::print("{} clients left; all was free again after {:.0f} ms at most\n", clients, longest);
  while (served.open_files() > files) {}
  EXPECT_LT(served.resident_kilobytes() - before, 64 << 10);
  // The first of each group was being computed; others may have left before they were heard.
  std::string metrics = served.get("/metrics").body;
  size_t at = metrics.find("finish=\"cancelled\"} ");
  ASSERT_NE(at, metrics.npos);
  EXPECT_GE(std::atoi(metrics.c_str() + at + std::strlen("finish=\"cancelled\"} ")), clients / at_once);
}

TEST(ServeScale, SlowClientsHoldNobodyUp) {
  Served served({"--parallel", "4"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  std::vector<TestClient> slow;
  for (int i = 0; i < how_many(100, 2000); ++i) {
    slow.emplace_back(served.port());
    const char* half = i % 3 == 0 ? "POST /v1/comp"
                       : i % 3 == 1
                           ? "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
                           : "";
    slow.back().send(half);
  }
  std::vector<TestClient> deaf;  // they ask, and never read
  for (int i = 0; i < 8; ++i) {
    deaf.emplace_back(served.port());
    OrderedJson ask = numbered_story(i, 200);
    ask["stream"] = true;
    deaf.back().post("/v1/completions", ask.dump());
  }
  std::string text = served.post("/v1/completions", numbered_story(1, 8)).json()["choices"][0]["text"];
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(served.post("/v1/completions", numbered_story(1, 8)).json()["choices"][0]["text"], text);
}

TEST(ServeScale, NoAnswerIsCutOffByAnEnd) {
  for (int run = 0; run < how_many(3, 500); ++run) {
    SCOPED_TRACE(fmt::format("run {}", run));
    Served served({"--parallel", "8"});
    ASSERT_NE(served.port(), 0) << served.first_lines();
    std::vector<TestClient> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back(served.port());
      OrderedJson ask = numbered_story(i, 20);
      ask["stream"] = i % 2 == 0;
      ASSERT_TRUE(clients.back().post("/v1/completions", ask.dump()));
    }
    // All have been taken: what has not come yet may be refused, not cut off.
    ASSERT_TRUE(clients[0].wait_for("data: "));
    served.signal(SIGTERM);
    for (size_t i = 0; i < clients.size(); ++i) {
      TestAnswer answer = clients[i].answer();
      if (answer.status != 200) {
        EXPECT_TRUE(answer.status == 503 || answer.status == 0) << answer.status;
        EXPECT_TRUE(answer.body.empty() || answer.json().contains("error")) << answer.body;
      } else if (i % 2 == 0) {
        EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n")) << answer.body;
      } else {
        EXPECT_EQ(answer.json()["usage"]["completion_tokens"], 20) << answer.body;
      }
      clients[i].close();
    }
    EXPECT_EQ(served.wait(), 0);
  }
}

TEST(ServeScale, AfterASuddenEndItStartsAsBefore) {
  namespace fs = std::filesystem;
  fs::path folder = fs::path(testing::TempDir()) / "hearth_sudden_end";
  fs::remove_all(folder);
  std::string expected;
  for (int run = 0; run < how_many(3, 200); ++run) {
    SCOPED_TRACE(fmt::format("run {}", run));
    Served served({"--cache-disk", "64MB", "--cache-dir", folder.string()});
    ASSERT_NE(served.port(), 0) << served.first_lines();
    OrderedJson answer = served.post("/v1/completions", numbered_story(3, 16)).json();
    if (run == 0) expected = answer["choices"][0]["text"];
    EXPECT_EQ(answer["choices"][0]["text"], expected);
    std::vector<TestClient> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back(served.port());
      OrderedJson ask = numbered_story(run * 8 + i, 200);
      ask["stream"] = true;
      clients.back().post("/v1/completions", ask.dump());
    }
    ASSERT_TRUE(clients.front().wait_for("data: "));
    served.signal(SIGKILL);
    EXPECT_EQ(served.wait(), -SIGKILL);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace hearth
