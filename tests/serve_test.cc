// hearth serve as clients meet it: the whole program, on a port of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"
#include "served.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Serving : public ServedSuite<Serving> {
 public:
  static std::vector<std::string> arguments() {
    return {"--parallel", "8", "--temperature", "0", "--alias", "story"};
  }

 protected:
  static OrderedJson story(int number, int tokens) {
    const char* names[] = {"fox", "bear", "girl", "boat", "star", "cat", "king", "tree", "bird", "river"};
    return {{"prompt", std::string("Once upon a time there was a ") + names[number % 10]},
            {"max_tokens", tokens},
            {"temperature", 0}};
  }
  static OrderedJson question(const std::string& text) {
    return {{"messages", {{{"role", "user"}, {"content", text}}}}, {"max_tokens", 40}, {"temperature", 0}};
  }
  static std::string text_of(const TestAnswer& stream) {
    std::string text;
    for (const OrderedJson& event : stream.events()) {
      if (!event["choices"].empty()) text += event["choices"][0]["text"].get<std::string>();
    }
    return text;
  }
};

TEST_F(Serving, AChatIsAnswered) {
  TestAnswer answer = served_->post("/v1/chat/completions", question("Tell me a story about a fox."));
  ASSERT_EQ(answer.status, 200) << answer.body;
  OrderedJson body = answer.json();
  EXPECT_EQ(body["object"], "chat.completion");
  EXPECT_EQ(body["model"], "hearth-tiny");
  EXPECT_THAT(body["id"].get<std::string>(), StartsWith("chatcmpl-"));
  const OrderedJson& choice = body["choices"][0];
  EXPECT_EQ(choice["message"]["role"], "assistant");
  EXPECT_GT(choice["message"]["content"].get<std::string>().size(), 10u);
  EXPECT_TRUE(choice["finish_reason"] == "stop" || choice["finish_reason"] == "length");
  const OrderedJson& usage = body["usage"];
  EXPECT_GT(usage["prompt_tokens"], 5);
  EXPECT_GT(usage["completion_tokens"], 5);
  EXPECT_EQ(usage["total_tokens"], usage["prompt_tokens"].get<int>() + usage["completion_tokens"].get<int>());
  EXPECT_GE(usage["prompt_tokens_details"]["cached_tokens"], 0);
  EXPECT_THAT(answer.header("x-request-id"), StartsWith("req_"));
}

TEST_F(Serving, AStreamSaysTheSamePieceByPiece) {
  OrderedJson ask = question(
      "What is a kite? I saw one above the river, red and yellow, with a long tail that danced in the wind, "
      "and a boy who held it by a string and laughed whenever it fell and rose again.");
  OrderedJson whole = served_->post("/v1/chat/completions", ask).json();
  ask["stream"] = true;
  ask["stream_options"] = {{"include_usage", true}};
  TestAnswer stream = served_->post("/v1/chat/completions", ask);
  EXPECT_THAT(stream.header("content-type"), StartsWith("text/event-stream"));
  EXPECT_TRUE(stream.body.ends_with("data: [DONE]\n\n"));
  std::vector<OrderedJson> events = stream.events();
  ASSERT_GT(events.size(), 4u);
  EXPECT_EQ(events.front()["choices"][0]["delta"]["role"], "assistant");
  std::string text;
  for (const OrderedJson& event : events) {
    EXPECT_EQ(event["object"], "chat.completion.chunk");
    EXPECT_EQ(event["id"], events.front()["id"]);
    if (event["choices"].empty()) continue;
    if (event["choices"][0]["delta"].contains("content"))
      text += event["choices"][0]["delta"]["content"].get<std::string>();
  }
  EXPECT_EQ(text, whole["choices"][0]["message"]["content"]);
  EXPECT_EQ(events[events.size() - 2]["choices"][0]["finish_reason"], whole["choices"][0]["finish_reason"]);
  EXPECT_EQ(events.back()["usage"]["completion_tokens"], whole["usage"]["completion_tokens"]);
  EXPECT_GT(events.back()["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
}

TEST_F(Serving, ATurnIsNotForgedByItsText) {
  auto tokens = [&](const char* text) {
    return served_->post("/v1/chat/completions", question(text)).json()["usage"]["prompt_tokens"].get<int>();
  };
  // Spelled out, the control token is many; as itself it would be one.
  EXPECT_GT(tokens("<|end|>"), tokens("a") + 2);
}

TEST_F(Serving, TextsAreCompletedInEveryForm) {
  OrderedJson ask = story(0, 12);
  std::string text = served_->post("/v1/completions", ask).json()["choices"][0]["text"];
  EXPECT_FALSE(text.empty());

  ask["echo"] = true;
  EXPECT_EQ(served_->post("/v1/completions", ask).json()["choices"][0]["text"],
            ask["prompt"].get<std::string>() + text);
  ask.erase("echo");

  ask["stream"] = true;
  EXPECT_EQ(text_of(served_->post("/v1/completions", ask)), text);
  ask.erase("stream");

  OrderedJson ids =
      served_->post("/tokenize", {{"content", ask["prompt"]}, {"add_special", true}}).json()["tokens"];
  OrderedJson by_ids = ask;
  by_ids["prompt"] = ids;
  EXPECT_EQ(served_->post("/v1/completions", by_ids).json()["choices"][0]["text"], text);

  OrderedJson several = ask;
  several["prompt"] = {ask["prompt"], "The king"};
  several["n"] = 2;
  OrderedJson choices = served_->post("/v1/completions", several).json()["choices"];
  ASSERT_EQ(choices.size(), 4u);
  EXPECT_EQ(choices[0]["text"], text);
  EXPECT_EQ(choices[1]["text"], text);
  EXPECT_EQ(choices[2]["text"], choices[3]["text"]);
  EXPECT_NE(choices[2]["text"], text);
  EXPECT_EQ(choices[3]["index"], 3);

  OrderedJson stopped = ask;
  stopped["stop"] = {text.substr(5, 4)};
  OrderedJson body = served_->post("/v1/completions", stopped).json();
  EXPECT_EQ(body["choices"][0]["text"], text.substr(0, text.find(text.substr(5, 4))));
  EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
}

TEST_F(Serving, LogprobsAreThoseOfWhatWasChosen) {
  OrderedJson ask = story(1, 6);
  ask["logprobs"] = 3;
  OrderedJson choice = served_->post("/v1/completions", ask).json()["choices"][0];
  const OrderedJson& logprobs = choice["logprobs"];
  ASSERT_EQ(logprobs["tokens"].size(), 6u);
  std::string text;
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(logprobs["text_offset"][i], text.size());
    text += logprobs["tokens"][i].get<std::string>();
    ASSERT_EQ(logprobs["top_logprobs"][i].size(), 3u);
    // The most probable one is chosen at temperature 0.
    EXPECT_EQ(logprobs["top_logprobs"][i].begin().key(), logprobs["tokens"][i]);
    EXPECT_EQ(logprobs["top_logprobs"][i].begin().value(), logprobs["token_logprobs"][i]);
    EXPECT_LT(logprobs["token_logprobs"][i], 0);
  }
  EXPECT_EQ(text, choice["text"]);

  OrderedJson chat = question("Hello");
  chat["logprobs"] = true;
  chat["top_logprobs"] = 2;
  chat["max_tokens"] = 4;
  OrderedJson content =
      served_->post("/v1/chat/completions", chat).json()["choices"][0]["logprobs"]["content"];
  ASSERT_EQ(content.size(), 4u);
  EXPECT_EQ(content[0]["top_logprobs"].size(), 2u);
  EXPECT_EQ(content[0]["top_logprobs"][0]["token"], content[0]["token"]);
}

// The best are those whose tokens were the most probable.
// As those who measure models ask: nothing is generated, and the prompt's own tokens are told of.
TEST_F(Serving, AnEchoHasTheLogprobsOfThePrompt) {
  const std::string prompt = "Once upon a time there was a little fox who lived in the forest near a river.";
  OrderedJson ask = {{"prompt", prompt}, {"max_tokens", 0}, {"echo", true}, {"logprobs", 2}};
  OrderedJson choice = served_->post("/v1/completions", ask).json()["choices"][0];
  EXPECT_EQ(choice["text"], prompt);
  OrderedJson lists = choice["logprobs"];
  size_t count = lists["tokens"].size();
  ASSERT_GT(count, 10u);
  EXPECT_TRUE(lists["token_logprobs"][0].is_null());
  EXPECT_TRUE(lists["top_logprobs"][0].is_null());
  for (size_t i = 1; i < count; ++i) {
    EXPECT_LT(lists["token_logprobs"][i], 0) << i;
    EXPECT_GE(lists["top_logprobs"][i].size(), 1u) << i;
    size_t offset = lists["text_offset"][i];
    EXPECT_LE(offset, prompt.size()) << i;
  }
  // Though all of it is kept by now, it is computed again, and says the same.
  EXPECT_EQ(served_->post("/v1/completions", ask).json()["choices"][0]["logprobs"], lists);

  // A token that is generated has the same probability as it has in a prompt.
  OrderedJson more = ask;
  more["max_tokens"] = 3;
  more["temperature"] = 0;
  OrderedJson grown = served_->post("/v1/completions", more).json()["choices"][0];
  ASSERT_EQ(grown["logprobs"]["tokens"].size(), count + 3);
  EXPECT_EQ(grown["logprobs"]["text_offset"][count], prompt.size());
  OrderedJson again = ask;
  again["prompt"] = grown["text"];
  OrderedJson told = served_->post("/v1/completions", again).json()["choices"][0]["logprobs"];
  ASSERT_EQ(told["tokens"], grown["logprobs"]["tokens"]);
  for (size_t i = 1; i < count + 3; ++i) {
    EXPECT_NEAR(told["token_logprobs"][i].get<double>(), grown["logprobs"]["token_logprobs"][i].get<double>(),
                1e-4)
        << i;
  }

  more["stream"] = true;
  TestAnswer stream = served_->post("/v1/completions", more);
  OrderedJson streamed = OrderedJson::array();
  for (const OrderedJson& event : stream.events()) {
    for (const OrderedJson& each : event["choices"][0]["logprobs"]["tokens"]) streamed.push_back(each);
  }
  EXPECT_EQ(streamed, grown["logprobs"]["tokens"]);
}

TEST_F(Serving, TheBestOfSeveralAreGiven) {
  OrderedJson body = {{"prompt", "Once upon a time"},
                      {"max_tokens", 8},
                      {"temperature", 1.5},
                      {"seed", 5},
                      {"logprobs", 0},
                      {"n", 4}};
  OrderedJson all = served_->post("/v1/completions", body).json()["choices"];
  auto likelihood = [](const OrderedJson& choice) {
    double sum = 0;
    for (const auto& each : choice["logprobs"]["token_logprobs"]) sum += each.get<double>();
    return sum / static_cast<double>(choice["logprobs"]["token_logprobs"].size());
  };
  std::vector<std::pair<double, std::string>> ranked;
  for (const auto& choice : all) ranked.emplace_back(-likelihood(choice), choice["text"]);
  std::sort(ranked.begin(), ranked.end());
  body["n"] = 2;
  body["best_of"] = 4;
  TestAnswer answer = served_->post("/v1/completions", body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  OrderedJson best = answer.json()["choices"];
  ASSERT_EQ(best.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(best[i]["text"], ranked[i].second);
    EXPECT_EQ(best[i]["index"], i);
  }
  body.erase("logprobs");
  OrderedJson plain = served_->post("/v1/completions", body).json();
  EXPECT_EQ(plain["choices"][0]["text"], best[0]["text"]);
  EXPECT_EQ(plain["choices"][0]["logprobs"], nullptr);
}

TEST_F(Serving, ASeedMeansTheSame) {
  OrderedJson ask = story(2, 20);
  ask["temperature"] = 1.5;
  ask["seed"] = 7;
  OrderedJson first = served_->post("/v1/completions", ask).json()["choices"][0]["text"];
  EXPECT_EQ(served_->post("/v1/completions", ask).json()["choices"][0]["text"], first);
  ask["seed"] = 8;
  EXPECT_NE(served_->post("/v1/completions", ask).json()["choices"][0]["text"], first);
}

TEST_F(Serving, ModelsAndRoutesAreListed) {
  OrderedJson list = served_->get("/v1/models").json();
  EXPECT_EQ(list["data"][0]["id"], "hearth-tiny");
  EXPECT_EQ(served_->get("/v1/models/story").json()["id"], "hearth-tiny");
  EXPECT_EQ(served_->get("/health").json()["status"], "ok");
  OrderedJson paths = served_->get("/openapi.json").json()["paths"];
  EXPECT_TRUE(paths["/v1/chat/completions"].contains("post"));
  OrderedJson ask = story(0, 1);
  ask["model"] = "story";
  EXPECT_EQ(served_->post("/v1/completions", ask).json()["model"], "hearth-tiny");
}

TEST_F(Serving, TokensAndTemplatesCanBeSeen) {
  OrderedJson tokens = served_->post("/tokenize", {{"content", "A fox."}}).json()["tokens"];
  EXPECT_GT(tokens.size(), 1u);
  EXPECT_EQ(served_->post("/detokenize", {{"tokens", tokens}}).json()["content"], "A fox.");
  EXPECT_THAT(served_->post("/apply-template", question("Hi")).json()["prompt"].get<std::string>(),
              HasSubstr("Hi"));
}

TEST_F(Serving, WrongRequestsAreToldWhatIsWrong) {
  auto chat = [](const char* field, OrderedJson value) {
    OrderedJson body = question("Hi");
    body[field] = std::move(value);
    return body;
  };
  auto text = [](const char* field, OrderedJson value) {
    OrderedJson body = story(0, 2);
    body[field] = std::move(value);
    return body;
  };
  auto message = [](OrderedJson value) {
    return OrderedJson{{"messages", OrderedJson::array({std::move(value)})}};
  };
  auto schema = [](OrderedJson value) {
    return OrderedJson{{"type", "json_schema"},
                       {"json_schema", {{"name", "s"}, {"schema", std::move(value)}}}};
  };
  const char *kChat = "/v1/chat/completions", *kText = "/v1/completions";
  const struct {
    const char* path;
    OrderedJson body;
    int status;
    const char *param, *part;
  } wrong[] = {
      {kChat, "{\"messages\": [", 400, "", "not JSON"},
      {kChat, "[1]", 400, "", "expected an object"},
      {kChat, "", 400, "", "not JSON"},
      {kChat, std::string(100, '['), 400, "", "not JSON"},
      {kChat, "{\"a\": \"\xff\"}", 400, "", "not JSON"},
      {kChat, OrderedJson::object(), 400, "messages", "is missing"},
      {kChat, {{"messages", OrderedJson::array()}}, 400, "messages", "is an array of 0"},
      {kChat, {{"messages", "hi"}}, 400, "messages", "is \"hi\", expected an array"},
      {kChat, message(5), 400, "messages[0]", "is 5, expected an object"},
      {kChat, message({{"content", "hi"}}), 400, "messages[0].role", "is missing"},
      {kChat, message({{"role", "god"}, {"content", "hi"}}), 400, "messages[0].role", "expected \"system\""},
      {kChat, message({{"role", "user"}}), 400, "messages[0].content", "is missing"},
      {kChat, message({{"role", "user"}, {"content", {{{"type", "image_url"}}}}}), 400,
       "messages[0].content[0].type", "text alone"},
      {kChat, chat("temperature", "hot"), 400, "temperature", "is \"hot\", expected a number from 0 to 100"},
      {kChat, chat("temperature", -1), 400, "temperature", "is -1, expected"},
      {kChat, chat("top_p", 1.5), 400, "top_p", "is 1.5, expected a number from 0 to 1"},
      {kChat, chat("n", 0), 400, "n", "is 0, expected an integer from 1 to 128"},
      {kChat, chat("n", 1000000000), 400, "n", "expected"},
      {kChat, chat("max_tokens", 1.5), 400, "max_tokens", "is 1.5, expected an integer"},
      {kChat, chat("max_tokens", 0), 400, "max_tokens", "at least 1"},
      {kChat, chat("seed", 1e30), 400, "seed", "expected an integer"},
      {kChat, chat("stream", "yes"), 400, "stream", "is \"yes\", expected true or false"},
      {kChat, chat("stream_options", {{"include_usage", true}}), 400, "stream_options", "set stream to true"},
      {kChat, chat("stop", OrderedJson::array({1})), 400, "stop", "expected a string, or an array"},
      {kChat, chat("top_logprobs", 3), 400, "top_logprobs", "takes logprobs"},
      {kChat, chat("tools", {{{"type", "function"}, {"function", {{"name", "f"}}}}}), 400, "tools",
       "shows none"},
      {kChat, chat("tools", OrderedJson::array({5})), 400, "tools[0]", "expected an object"},
      {kChat, chat("tool_choice", "required"), 400, "tool_choice", "there are no tools"},
      {kChat, chat("tool_choice", "always"), 400, "tool_choice", "expected \"auto\""},
      {kChat, chat("tool_choice", {{"type", "function"}}), 400, "tool_choice.name", "is missing"},
      {kChat, chat("response_format", {{"type", "json_schema"}}), 400, "response_format.schema",
       "is missing"},
      {kChat, chat("response_format", schema({{"type", "thing"}})), 400, "response_format.json_schema.schema",
       "#/type: expected null"},
      {kChat, chat("response_format", schema(5)), 400, "response_format.json_schema.schema", "is 5"},
      {kChat, chat("grammar", "root ::= nothing"), 400, "grammar", "rule \"nothing\" is not defined"},
      {kChat, chat("guided_regex", "(a"), 400, "guided_regex", "guided_regex"},
      {kChat, chat("guided_choice", {{"a", 1}}), 400, "guided_choice", "expected an array of strings"},
      {kText, text("grammar", "root"), 400, "grammar", "expected ::="},
      {kChat, chat("response_format", {{"type", "xml"}}), 400, "response_format.type", "expected \"text\""},
      {kChat, chat("frequency_penalty", 101), 400, "frequency_penalty", "100"},
      {kChat, chat("logit_bias", {{"five", 1}}), 400, "logit_bias", "by their ids"},
      {kChat, chat("model", "gpt-9"), 404, "model", "there is no \"gpt-9\"; there is: hearth-tiny, story"},
      {kChat, chat("model", 5), 400, "model", "is 5, expected a string"},
      {kText, OrderedJson::object(), 400, "prompt", "is missing"},
      {kText, text("prompt", 5), 400, "prompt", "expected a string"},
      {kText, text("prompt", OrderedJson::array()), 400, "prompt", "expected 1 to"},
      {kText, text("prompt", {1, 99999999}), 400, "prompt", "there is no token 99999999"},
      {kText, text("prompt", {1, -1}), 400, "prompt", "there is no token -1"},
      {kText, text("prompt", {"a", {{"b", 1}}}), 400, "prompt[1]", "is an object"},
      {kText, text("suffix", "end"), 400, "model", "fill in"},
      {kText, {{"prompt", "a"}, {"best_of", 2}, {"n", 3}}, 400, "best_of", "less than the 3 of n"},
      {kText, {{"prompt", "a"}, {"best_of", 2}, {"stream", true}}, 400, "best_of", "at the end alone"},
      {kText, text("prompt", std::string(20'000, 'x')), 400, "", "and the context"},
      {"/v1/embeddings", {{"input", "a"}}, 400, "model", "makes no embeddings"},
      {"/v1/chat/completion", question("Hi"), 404, "", "POST /v1/chat/completions"},
      {"/health", question("Hi"), 405, "", "takes GET, not POST"},
  };
  for (const auto& each : wrong) {
    SCOPED_TRACE(each.body.dump(-1, ' ', false, OrderedJson::error_handler_t::replace).substr(0, 200));
    TestAnswer answer = served_->post(each.path, each.body);
    EXPECT_EQ(answer.status, each.status);
    OrderedJson error = answer.json()["error"];
    ASSERT_TRUE(error.is_object()) << answer.body;
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr(each.part));
    EXPECT_EQ(error["param"], *each.param ? OrderedJson(each.param) : OrderedJson(nullptr));
  }
  EXPECT_EQ(served_->post("/health", OrderedJson::object()).header("allow"), "GET");
}

TEST_F(Serving, ManyStreamsAtOnceAreNotMixed) {
  constexpr int kStreams = 50;
  std::vector<std::string> expected(10), found(kStreams);
  for (int i = 0; i < 10; ++i)
    expected[static_cast<size_t>(i)] =
        served_->post("/v1/completions", story(i, 24)).json()["choices"][0]["text"];
  std::vector<TestClient> clients;
  for (int i = 0; i < kStreams; ++i) {
    clients.emplace_back(served_->port());
    OrderedJson ask = story(i, 24);
    ask["stream"] = true;
    ASSERT_TRUE(clients.back().post("/v1/completions", ask.dump()));
  }
  for (size_t i = 0; i < kStreams; ++i) EXPECT_EQ(text_of(clients[i].answer()), expected[i % 10]) << i;
}

TEST_F(Serving, WhoLeavesFreesTheEngine) {
  double before = served_->metric("hearth_requests_finished_total");
  EXPECT_EQ(before, served_->metric("hearth_requests_finished_total"));
  for (int i = 0; i < 20; ++i) {
    TestClient client(served_->port());
    OrderedJson ask = story(i, 900);
    ask["stream"] = true;
    ask["ignore_eos"] = true;
    client.post("/v1/completions", ask.dump());
    EXPECT_TRUE(client.wait_for("data: "));
  }
  while (served_->metric("hearth_requests_running") + served_->metric("hearth_requests_waiting") > 0) {}
  EXPECT_THAT(served_->get("/metrics").body, HasSubstr("finish=\"cancelled\"} 20\n"));
  EXPECT_THAT(served_->get("/metrics").body,
              HasSubstr("vllm:num_requests_running{model_name=\"hearth-tiny\",engine=\"0\"} 0\n"));
}

TEST(Serve, AnswersAreCompleteWhenItIsToldToEnd) {
  Served served({"--parallel", "4"});
  ASSERT_NE(served.port(), 0) << served.first_lines();
  std::vector<TestClient> clients;
  for (int i = 0; i < 12; ++i) {
    clients.emplace_back(served.port());
    OrderedJson ask = {
        {"prompt", "Once upon a time"}, {"max_tokens", 100}, {"ignore_eos", true}, {"stream", true}};
    clients.back().post("/v1/completions", ask.dump());
  }
  for (TestClient& client : clients) ASSERT_TRUE(client.wait_for("data: "));
  served.signal(SIGTERM);
  for (TestClient& client : clients) {
    TestAnswer answer = client.answer();
    EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n"));
    EXPECT_THAT(answer.body, HasSubstr("\"finish_reason\":\"length\""));
    client.close();
  }
  EXPECT_EQ(served.wait(), 0);
}

TEST(Serve, ASecondSignalEndsItAtOnce) {
  Served served({});
  TestClient client(served.port());
  OrderedJson ask = {{"prompt", "Once"}, {"max_tokens", 900}, {"ignore_eos", true}, {"stream", true}};
  client.post("/v1/completions", ask.dump());
  ASSERT_TRUE(client.wait_for("data: "));
  served.signal(SIGTERM);
  served.signal(SIGINT);
  EXPECT_EQ(served.wait(), 0);
}

TEST(Serve, OnlyThoseWithAKeyComeIn) {
  Served served({"--api-key", "first", "--api-key", "second"});
  for (const char* header :
       {"", "Authorization: Bearer firs\r\n", "Authorization: Bearer firstfirst\r\n",
        "Authorization: Basic first\r\n", "X-Api-Key: third\r\n", "Authorization: Bearer \r\n"}) {
    TestAnswer answer = served.get("/v1/models", header);
    EXPECT_EQ(answer.status, 401) << header;
    EXPECT_EQ(answer.json()["error"]["code"], "invalid_api_key");
  }
  for (const char* header :
       {"Authorization: Bearer first\r\n", "Authorization: Bearer second\r\n", "X-Api-Key: second\r\n"})
    EXPECT_EQ(served.get("/v1/models", header).status, 200) << header;
  EXPECT_EQ(served.get("/health").status, 200);
}

TEST(Serve, PagesOfOthersAreKeptOut) {
  Served served({"--cors-origin", "https://friend.example"});
  auto ask = [&](const std::string& head) {
    TestClient client(served.port());
    client.send("GET /v1/models HTTP/1.1\r\n" + head + "\r\n");
    return client.answer();
  };
  EXPECT_EQ(ask("Host: evil.example\r\n").status, 403);
  EXPECT_EQ(ask("Host: localhost\r\nOrigin: https://evil.example\r\n").status, 403);
  EXPECT_EQ(ask("Host: localhost\r\nOrigin: null\r\n").status, 403);
  EXPECT_EQ(ask("Host: [::1]:80\r\n").status, 200);
  EXPECT_EQ(ask("Host: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n").status, 200);
  TestAnswer friendly = ask("Host: localhost\r\nOrigin: https://friend.example\r\nX-Request-Id: mine\r\n");
  EXPECT_EQ(friendly.status, 200);
  EXPECT_EQ(friendly.header("x-request-id"), "mine");
  EXPECT_THAT(friendly.head, HasSubstr("access-control-allow-origin: https://friend.example\r\n"));
}

TEST(Serve, WhatCannotBeServedIsAnError) {
  EXPECT_TRUE(run_program({"serve", "--host", "0.0.0.0"}).failed_with("--api-key"));
  EXPECT_TRUE(run_program({"serve", "nothing.gguf"}).failed_with("nothing.gguf"));
  EXPECT_TRUE(run_program({"serve", "--tls-cert", "a.pem", "--port", "0"})
                  .failed_with("both a certificate and a key"));
  EXPECT_TRUE(run_program({"serve", "--alias", "a=b"}).failed_with("no model is called b"));
  EXPECT_TRUE(run_program({"serve", "--api-key-file", "/nonexistent"}).failed_with("/nonexistent"));
}

}  // namespace
}  // namespace hearth
