// Requests as agents of editors and terminals send them: long instructions, many tools, what tools said before, fields
// for services that are not here. Written in their shape, for the dialects that they speak.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Agents : public ServedSuite<Agents> {
 public:
  static std::vector<std::string> arguments() {
    return {"--temperature", "0", "--ctx", "2048", "--chat-template", template_file()};
  }
};

// An agent of a terminal that speaks /v1/responses: a turn that has called a tool, and goes on.
const char* const kResponsesTurn = R"({
  "model": "hearth-tiny",
  "instructions": "You are a coding agent in a terminal. Be brief.",
  "input": [
    {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "<permissions>read only</permissions>"}]},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment><cwd>/src</cwd></environment>"}]},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is in this folder?"}]},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I look."}], "content": null,
     "encrypted_content": "gAAAAB"},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "shell",
     "arguments": "{\"command\":[\"ls\",\"-la\"],\"workdir\":\"/src\"}"},
    {"type": "function_call_output", "call_id": "call_1", "output": "{\"output\":\"main.c\\n\",\"metadata\":{\"exit_code\":0}}"}
  ],
  "tools": [
    {"type": "function", "name": "shell", "description": "Runs a command.", "strict": false,
     "parameters": {"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}},
       "workdir": {"type": "string"}, "timeout_ms": {"type": "number"}}, "required": ["command"],
       "additionalProperties": false}},
    {"type": "function", "name": "update_plan", "description": "Shows the plan.", "strict": false,
     "parameters": {"type": "object", "properties": {"plan": {"type": "array", "items": {"type": "object",
       "properties": {"step": {"type": "string"}, "status": {"enum": ["pending", "completed"]}}}}}, "required": ["plan"]}},
    {"type": "custom", "name": "apply_patch", "description": "Edits.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}},
    {"type": "web_search", "external_web_access": false}
  ],
  "tool_choice": "auto", "parallel_tool_calls": false,
  "reasoning": {"effort": "low", "summary": "auto"},
  "store": false, "stream": true, "include": ["reasoning.encrypted_content"],
  "prompt_cache_key": "0195-4c", "text": {"verbosity": "low"}, "service_tier": "auto",
  "client_metadata": {"installation": "1"}, "max_output_tokens": 24
})";

// An agent of a terminal that speaks /v1/messages.
const char* const kMessagesTurn = R"({
  "model": "hearth-tiny", "max_tokens": 24, "temperature": 1, "stream": true,
  "system": [
    {"type": "text", "text": "You are an agent that writes code.", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
  "messages": [
    {"role": "user", "content": [
      {"type": "text", "text": "<system-reminder>The folder is empty.</system-reminder>"},
      {"type": "text", "text": "Write a test.", "cache_control": {"type": "ephemeral"}}]},
    {"role": "assistant", "content": [
      {"type": "thinking", "thinking": "First I look.", "signature": "c2ln"},
      {"type": "redacted_thinking", "data": "eHh4"},
      {"type": "text", "text": "I look at the file."},
      {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": "/src/main.c"}},
      {"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "ls"}}]},
    {"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "1\tint main() {}"}]},
      {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no such folder", "is_error": true},
      {"type": "text", "text": "Go on.", "cache_control": {"type": "ephemeral"}}]}],
  "tools": [
    {"name": "Read", "description": "Reads a file.", "input_schema": {"$schema": "http://json-schema.org/draft-07/schema#",
      "type": "object", "properties": {"file_path": {"type": "string", "description": "Where"}, "limit": {"type": "number"}},
      "required": ["file_path"], "additionalProperties": false}},
    {"name": "Bash", "description": "Runs a command.", "input_schema": {"type": "object",
      "properties": {"command": {"type": "string", "maxLength": 12}, "timeout": {"type": "number", "maximum": 600000}},
      "required": ["command"], "additionalProperties": false}, "cache_control": {"type": "ephemeral"}}],
  "tool_choice": {"type": "auto"},
  "thinking": {"type": "enabled", "budget_tokens": 31999},
  "metadata": {"user_id": "user_1_session_2"},
  "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
})";

const char* const kAgentHeaders =
    "Authorization: Bearer sk-none\r\nAnthropic-Version: 2023-06-01\r\nAnthropic-Beta: "
    "interleaved-thinking-2025-05-14\r\n"
    "X-Stainless-Lang: js\r\nUser-Agent: agent/2.0 (terminal)\r\nOriginator: agent\r\nSession_id: 0195\r\n"
    "Accept: text/event-stream\r\n";

TEST_F(Agents, ATurnOfResponsesGoesOn) {
  TestAnswer answer = served_->post("/v1/responses", kResponsesTurn, kAgentHeaders);
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto events = answer.events();
  EXPECT_EQ(events.front()["type"], "response.created");
  EXPECT_THAT(events.back()["type"].get<std::string>(), StartsWith("response."));
  EXPECT_EQ(events.back()["response"]["tools"].size(), 4u);
  EXPECT_GT(events.back()["response"]["usage"]["output_tokens"], 0);
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i]["sequence_number"], i);

  // It has to call.
  OrderedJson ask = OrderedJson::parse(kResponsesTurn);
  ask["tool_choice"] = "required";
  ask["stream"] = false;
  ask["reasoning"] = {{"effort", "none"}};
  ask["max_output_tokens"] = 300;
  ask["tools"][0]["parameters"]["properties"]["command"] = {{"enum", {"ls", "cat"}}};
  ask["tools"][0]["parameters"]["properties"].erase("timeout_ms");  // a number may go on and on
  ask["tools"].erase(1);
  OrderedJson called = served_->post("/v1/responses", ask).json();
  ASSERT_EQ(called["status"], "completed") << called.dump();
  EXPECT_EQ(called["output"].back()["type"], "function_call");
  EXPECT_EQ(called["output"].back()["name"], "shell");
}

TEST_F(Agents, ATurnOfMessagesGoesOn) {
  TestAnswer answer = served_->post("/v1/messages?beta=true", kMessagesTurn, kAgentHeaders);
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto events = answer.events();
  EXPECT_EQ(events.front()["type"], "message_start");
  EXPECT_EQ(events.back()["type"], "message_stop");
  EXPECT_GT(events.front()["message"]["usage"]["input_tokens"], 100);

  OrderedJson ask = OrderedJson::parse(kMessagesTurn);
  ask["stream"] = false;
  ask["thinking"] = {{"type", "disabled"}};
  ask["max_tokens"] = 300;
  ask["tool_choice"] = {{"type", "tool"}, {"name", "Bash"}};
  ask["tools"][1]["input_schema"]["properties"].erase("timeout");  // a number may go on and on
  OrderedJson called = served_->post("/v1/messages", ask).json();
  ASSERT_EQ(called["stop_reason"], "tool_use") << called.dump();
  EXPECT_TRUE(called["content"].back()["input"]["command"].is_string());
  // The longest answer that a service would give is more than fits; that is no reason to refuse.
  ask["max_tokens"] = 64'000;
  EXPECT_EQ(served_->post("/v1/messages", ask).status, 200);
  ask.erase("max_tokens");
  ask.erase("metadata");
  EXPECT_GT(served_->post("/v1/messages/count_tokens?beta=true", ask).json()["input_tokens"], 100);
}

// What agents ask before they begin, and beside it.
TEST_F(Agents, SmallThingsAreAnswered) {
  OrderedJson quota = {{"model", "hearth-tiny"},
                       {"max_tokens", 1},
                       {"messages", {{{"role", "user"}, {"content", "quota"}}}},
                       {"metadata", {{"user_id", "1"}}}};
  EXPECT_EQ(served_->post("/v1/messages", quota, kAgentHeaders).status, 200);
  EXPECT_EQ(served_->get("/v1/models?limit=1000", kAgentHeaders).status, 200);
  TestClient client(served_->port());
  client.send("HEAD /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.answer(false).status, 200);
  OrderedJson search = quota;
  search["tools"] = {{{"type", "web_search_20250305"}, {"name", "web_search"}}};
  TestAnswer refused = served_->post("/v1/messages", search);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json()["type"], "error");
  EXPECT_THAT(refused.body, HasSubstr("tools[0].type"));
}

}  // namespace
}  // namespace hearth
