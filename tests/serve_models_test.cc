// Several models under one server: loaded when they are asked for, gone when others are; fetched and removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/own_folder_testing.h"
#include "files.h"
#include "hub/web_testing.h"
#include "served.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ServedByName : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "hearth.toml") << "[models.brief]\nmodel = \"" << kBuiltin
                                           << "\"\ncontext = 256\ntokens = 5\n"
                                              "[models.brief.sampling]\ntemperature = 0\n"
                                              "[models.long]\nmodel = \""
                                           << kBuiltin << "\"\ncontext = 512\nstop = [\"zzzz\"]\n"
                                           << "[models.long.sampling]\ntemperature = 0\n";
  }

  std::unique_ptr<Served> serve(const std::vector<std::string>& arguments,
                                const TestHub* hub = nullptr) const {
    std::string base = hub ? hub->base() : "http://127.0.0.1:9";
    auto served = std::make_unique<Served>(
        arguments,
        std::vector<std::string>{"HEARTH_CONFIG=" + (folder_ / "hearth.toml").string(),
                                 "HEARTH_HOME=" + (folder_ / "store").string(), "HF_ENDPOINT=" + base,
                                 "HEARTH_OLLAMA_REGISTRY=" + base, "http_proxy=", "all_proxy="});
    EXPECT_NE(served->port(), 0) << served->first_lines();
    return served;
  }
  static OrderedJson text_of(const std::string& model) {
    return {{"model", model}, {"prompt", "Once upon a time"}, {"max_tokens", -1}};
  }
  // Of those in memory.
  static std::vector<std::string> in_memory(Served& served) {
    std::vector<std::string> names;
    OrderedJson listed = served.get("/api/ps").json();
    for (const auto& each : listed["models"]) names.push_back(each["name"]);
    return names;
  }

  const OwnFolder own_;
  const fs::path& folder_ = own_.path();
};

TEST_F(ServedByName, WhatIsHereIsServedWhenItIsAskedFor) {
  auto served = serve({"--alias", "gpt=long"});
  std::vector<std::string> names;
  OrderedJson listed = served->get("/v1/models").json();
  for (const auto& each : listed["data"]) {
    names.push_back(each["id"]);
    EXPECT_EQ(each["status"]["value"], "unloaded");
  }
  EXPECT_THAT(names, ElementsAre("brief", "long", "hearth-tiny"));
  EXPECT_THAT(in_memory(*served), IsEmpty());

  // As hearth.toml says.
  TestAnswer brief = served->post("/v1/completions", text_of("brief"));
  ASSERT_EQ(brief.status, 200) << brief.body;
  EXPECT_EQ(brief.json()["model"], "brief");
  EXPECT_EQ(brief.json()["usage"]["completion_tokens"], 5);
  EXPECT_THAT(in_memory(*served), ElementsAre("brief:latest"));
  OrderedJson one = served->get("/v1/models/brief").json();
  EXPECT_EQ(one["status"]["value"], "loaded");
  EXPECT_EQ(one["meta"]["n_ctx"], 256);

  EXPECT_EQ(served->get("/props?model=gpt").json()["model_alias"], "long");
  EXPECT_THAT(in_memory(*served), ElementsAre("brief:latest", "long:latest"));
  TestAnswer unknown = served->post("/v1/completions", text_of("other"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("there is: brief, long, gpt, hearth-tiny"));
}

TEST_F(ServedByName, OneMakesRoomForAnother) {
  auto served = serve({"--models-memory", "1"});
  for (const char* name : {"brief", "long", "brief"}) {
    ASSERT_EQ(served->post("/v1/completions", text_of(name)).status, 200);
    EXPECT_THAT(in_memory(*served), ElementsAre(std::string(name) + ":latest"));
  }
  // However they come, each is answered by the model that it names.
  OrderedJson body = text_of("brief");
  std::string expected = served->post("/v1/completions", body).json()["choices"][0]["text"];
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back([&, i] {
      for (int turn = 0; turn < 4; ++turn) {
        OrderedJson asked = text_of((i + turn) % 2 ? "brief" : "long");
        asked["max_tokens"] = 5;
        OrderedJson answer = served->post("/v1/completions", asked).json();
        right += answer["model"] == asked["model"] && answer["choices"][0]["text"] == expected;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 24);
}

TEST_F(ServedByName, HowLongItStays) {
  auto served = serve({});
  EXPECT_EQ(served->post("/models/load", {{"model", "long"}}).json(), (OrderedJson{{"success", true}}));
  EXPECT_THAT(in_memory(*served), ElementsAre("long:latest"));
  auto goes = [&] {
    for (int i = 0; i < 10'000 && !in_memory(*served).empty(); ++i) {}
    return in_memory(*served).empty();
  };
  EXPECT_EQ(served->post("/models/unload", {{"model", "long"}}).status, 200);
  EXPECT_TRUE(goes());
  EXPECT_EQ(served->post("/models/unload", {{"model", "long"}}).status, 400);
  EXPECT_EQ(served->post("/models/unload", {{"model", "other"}}).status, 404);

  OrderedJson ask = {{"model", "brief"}, {"prompt", "Once"}, {"stream", false}, {"keep_alive", 0}};
  EXPECT_EQ(served->post("/api/generate", ask).json()["done_reason"], "length");
  EXPECT_TRUE(goes());
  ask["keep_alive"] = -1;
  EXPECT_EQ(served->post("/api/generate", ask).status, 200);
  EXPECT_EQ(served->get("/api/ps").json()["models"][0]["expires_at"], "9999-12-31T23:59:59Z");
  // To let one go, it need not come.
  EXPECT_EQ(served->post("/api/generate", {{"model", "brief"}, {"keep_alive", 0}}).json()["done_reason"],
            "unload");
  EXPECT_EQ(served->post("/api/generate", {{"model", "long"}, {"keep_alive", "0s"}}).json()["done_reason"],
            "unload");
  EXPECT_TRUE(goes());
  ask["keep_alive"] = "soon";
  TestAnswer wrong = served->post("/api/generate", ask);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("keep_alive: is \\\"soon\\\", expected seconds"));
}

TEST_F(ServedByName, FetchedAndRemoved) {
  TestHub hub({{"m-Q8_0.gguf", *read_file(kBuiltin)}});
  auto served = serve({}, &hub);
  TestAnswer pulled = served->post("/api/pull", {{"model", "hf.co/org/repo"}});
  ASSERT_EQ(pulled.status, 200) << pulled.body;
  EXPECT_THAT(pulled.body, HasSubstr("\"status\":\"pulling manifest\""));
  EXPECT_THAT(pulled.body, HasSubstr("{\"status\":\"success\",\"model\":\"org/repo:Q8_0\"}\n"));
  EXPECT_THAT(served->get("/api/tags").body, HasSubstr(digest_of(*read_file(kBuiltin)).hex));
  OrderedJson ask = text_of("org/repo:Q8_0");
  ask["max_tokens"] = 3;
  EXPECT_EQ(served->post("/v1/completions", ask).status, 200);

  TestClient client(served->port());
  auto remove = [&](const std::string& name) {
    std::string body = OrderedJson{{"model", name}}.dump();
    client.send(fmt::format("DELETE /api/delete HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                            body.size(), body));
    return client.answer();
  };
  EXPECT_EQ(remove("brief").status, 403);
  EXPECT_EQ(remove("other").status, 404);
  EXPECT_EQ(remove("org/repo:Q8_0").status, 200);
  EXPECT_EQ(served->post("/v1/completions", ask).status, 404);
  EXPECT_TRUE(fs::exists(kBuiltin));

  EXPECT_THAT(served->post("/api/pull", {{"model", "org/none"}}).body, HasSubstr("{\"error\":"));
  EXPECT_EQ(served->post("/api/pull", {{"model", "org/none"}, {"stream", false}}).status, 502);
  EXPECT_THAT(served->post("/api/pull", {{"model", hub.base() + "/m.gguf"}}).body,
              HasSubstr("not addresses"));
  auto given = serve({kBuiltin});
  EXPECT_EQ(given->post("/api/pull", {{"model", "org/repo"}}).status, 403);
}

// A line of JSON for each request, and a span for a collector, in the trace of who asked.
TEST_F(ServedByName, RequestsLeaveTraces) {
  std::mutex mutex;
  std::string told;
  TestWeb collector([&](const WebQuestion& question) {
    std::lock_guard lock(mutex);
    told += question.target + "\n" + question.body + "\n";
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
  });
  auto served = serve({"--log-format", "json", "--otlp-endpoint", collector.base()});
  TestAnswer answer =
      served->post("/v1/completions", text_of("brief"),
                   "X-Request-Id: mine\r\n"
                   "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(served
                ->post("/v1/completions", text_of("brief"),
                       "X-Request-Id: unsampled\r\n"
                       "traceparent: 00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\n")
                .status,
            200);
  served->signal(SIGTERM);
  EXPECT_EQ(served->wait(), 0);
  served->end_reading();
  OrderedJson line;
  std::istringstream lines(served->later_lines());
  for (std::string each; std::getline(lines, each);) {
    OrderedJson read = OrderedJson::parse(each, nullptr, false);
    EXPECT_FALSE(read.is_discarded()) << each;
    if (read.value("request_id", "") == "mine") line = read;
  }
  EXPECT_EQ(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(line["model"], "brief");
  EXPECT_EQ(line["tokens"], 5);
  EXPECT_EQ(line["status"], 200);
  std::lock_guard lock(mutex);
  EXPECT_THAT(told, HasSubstr("/v1/traces\n"));
  EXPECT_THAT(told, HasSubstr("\"parentSpanId\":\"b7ad6b7169203331\",\"name\":\"text_completion brief\""));
  EXPECT_THAT(told, HasSubstr("{\"key\":\"gen_ai.usage.output_tokens\",\"value\":{\"intValue\":\"5\"}}"));
  EXPECT_EQ(told.find("1af7651916cd43dd8448eb211c80319c"), told.npos);
}

}  // namespace
}  // namespace hearth
