// OpenAI's /v1/responses: items, events, what is remembered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served.h"
#include "server/response_store.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Responses : public ServedSuite<Responses> {
 public:
  static std::vector<std::string> arguments() {
    return {"--temperature", "0", "--chat-template", template_file()};
  }

 protected:
  OrderedJson respond(const OrderedJson& body) {
    TestAnswer answer = served_->post("/v1/responses", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
  static OrderedJson tools() {
    return {{{"type", "function"},
             {"name", "say"},
             {"parameters",
              {{"type", "object"},
               {"properties", {{"word", {{"enum", {"hello", "bye"}}}}}},
               {"required", {"word"}},
               {"additionalProperties", false}}}},
            {{"type", "web_search"}}};
  }
};

TEST_F(Responses, AnAnswerIsAnItem) {
  OrderedJson body =
      respond({{"input", "Tell me a story."}, {"max_output_tokens", 20}, {"metadata", {{"a", "b"}}}});
  EXPECT_THAT(body["id"].get<std::string>(), StartsWith("resp_"));
  EXPECT_EQ(body["object"], "response");
  EXPECT_EQ(body["status"], "incomplete");
  EXPECT_EQ(body["incomplete_details"]["reason"], "max_output_tokens");
  EXPECT_EQ(body["metadata"]["a"], "b");
  const OrderedJson& item = body["output"][0];
  EXPECT_EQ(item["type"], "message");
  EXPECT_EQ(item["status"], "incomplete");
  EXPECT_EQ(item["content"][0]["type"], "output_text");
  EXPECT_FALSE(item["content"][0]["text"].get<std::string>().empty());
  EXPECT_EQ(body["usage"]["output_tokens"], 20);
  EXPECT_EQ(served_->get("/v1/responses/" + body["id"].get<std::string>()).json(), body);
}

TEST_F(Responses, EventsComeInTheirOrder) {
  OrderedJson ask = {{"input", "Tell me a story."}, {"max_output_tokens", 20}};
  std::string whole = respond(ask)["output"][0]["content"][0]["text"];
  ask["stream"] = true;
  TestAnswer answer = served_->post("/v1/responses", ask);
  std::vector<std::string> kinds;
  std::string text;
  std::vector<OrderedJson> events = answer.events();
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i]["sequence_number"], i);
    std::string type = events[i]["type"];
    EXPECT_THAT(answer.body, HasSubstr("event: " + type + "\n"));
    if (type == "response.output_text.delta") text += events[i]["delta"];
    if (kinds.empty() || kinds.back() != type) kinds.push_back(type);
  }
  EXPECT_EQ(kinds,
            (std::vector<std::string>{
                "response.created", "response.in_progress", "response.output_item.added",
                "response.content_part.added", "response.output_text.delta", "response.output_text.done",
                "response.content_part.done", "response.output_item.done", "response.incomplete"}));
  EXPECT_EQ(text, whole);
  EXPECT_EQ(events.back()["response"]["output"][0]["content"][0]["text"], whole);
  EXPECT_EQ(events[2]["item"]["id"], events.back()["response"]["output"][0]["id"]);
}

TEST_F(Responses, WhatWasSaidIsRemembered) {
  OrderedJson first = respond({{"input", "My name is Tom."}, {"max_output_tokens", 8}});
  OrderedJson second =
      respond({{"input", "Who am I?"}, {"max_output_tokens", 8}, {"previous_response_id", first["id"]}});
  OrderedJson alone = respond({{"input", "Who am I?"}, {"max_output_tokens", 8}});
  EXPECT_GT(second["usage"]["input_tokens"], alone["usage"]["input_tokens"].get<int>() + 10);
  // The same conversation, given whole.
  OrderedJson items = {{{"role", "user"}, {"content", "My name is Tom."}}};
  items.push_back(first["output"][0]);
  items.push_back({{"role", "user"}, {"content", {{{"type", "input_text"}, {"text", "Who am I?"}}}}});
  OrderedJson whole = respond({{"input", items}, {"max_output_tokens", 8}, {"store", false}});
  EXPECT_EQ(whole["usage"]["input_tokens"], second["usage"]["input_tokens"]);
  EXPECT_EQ(whole["output"][0]["content"], second["output"][0]["content"]);

  std::string id = first["id"];
  EXPECT_EQ(served_->get("/v1/responses/" + whole["id"].get<std::string>()).status, 404);
  TestClient client(served_->port());
  client.send("DELETE /v1/responses/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.answer().json()["deleted"], true);
  TestAnswer gone = served_->post("/v1/responses", {{"input", "a"}, {"previous_response_id", id}});
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.json()["error"]["param"], "previous_response_id");
}

TEST_F(Responses, ToolsAreCalledAndTheirResultsRead) {
  OrderedJson ask = {{"input", "Say hello."},
                     {"tools", tools()},
                     {"tool_choice", "required"},
                     {"reasoning", {{"effort", "none"}}},
                     {"parallel_tool_calls", false}};
  OrderedJson called = respond(ask);
  EXPECT_EQ(called["status"], "completed");
  OrderedJson call = called["output"].back();
  EXPECT_EQ(call["type"], "function_call");
  EXPECT_EQ(call["name"], "say");
  OrderedJson arguments = OrderedJson::parse(call["arguments"].get<std::string>());
  EXPECT_TRUE(arguments["word"] == "hello" || arguments["word"] == "bye");

  ask["stream"] = true;
  std::string streamed;
  for (const OrderedJson& event : served_->post("/v1/responses", ask).events()) {
    if (event["type"] == "response.function_call_arguments.delta") streamed += event["delta"];
    if (event["type"] == "response.function_call_arguments.done") { EXPECT_EQ(event["arguments"], streamed); }
  }
  EXPECT_EQ(streamed, call["arguments"]);

  OrderedJson next = respond(
      {{"input", {{{"type", "function_call_output"}, {"call_id", call["call_id"]}, {"output", "done"}}}},
       {"tools", tools()},
       {"max_output_tokens", 5},
       {"previous_response_id", called["id"]}});
  EXPECT_GT(next["usage"]["input_tokens"], called["usage"]["input_tokens"]);
  OrderedJson named = respond({{"input", "Go."},
                               {"tools", tools()},
                               {"reasoning", {{"effort", "none"}}},
                               {"tool_choice", {{"type", "function"}, {"name", "say"}}}});
  EXPECT_EQ(named["output"].back()["name"], "say");
}

TEST_F(Responses, TextMayHaveAFormat) {
  OrderedJson schema = {{"type", "object"},
                        {"properties", {{"ok", {{"type", "boolean"}}}}},
                        {"required", {"ok"}},
                        {"additionalProperties", false}};
  OrderedJson body = respond(
      {{"input", "Is it?"},
       {"reasoning", {{"effort", "none"}}},
       {"text",
        {{"format", {{"type", "json_schema"}, {"name", "x"}, {"strict", true}, {"schema", schema}}}}}});
  EXPECT_TRUE(
      OrderedJson::parse(body["output"][0]["content"][0]["text"].get<std::string>())["ok"].is_boolean());
}

TEST_F(Responses, WhatIsWrongIsNamed) {
  for (const auto& [body, status, param] : std::initializer_list<std::tuple<OrderedJson, int, const char*>>{
           {OrderedJson::object(), 400, "input"},
           {{{"input", 5}}, 400, "input"},
           {{{"input", OrderedJson::array()}}, 400, "input"},
           {{{"input", {{{"type", "computer_call"}}}}}, 400, "input[0].type"},
           {{{"input", {{{"role", "user"}, {"content", {{{"type", "input_image"}}}}}}}},
            400,
            "input[0].content[0].type"},
           {{{"input", {{{"type", "function_call"}, {"name", "f"}, {"arguments", "{"}}}}},
            400,
            "input[0].arguments"},
           {{{"input", "a"}, {"background", true}}, 400, "background"},
           {{{"input", "a"}, {"text", {{"format", {{"type", "xml"}}}}}}, 400, "text.format.type"},
           {{{"input", "a"}, {"max_output_tokens", 0}}, 400, "max_output_tokens"}}) {
    TestAnswer answer = served_->post("/v1/responses", body);
    EXPECT_EQ(answer.status, status) << body << answer.body;
    EXPECT_EQ(answer.json()["error"]["param"], param) << answer.body;
  }
}

TEST(ResponseStore, KeepsWhatFits) {
  ResponseStore store(3, 100);
  for (int i = 0; i < 5; ++i) store.put(std::to_string(i), {"me", "body", "items"});
  EXPECT_EQ(store.size(), 3u);
  EXPECT_FALSE(store.get("1", "me"));
  EXPECT_TRUE(store.get("2", "me"));
  EXPECT_FALSE(store.get("2", "you"));
  EXPECT_FALSE(store.remove("2", "you"));
  // The one that was used last stays longest.
  store.put("5", {"me", "", ""});
  EXPECT_TRUE(store.get("2", "me"));
  EXPECT_FALSE(store.get("3", "me"));
  store.put("6", {"me", std::string(90, 'x'), ""});
  EXPECT_EQ(store.get("6", "me")->body.size(), 90u);
  EXPECT_LE(store.size(), 3u);
  store.put("7", {"me", std::string(101, 'x'), ""});
  EXPECT_FALSE(store.get("7", "me"));
  EXPECT_TRUE(store.remove("6", "me"));
  EXPECT_FALSE(store.get("6", "me"));
}

}  // namespace
}  // namespace hearth
