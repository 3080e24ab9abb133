// Many clients at once, clients that leave, that are slow or do nothing, and ends of all kinds, against the real
// server. In the suite there are some hundreds; HEARTH_SCALE=1 asks for what is promised: 1,000 streams, 10,000
// connections that rest, 10,000 clients that leave, 500 SIGTERMs, 50 with 64 open streams, and 200 kill -9.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/own_folder_testing.h"
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

// Of requests that ended so.
int finished(Served& served, std::string_view why) {
  std::string metrics = served.get("/metrics").body;
  size_t at = metrics.find(fmt::format("finish=\"{}\"}} ", why));
  return at == metrics.npos ? -1 : std::atoi(metrics.c_str() + metrics.find("} ", at) + 2);
}

// Asks again until it is so. A test that would hang fails instead.
template <class Condition>
bool comes_true(const Condition& condition) {
  auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
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
  // What the first ones took is there for the second ones.
  for (int64_t bound : {64 << 10, 4 << 10}) {
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
    clients.clear();
    while (served.open_files() > files) {}
    const int64_t after = served.resident_kilobytes();
    fmt::print("{} streams, grown by {} KiB\n", streams, after - before);
    EXPECT_LT(after - before, bound);
    before = after;
  }
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
    EXPECT_TRUE(comes_true([&] {
      clients.front().get("/metrics");
      return clients.front().answer().body.find(
                 fmt::format("\nprocess_open_fds {}\n", served.open_files())) != std::string::npos;
    })) << "who watches is told of other files than there are";
  }
  while (served.open_files() > files) {}
}

// Each leaves while its answer comes, in one of three ways, and what it had is free before the next one leaves.
TEST(ServeScale, ThoseWhoLeaveTakeNothingWithThem) {
  const int clients = how_many(80, 10'000), at_once = 8;
  Served served({"--parallel", std::to_string(at_once)});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  size_t files = served.open_files();
  int64_t before = served.resident_kilobytes();
  std::vector<double> waits;
  for (int i = 0; i < clients; i += at_once) {
    std::vector<TestClient> here;
    for (int j = 0; j < at_once; ++j) {
      here.emplace_back(served.port());
      OrderedJson ask = numbered_story(i + j, 900);
      ask["stream"] = true;
      ASSERT_TRUE(here.back().post("/v1/completions", ask.dump()));
    }
    for (TestClient& client : here) ASSERT_TRUE(client.wait_for("data: ")) << i;
    for (size_t j = 0; j < here.size(); ++j) {
      auto begin = std::chrono::steady_clock::now();
      if (j % 3 == 0) here[j].reset();
      if (j % 3 == 1) here[j].end_sending();  // which says the same: nobody reads what comes
      if (j % 3 == 2) here[j].close();
      ASSERT_TRUE(comes_true([&] { return busy(served) <= static_cast<double>(here.size() - 1 - j); })) << i;
      waits.push_back(milliseconds(begin));
    }
  }
  std::sort(waits.begin(), waits.end());
  fmt::print("{} clients left; what each had was free after {:.1f} ms, the median, and {:.0f} ms at most\n",
             clients, waits[waits.size() / 2], waits.back());
  EXPECT_TRUE(comes_true([&] { return served.open_files() <= files; }));
  EXPECT_LT(served.resident_kilobytes() - before, 64 << 10);
  EXPECT_GE(finished(served, "cancelled"), clients - clients / 10) << "few of them left before the end";
  // All of the memory can be had again: as many as may run take as much as they may, and none has to make room.
  std::vector<TestClient> full;
  for (int i = 0; i < at_once; ++i) {
    full.emplace_back(served.port());
    full.back().post("/v1/completions", numbered_story(clients + i, 200).dump());
  }
  for (TestClient& client : full) EXPECT_EQ(client.answer().json()["usage"]["completion_tokens"], 200);
  EXPECT_EQ(served.metric("hearth_preemptions_total"), 0);
}

TEST(ServeScale, SlowClientsHoldNobodyUp) {
  Served served({"--parallel", "8", "--queue", "256"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  int64_t before = served.resident_kilobytes();
  std::vector<TestClient> slow;
  for (int i = 0; i < how_many(100, 2000); ++i) {
    slow.emplace_back(served.port());
    const char* half = i % 3 == 0 ? "POST /v1/comp"
                       : i % 3 == 1
                           ? "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
                           : "";
    slow.back().send(half);
  }
  // They ask for long answers; one takes it byte by byte, the others not at all.
  std::vector<TestClient> deaf;
  for (int i = 0; i < how_many(4, 64); ++i) {
    deaf.emplace_back(served.port());
    OrderedJson ask = numbered_story(i, 400);
    ask["stream"] = true;
    ask["logprobs"] = 5;
    ASSERT_TRUE(deaf.back().post("/v1/completions", ask.dump()));
  }
  std::string text = served.post("/v1/completions", numbered_story(1, 8)).json()["choices"][0]["text"];
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(deaf.front().read_byte());
    EXPECT_EQ(served.post("/v1/completions", numbered_story(1, 8)).json()["choices"][0]["text"], text);
  }
  // The model waits for none of them either: their answers are made to the end, and one that is read is whole.
  EXPECT_TRUE(comes_true([&] { return busy(served) == 0; }));
  EXPECT_TRUE(deaf.front().answer().body.ends_with("data: [DONE]\n\n"));
  EXPECT_LT(served.resident_kilobytes() - before, 128 << 10);
}

// Whoever reads what the server says may stand still: the lines that nobody takes are dropped, and it serves on.
TEST(ServeScale, WhatIsSaidHoldsNobodyUp) {
  Served served({});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  {
    auto nobody_reads = served.stop_reading();
    TestClient one(served.port());
    const std::string nowhere = "/" + std::string(180, 'x');  // is part of the line
    for (int i = 0; i < 1000; ++i) {                          // many times what a pipe holds
      ASSERT_TRUE(one.get(nowhere)) << i;
      ASSERT_EQ(one.answer().status, 404) << i;
    }
    EXPECT_EQ(served.post("/v1/completions", numbered_story(1, 8)).status, 200);
    EXPECT_EQ(served.get("/metrics").status, 200);
    served.signal(SIGTERM);
    EXPECT_EQ(served.wait(), 0);
  }
  served.end_reading();
  EXPECT_NE(served.later_lines().find("/xxxx"), std::string::npos);
}

TEST(ServeScale, NoAnswerIsCutOffByAnEnd) {
  for (int run = 0; run < how_many(3, 500); ++run) {
    SCOPED_TRACE(fmt::format("run {}", run));
    Served served({"--parallel", "8"});
    ASSERT_NE(served.port(), 0) << served.first_lines();
    std::vector<TestClient> clients;
    for (int i = 0; i < how_many(16, 64); ++i) {
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

// An end while all of many streams are open: each has begun, so none may be refused, and all come to their own ends.
TEST(ServeScale, OpenStreamsComeToTheirEnds) {
  const int streams = 64, tokens = 100;
  for (int run = 0; run < how_many(1, 50); ++run) {
    SCOPED_TRACE(fmt::format("run {}", run));
    Served served({"--parallel", std::to_string(streams)});
    ASSERT_NE(served.port(), 0) << served.first_lines();
    std::vector<TestClient> clients;
    for (int i = 0; i < streams; ++i) {
      clients.emplace_back(served.port());
      OrderedJson ask = numbered_story(i, tokens);
      ask["stream"] = true;
      ask["stream_options"] = {{"include_usage", true}};
      ASSERT_TRUE(clients.back().post("/v1/completions", ask.dump()));
    }
    for (TestClient& client : clients) ASSERT_TRUE(client.wait_for("data: "));
    served.signal(SIGTERM);
    for (TestClient& client : clients) {
      TestAnswer answer = client.answer();
      EXPECT_EQ(answer.status, 200);
      EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n")) << answer.body;
      ASSERT_FALSE(answer.events().empty());
      EXPECT_EQ(answer.events().back()["usage"]["completion_tokens"], tokens);
      client.close();
    }
    EXPECT_EQ(served.wait(), 0);
  }
}

TEST(ServeScale, AfterASuddenEndItStartsAsBefore) {
  namespace fs = std::filesystem;
  const OwnFolder own;
  const fs::path& folder = own.path();
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
}

}  // namespace
}  // namespace hearth
