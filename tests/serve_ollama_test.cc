// Ollama's dialect, as its clients use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Ollama : public ServedSuite<Ollama> {
 public:
  static std::vector<std::string> arguments() {
    return {"--temperature", "0", "--chat-template", template_file()};
  }

 protected:
  static OrderedJson chat(const std::string& text) {
    return {{"model", "hearth-tiny"},
            {"messages", {{{"role", "user"}, {"content", text}}}},
            {"think", false},
            {"options", {{"num_predict", 24}}}};
  }
  static std::vector<OrderedJson> lines(const TestAnswer& answer) {
    std::vector<OrderedJson> all;
    std::istringstream text(answer.body);
    for (std::string line; std::getline(text, line);) all.push_back(OrderedJson::parse(line, nullptr, false));
    return all;
  }
};

TEST_F(Ollama, AChatComesInLines) {
  TestAnswer answer = served_->post("/api/chat", chat("Tell me a story."));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/x-ndjson");
  std::vector<OrderedJson> all = lines(answer);
  ASSERT_GT(all.size(), 2u);
  std::string text;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i]["model"], "hearth-tiny:latest");
    EXPECT_EQ(all[i]["done"], i + 1 == all.size());
    EXPECT_EQ(all[i]["message"]["role"], "assistant");
    text += all[i]["message"]["content"].get<std::string>();
  }
  const OrderedJson& last = all.back();
  EXPECT_EQ(last["done_reason"], "length");
  EXPECT_EQ(last["eval_count"], 24);
  EXPECT_GT(last["prompt_eval_count"], 3);
  EXPECT_GT(last["total_duration"], 0);

  OrderedJson whole = chat("Tell me a story.");
  whole["model"] = "hearth-tiny:latest";
  whole["stream"] = false;
  EXPECT_EQ(served_->post("/api/chat", whole).json()["message"]["content"], text);
}

TEST_F(Ollama, APromptGoesOnFromItsContext) {
  OrderedJson ask = {{"model", "hearth-tiny"},
                     {"prompt", "Once upon a time"},
                     {"raw", true},
                     {"stream", false},
                     {"options", {{"num_predict", 8}, {"stop", {"@"}}}}};
  OrderedJson first = served_->post("/api/generate", ask).json();
  EXPECT_FALSE(first["response"].get<std::string>().empty()) << first;
  size_t context = first["context"].size();
  EXPECT_EQ(context, first["prompt_eval_count"].get<size_t>() + 8);
  ask["context"] = first["context"];
  ask["prompt"] = " and";
  OrderedJson second = served_->post("/api/generate", ask).json();
  EXPECT_GT(second["prompt_eval_count"], context);
  // The same text at once gives the same.
  ask.erase("context");
  ask["prompt"] = "Once upon a time" + first["response"].get<std::string>() + " and";
  OrderedJson at_once = served_->post("/api/generate", ask).json();
  EXPECT_EQ(second["response"], at_once["response"]);
}

TEST_F(Ollama, NothingToSayLoads) {
  OrderedJson loaded = served_->post("/api/generate", {{"model", "hearth-tiny"}}).json();
  EXPECT_EQ(loaded["done_reason"], "load");
  EXPECT_EQ(loaded["response"], "");
  loaded = served_->post("/api/chat", {{"model", "hearth-tiny"}, {"messages", OrderedJson::array()}}).json();
  EXPECT_EQ(loaded["done_reason"], "load");
}

TEST_F(Ollama, FormatsAreHeld) {
  OrderedJson ask = chat("Name a color.");
  ask["stream"] = false;
  ask["options"]["num_predict"] = 100;
  ask["format"] = {{"type", "object"},
                   {"properties", {{"color", {{"enum", {"red", "blue"}}}}}},
                   {"required", {"color"}},
                   {"additionalProperties", false}};
  OrderedJson answer =
      OrderedJson::parse(served_->post("/api/chat", ask).json()["message"]["content"].get<std::string>());
  EXPECT_TRUE(answer["color"] == "red" || answer["color"] == "blue") << answer;
  ask["format"] = "json";
  EXPECT_THAT(served_->post("/api/chat", ask).json()["message"]["content"].get<std::string>(),
              StartsWith("{"));
  ask["format"] = "yaml";
  TestAnswer wrong = served_->post("/api/chat", ask);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.json()["error"].get<std::string>(), HasSubstr("expected \"json\" or a JSON schema"));
}

TEST_F(Ollama, PastCallsAndTheirResultsAreRead) {
  OrderedJson ask = chat("What is the weather?");
  ask["stream"] = false;
  ask["tools"] = {
      {{"type", "function"}, {"function", {{"name", "weather"}, {"parameters", {{"type", "object"}}}}}}};
  ask["messages"].push_back(
      {{"role", "assistant"},
       {"content", ""},
       {"tool_calls", {{{"function", {{"name", "weather"}, {"arguments", {{"city", "Oslo"}}}}}}}}});
  ask["messages"].push_back({{"role", "tool"}, {"tool_name", "weather"}, {"content", "rain"}});
  TestAnswer answer = served_->post("/api/chat", ask);
  EXPECT_EQ(answer.status, 200) << answer.body;
  ask["messages"][1]["tool_calls"][0]["function"]["arguments"] = "{}";
  answer = served_->post("/api/chat", ask);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.json()["error"].get<std::string>(), HasSubstr("tool_calls[0].function.arguments"));
}

TEST_F(Ollama, ModelsAreDescribed) {
  OrderedJson model = served_->get("/api/tags").json()["models"][0];
  EXPECT_EQ(model["name"], "hearth-tiny:latest");
  EXPECT_GT(model["size"], 100'000);
  EXPECT_EQ(model["details"]["format"], "gguf");
  EXPECT_EQ(served_->get("/api/ps").json()["models"][0]["name"], "hearth-tiny:latest");
  EXPECT_TRUE(served_->get("/api/version").json()["version"].is_string());
  OrderedJson shown = served_->post("/api/show", {{"model", "hearth-tiny"}}).json();
  EXPECT_EQ(shown["capabilities"], (OrderedJson{"completion", "tools", "thinking"}));
  EXPECT_TRUE(shown["model_info"].contains("general.architecture"));
  EXPECT_EQ(shown["model_info"]["tokenizer.ggml.tokens"], nullptr);
  EXPECT_THAT(shown["template"].get<std::string>(), HasSubstr("<|im_start|>"));
}

TEST_F(Ollama, ErrorsAreInItsShape) {
  for (const auto& [path, body, status, part] :
       std::initializer_list<std::tuple<const char*, OrderedJson, int, const char*>>{
           {"/api/chat", {{"model", "llama9"}}, 404, "there is no \"llama9\""},
           {"/api/chat", {{"messages", 5}}, 400, "expected an array"},
           {"/api/chat", {{"messages", {{{"role", "god"}}}}}, 400, "messages[0].role"},
           {"/api/generate",
            {{"prompt", "a"}, {"options", {{"temperature", "hot"}}}},
            400,
            "options.temperature"},
           {"/api/generate", {{"prompt", "a"}, {"suffix", "b"}}, 400, "fill in the middle"},
           {"/api/generate", {{"prompt", "a"}, {"context", {-1}}}, 400, "context[0]"},
           {"/api/generate", {{"prompt", "a"}, {"images", {"aGk="}}}, 400, "images"},
           {"/api/embed", {{"input", "a"}}, 400, "makes no embeddings"},
           {"/api/nothing", OrderedJson::object(), 404, "there is no /api/nothing"}}) {
    TestAnswer answer = served_->post(path, body);
    EXPECT_EQ(answer.status, status) << answer.body;
    ASSERT_TRUE(answer.json()["error"].is_string()) << answer.body;
    EXPECT_THAT(answer.json()["error"].get<std::string>(), HasSubstr(part));
  }
}

}  // namespace
}  // namespace hearth
