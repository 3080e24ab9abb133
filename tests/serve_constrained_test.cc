// Answers that are held to a format: JSON, grammars, tools that have to be called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;

const OrderedJson& toy_schema() {
  static const OrderedJson schema = {{"type", "object"},
                                     {"properties",
                                      {{"name", {{"type", "string"}, {"maxLength", 12}}},
                                       {"color", {{"enum", {"red", "blue"}}}},
                                       {"count", {{"type", "integer"}, {"minimum", 1}, {"maximum", 9}}}}},
                                     {"required", {"name", "color", "count"}},
                                     {"additionalProperties", false}};
  return schema;
}

void expect_toy(const std::string& text) {
  OrderedJson toy = OrderedJson::parse(text, nullptr, false);
  ASSERT_TRUE(toy.is_object()) << text;
  EXPECT_EQ(toy.size(), 3u);
  EXPECT_TRUE(toy["name"].is_string());
  EXPECT_TRUE(toy["color"] == "red" || toy["color"] == "blue") << text;
  EXPECT_TRUE(toy["count"].is_number_integer()) << text;
}

// The built-in model with a template that shows tools.
class Constrained : public ServedSuite<Constrained> {
 public:
  static std::vector<std::string> arguments() {
    return {"--temperature", "0", "--chat-template", template_file()};
  }

 protected:
  static OrderedJson ask(const std::string& text) {
    return {{"messages", {{{"role", "user"}, {"content", text}}}},
            {"max_tokens", 200},
            {"chat_template_kwargs", {{"enable_thinking", false}}}};
  }
  static OrderedJson tools() {
    return {{{"type", "function"},
             {"function", {{"name", "buy_toy"}, {"description", "Buys."}, {"parameters", toy_schema()}}}},
            {{"type", "function"},
             {"function",
              {{"name", "say"},
               {"parameters",
                {{"type", "object"},
                 {"properties", {{"word", {{"enum", {"hello", "bye"}}}}}},
                 {"required", {"word"}},
                 {"additionalProperties", false}}}}}}};
  }
  OrderedJson message(const OrderedJson& body) {
    TestAnswer answer = served_->post("/v1/chat/completions", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json()["choices"][0]["message"];
  }
};

TEST_F(Constrained, EveryWayToAskForJson) {
  const OrderedJson schema = toy_schema();
  const std::pair<const char*, OrderedJson> ways[] = {
      {"response_format",
       {{"type", "json_schema"}, {"json_schema", {{"name", "toy"}, {"strict", true}, {"schema", schema}}}}},
      {"response_format", {{"type", "json_object"}, {"schema", schema}}},
      {"json_schema", schema},
      {"guided_json", schema},
      {"structured_outputs", {{"json", schema}}},
  };
  for (const auto& [field, value] : ways) {
    SCOPED_TRACE(field);
    OrderedJson body = ask("Name a toy.");
    body[field] = value;
    expect_toy(message(body)["content"].get<std::string>());
  }
  OrderedJson body = {{"prompt", "A toy: "}, {"n_predict", 200}, {"json_schema", schema}};
  expect_toy(served_->post("/completion", body).json()["content"].get<std::string>());
  body = ask("Name a toy.");
  body["response_format"] = {{"type", "json_object"}};
  EXPECT_TRUE(message(body)["content"].get<std::string>().starts_with("{"));
}

TEST_F(Constrained, GrammarsOfEveryKind) {
  const std::tuple<const char*, OrderedJson, std::vector<std::string>> ways[] = {
      {"grammar", "root ::= \"one\" | \"two\"", {"one", "two"}},
      {"guided_choice", {"cat", "dog"}, {"cat", "dog"}},
      {"guided_regex", "[ab]{2}", {"aa", "ab", "ba", "bb"}},
      {"structured_outputs", {{"choice", {"x y", "z"}}}, {"x y", "z"}},
  };
  for (const auto& [field, value, words] : ways) {
    SCOPED_TRACE(field);
    OrderedJson body = ask("Which?");
    body[field] = value;
    EXPECT_THAT(words, testing::Contains(message(body)["content"].get<std::string>()));
    body = {{"prompt", "Which?"}, {"max_tokens", 20}, {field, value}};
    OrderedJson choice = served_->post("/v1/completions", body).json()["choices"][0];
    EXPECT_THAT(words, testing::Contains(choice["text"].get<std::string>()));
    EXPECT_EQ(choice["finish_reason"], "stop");
  }
}

TEST_F(Constrained, AGrammarEndsTheAnswerEvenIfEndsAreIgnored) {
  OrderedJson body = {
      {"prompt", "Which?"}, {"max_tokens", 20}, {"ignore_eos", true}, {"guided_choice", {"cat"}}};
  OrderedJson choice = served_->post("/v1/completions", body).json()["choices"][0];
  EXPECT_EQ(choice["text"], "cat");
  EXPECT_EQ(choice["finish_reason"], "stop");
}

TEST_F(Constrained, AToolIsCalledThatHasToBe) {
  OrderedJson body = ask("Buy me a toy.");
  body["tools"] = tools();
  body["tool_choice"] = "required";
  body["parallel_tool_calls"] = false;
  OrderedJson calls = message(body)["tool_calls"];
  ASSERT_EQ(calls.size(), 1u);

  body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "buy_toy"}}}};
  calls = message(body)["tool_calls"];
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0]["function"]["name"], "buy_toy");
  expect_toy(calls[0]["function"]["arguments"].get<std::string>());

  body["stream"] = true;
  std::string arguments;
  for (const OrderedJson& event : served_->post("/v1/chat/completions", body).events()) {
    const OrderedJson& delta = event["choices"][0]["delta"];
    if (delta.contains("tool_calls")) arguments += delta["tool_calls"][0]["function"]["arguments"];
  }
  EXPECT_EQ(arguments, calls[0]["function"]["arguments"]);

  body["stream"] = false;
  body["tool_choice"] = "none";
  EXPECT_FALSE(message(body).contains("tool_calls"));
  body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "sell"}}}};
  TestAnswer wrong = served_->post("/v1/chat/completions", body);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("none of the tools"));
}

TEST_F(Constrained, ToolsAndAFormatAreEither) {
  OrderedJson body = ask("Buy me a toy.");
  body["tools"] = tools();
  body["json_schema"] = toy_schema();
  OrderedJson answer = message(body);
  if (!answer.contains("tool_calls")) expect_toy(answer["content"].get<std::string>());
}

TEST_F(Constrained, OnlyStrictToolsAskForMoreThanCanBeEnforced) {
  OrderedJson body = ask("Buy me a toy.");
  body["tools"] = {
      {{"type", "function"},
       {"function",
        {{"name", "f"}, {"parameters", {{"type", "object"}, {"dependentRequired", {{"a", {"b"}}}}}}}}}};
  body["max_tokens"] = 5;
  EXPECT_EQ(served_->post("/v1/chat/completions", body).status, 200);
  body["tools"][0]["function"]["strict"] = true;
  TestAnswer refused = served_->post("/v1/chat/completions", body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("dependentRequired"));
  EXPECT_EQ(refused.json()["error"]["param"], "tools");
}

TEST_F(Constrained, InAnthropicsWords) {
  OrderedJson body = ask("Buy me a toy.");
  body["tools"] = {{{"name", "buy_toy"}, {"input_schema", toy_schema()}}};
  for (OrderedJson choice : {OrderedJson{{"type", "any"}, {"disable_parallel_tool_use", true}},
                             OrderedJson{{"type", "tool"}, {"name", "buy_toy"}}}) {
    body["tool_choice"] = choice;
    TestAnswer answer = served_->post("/v1/messages", body);
    ASSERT_EQ(answer.status, 200) << answer.body;
    OrderedJson block = answer.json()["content"][0];
    EXPECT_EQ(block["type"], "tool_use");
    EXPECT_EQ(block["name"], "buy_toy");
    expect_toy(block["input"].dump());
    EXPECT_EQ(answer.json()["stop_reason"], "tool_use");
  }
  OrderedJson wrong = body;
  wrong["messages"][0]["content"] = {{"type", "text"}};
  TestAnswer refused = served_->post("/v1/messages", wrong);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("messages[0].content: is an object, expected a string or an array"));
  body["tool_choice"] = {{"type", "none"}};
  EXPECT_EQ(served_->post("/v1/messages", body).json()["content"][0]["type"], "text");
}

}  // namespace
}  // namespace hearth
