// What comes of a model that wants something else than its grammar.
#include "engine/constraint.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "chat/format/own_templates_testing.h"
#include "chat/format/roundtrip_testing.h"
#include "tokenizer/test_vocabulary.h"

namespace hearth {
namespace {

constexpr char kCall[] = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";

class GuideTest : public testing::Test {
 protected:
  GuideTest() {
    vocabulary_.fields.model = "gpt2";
    vocabulary_.fields.pre = "gpt-2";
    vocabulary_.add_byte_characters();
    begin_ = vocabulary_.add("<tool_call>", TokenKind::control);
    vocabulary_.add("<other>", TokenKind::control);
    end_ = vocabulary_.add("<|im_end|>", TokenKind::control);
    across_ = vocabulary_.add("l>zz");
    vocabulary_.add_joined("z", "z");
    vocabulary_.fields.roles[TokenRole::eos] = end_;
    tokenizer_ = vocabulary_.make();
    for (const auto& each : roundtrip::own_templates()) {
      if (each.name == "objects between tags") {
        format_ = roundtrip::learn(std::string(each.source), std::string(each.name))->format;
      }
    }
    constraints_ = std::make_unique<Constraints>(tokenizer_, format_);
    ChatJson none = {{"type", "object"}, {"properties", ChatJson::object()}, {"additionalProperties", false}};
    tools_.push_back({{"type", "function"}, {"function", {{"name", "now"}, {"parameters", none}}}});
  }

  Constraint of_calls(ToolChoice choice) {
    return *constraints_->of_turn(
        *call_grammar(format_, {.tools = tools_, .choice = choice, .opening = "<think>\n\n</think>\n\n"}), {},
        true);
  }

  static std::vector<TokenId> bytes(std::string_view text) {
    std::vector<TokenId> ids;
    for (char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }

  // What is written by a model that wants these tokens, then to end; where it may not, it takes what closes.
  std::string written(Guide guide, const std::vector<TokenId>& wanted, bool in_reasoning = false) {
    SamplingOptions options;
    options.temperature = 0;
    Sampler sampler = *Sampler::make(options);
    std::string text;
    for (size_t i = 0; i < 200; ++i) {
      std::vector<float> logits(tokenizer_->size() + 5, 0.0f);
      logits['}'] = 2;
      logits[static_cast<size_t>(end_)] = 3;
      if (i < wanted.size()) logits[static_cast<size_t>(wanted[i])] = 9;
      auto token = guide.choose(sampler, logits, in_reasoning);
      if (!token.ok()) return text + "!" + token.error().message;
      if (*token == end_) return text;
      text += tokenizer_->piece(*token);
    }
    return text + "...";
  }

  TestVocabulary vocabulary_;
  TokenId begin_ = 0, end_ = 0, across_ = 0;
  std::shared_ptr<const Tokenizer> tokenizer_;
  ChatFormat format_;
  std::unique_ptr<Constraints> constraints_;
  ChatJson tools_ = ChatJson::array();
};

TEST_F(GuideTest, ACallThatIsBegunIsCompleted) {
  Constraint constraint = of_calls(ToolChoice::automatic);
  EXPECT_EQ(written(Guide(constraint), bytes("Hello.")), "Hello.");
  EXPECT_EQ(written(Guide(constraint), bytes("Hi <tool_call>nonsense")), std::string("Hi ") + kCall);
  EXPECT_EQ(written(Guide(constraint), bytes("Hi <tool_call>\n{\"name\": \"later\"")),
            std::string("Hi ") + kCall);
  EXPECT_EQ(written(Guide(constraint), bytes("a <tool_cat>")), "a <tool_cat>");
}

TEST_F(GuideTest, AMarkMayBeAControlToken) {
  Constraint constraint = of_calls(ToolChoice::automatic);
  EXPECT_EQ(written(Guide(constraint), {'H', begin_, 'x'}), std::string("H") + kCall);
  EXPECT_EQ(written(Guide(of_calls(ToolChoice::required)), {begin_}), kCall);
}

TEST_F(GuideTest, ReasoningMaySpeakOfCalls) {
  Constraint constraint = of_calls(ToolChoice::automatic);
  EXPECT_EQ(written(Guide(constraint), bytes("so <tool_call>x"), true), "so <tool_call>x");
}

// A token that would begin a call and leave the language at once is not taken.
TEST_F(GuideTest, NoTokenReachesAcrossTheBeginning) {
  Constraint constraint = of_calls(ToolChoice::automatic);
  std::vector<TokenId> wanted = bytes("<tool_cal");
  wanted.push_back(across_);
  wanted.push_back('>');
  EXPECT_EQ(written(Guide(constraint), wanted), "<tool_cal");
  EXPECT_EQ(written(Guide(constraint), {'a', across_}), "al>zz");
}

TEST_F(GuideTest, ACallIsMadeThatHasToBe) {
  EXPECT_EQ(written(Guide(of_calls(ToolChoice::required)), bytes("Hello.")), kCall);
}

TEST_F(GuideTest, ContentIsHeldBehindReasoning) {
  TurnGrammar turn =
      *call_grammar(format_, {.choice = ToolChoice::none, .content = true, .opening = "<think>\n"});
  GrammarText word{GrammarKind::choices, "[\"yes\", \"no\"]"};
  Constraint constraint = *constraints_->of_turn(turn, word, true);
  EXPECT_EQ(written(Guide(constraint), bytes("well</think>no")), "well</think>no");
  EXPECT_EQ(written(Guide(*constraints_->of_text(word)), bytes("yes and more")), "yes");
  EXPECT_EQ(constraints_->of_turn(turn, GrammarText{GrammarKind::choices, "5"}, true).error().message,
            "expected a JSON array of at least one string");
}

// As agents send them: each with some parameters, few of them required, some with bounds or of a list.
ChatJson many_tools(int count) {
  ChatJson tools = ChatJson::array();
  for (int i = 0; i < count; ++i) {
    ChatJson properties = ChatJson::object();
    for (const char* name : {"file_path", "query", "description", "working_directory", "pattern"})
      properties[fmt::format("{}_{}", name, i % 7)] = {{"type", "string"}, {"description", "What it is"}};
    properties["limit"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", 100 * (1 + i % 5)}};
    properties["mode"] = {{"enum", {"fast", "slow"}}};
    properties["edits"] = {
        {"type", "array"},
        {"items",
         {{"type", "object"},
          {"properties", {{"old", {{"type", "string"}}}, {"line", {{"type", "integer"}}}}}}}};
    ChatJson parameters = {
        {"type", "object"}, {"properties", properties}, {"required", {fmt::format("query_{}", i % 7)}}};
    tools.push_back(
        {{"type", "function"},
         {"function", {{"name", fmt::format("tool_{}", i)}, {"parameters", std::move(parameters)}}}});
  }
  return tools;
}

TEST_F(GuideTest, ManyToolsFitIntoOneGrammar) {
  for (ToolChoice choice : {ToolChoice::automatic, ToolChoice::required}) {
    TurnGrammar turn = *call_grammar(format_, {.tools = many_tools(200), .choice = choice});
    auto constraint = constraints_->of_turn(turn, std::nullopt, true);
    ASSERT_TRUE(constraint.ok()) << constraint.error().message;
    std::string call =
        "<tool_call>\n{\"name\": \"tool_150\", \"arguments\": {\"query_3\": \"x\", \"limit\": 10";
    Matcher matcher(constraint->grammar, constraint->trie);
    EXPECT_EQ(matcher.accept_bytes(call), call.size());
    EXPECT_EQ(matcher.accept_bytes("1"), 0u);  // 101 is too many
    EXPECT_EQ(matcher.accept_bytes(", \"more\": [true]}"), 17u);
  }
}

// A schema that says what cannot be enforced is loosened alone.
TEST_F(GuideTest, OneSchemaAloneIsLoosened) {
  ChatJson tools = many_tools(12);
  tools[3]["function"]["parameters"]["if"] = true;
  tools[3]["function"]["parameters"]["then"] = true;
  TurnGrammar turn = *call_grammar(format_, {.tools = tools, .choice = ToolChoice::required});
  EXPECT_FALSE(constraints_->of_turn(turn, std::nullopt, true).ok());
  auto constraint = constraints_->of_turn(turn, std::nullopt, false);
  ASSERT_TRUE(constraint.ok()) << constraint.error().message;
  auto takes = [&](const std::string& call) {
    Matcher matcher(constraint->grammar, constraint->trie);
    return matcher.accept_bytes(call) == call.size();
  };
  EXPECT_TRUE(takes("<tool_call>\n{\"name\": \"tool_3\", \"arguments\": {\"query_3\": 5"));
  EXPECT_FALSE(takes("<tool_call>\n{\"name\": \"tool_4\", \"arguments\": {\"query_4\": 5"));
}

// The grammar of every released template is one that the grammar engine takes, with schemas and all.
TEST_F(GuideTest, ReleasedFormatsCompile) {
  const char* root = std::getenv("HEARTH_CONFORMANCE");
  if (!root) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set: no chat templates of released models here";
  size_t compiled = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(root) / "templates")) {
    if (entry.path().extension() != ".jinja") continue;
    SCOPED_TRACE(entry.path().filename().string());
    ChatFormat format = roundtrip::learn(*read_file(entry.path()), entry.path().filename())->format;
    if (format.calls.empty()) continue;
    Constraints constraints(tokenizer_, format);
    for (ToolChoice choice : {ToolChoice::automatic, ToolChoice::required}) {
      for (bool content : {false, true}) {
        auto turn = call_grammar(format, {.tools = roundtrip::tools(), .choice = choice, .content = content});
        ASSERT_TRUE(turn.ok()) << turn.error().message;
        auto constraint = constraints.of_turn(*turn, GrammarText{GrammarKind::json_schema, "true"}, true);
        EXPECT_TRUE(constraint.ok()) << constraint.error().message << turn->gbnf;
        ++compiled;
      }
    }
  }
  EXPECT_GT(compiled, 60u);
}

}  // namespace
}  // namespace hearth
