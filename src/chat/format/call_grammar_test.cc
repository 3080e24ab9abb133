// What templates render is in the language of the grammar made for them, and what they must not write is not.
#include "chat/format/call_grammar.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "chat/format/gbnf.h"
#include "chat/format/gbnf_testing.h"
#include "chat/format/own_templates_testing.h"
#include "chat/format/roundtrip_testing.h"

namespace hearth {
namespace {

using roundtrip::Subject;
using roundtrip::Turn;

gbnf_testing::Language language(const TurnGrammar& grammar) {
  std::string text = grammar.gbnf;
  for (const auto& schema : grammar.schemas) text += gbnf_testing::any_json(schema.rule);
  text += gbnf_testing::kJson;
  return gbnf_testing::Language(text);
}

// The turn as the model would write it: behind the reasoning that the template shows for lack of any, without the end.
std::string written(const Subject& subject, const Turn& turn) {
  auto shown = roundtrip::show(subject, turn);
  if (!shown) return "";
  const ChatFormat& format = subject.format;
  std::string_view end = trim(format.reasoning.end);
  // The prompt may have begun the call.
  if (end.empty()) shown->text = shown->opening + shown->text;
  std::string_view text = shown->text;
  if (!end.empty() && text.find(end) != text.npos && turn.reasoning.empty()) {
    text.remove_prefix(text.find(end) + end.size());
  }
  for (bool more = true; more;) {
    more = false;
    text = trim(text);
    for (const std::string& mark : format.turn_ends) {
      // An end of the calls themselves may look the same.
      if (blank(mark) || !text.ends_with(trim(mark)) || format.calls[0].section_end.ends_with(trim(mark)))
        continue;
      text.remove_suffix(trim(mark).size());
      more = true;
    }
  }
  return std::string(text);
}

std::vector<Turn> turns_of_calls(const ChatFormat& format) {
  const roundtrip::Call simple{"get_weather", "callabc01", {{"city", "São \"Paulo\"\n<b>"}, {"days", 3}}};
  const roundtrip::Call other{"get_weather", "callabc02", {{"city", "Oslo"}}};
  const roundtrip::Call empty{"now", "callabc03", roundtrip::Json::object()};
  std::vector<Turn> turns = {{"", "", {simple}}, {"", "", {empty}}};
  if (format.calls.front().parallel) turns.push_back({"", "", {other, empty, simple}});
  return turns;
}

void expect_grammar_fits(const Subject& subject) {
  const ChatFormat& format = subject.format;
  GrammarRequest request{.tools = roundtrip::tools(), .choice = ToolChoice::required};
  for (const Turn& turn : turns_of_calls(format)) {
    std::string text = written(subject, turn);
    if (text.empty()) continue;
    SCOPED_TRACE(quote(text, 1000));
    request.choice = ToolChoice::required;
    auto grammar = call_grammar(format, request);
    ASSERT_TRUE(grammar.ok()) << grammar.error().message;
    SCOPED_TRACE(grammar->gbnf);
    auto calls = language(*grammar);
    EXPECT_TRUE(calls.has(text));
    EXPECT_FALSE(calls.has("Hello."));
    EXPECT_FALSE(calls.has(text.substr(0, text.size() / 2)));
    std::string wrong = text;
    const std::string& name = turn.calls[0].name;
    EXPECT_FALSE(calls.has(wrong.replace(wrong.find(name), name.size(), "get_other")));
    EXPECT_TRUE(calls.missing().empty()) << *calls.missing().begin();
    // Lazily, from the trigger on.
    request.choice = ToolChoice::automatic;
    auto lazy = call_grammar(format, request);
    ASSERT_TRUE(lazy.ok());
    ASSERT_FALSE(lazy->triggers.empty());
    size_t at = text.find(lazy->triggers[0]);
    ASSERT_NE(at, std::string::npos) << lazy->triggers[0];
    EXPECT_TRUE(language(*lazy).has(text.substr(at)));
  }
}

TEST(CallGrammar, HoldsWhatOwnTemplatesWrite) {
  for (const auto& each : roundtrip::own_templates()) {
    SCOPED_TRACE(each.name);
    auto subject = roundtrip::learn(std::string(each.source), std::string(each.name));
    ASSERT_TRUE(subject.ok());
    expect_grammar_fits(*subject);
  }
}

TEST(CallGrammar, HoldsWhatReleasedTemplatesWrite) {
  const char* root = std::getenv("HEARTH_CONFORMANCE");
  if (!root) GTEST_SKIP() << "HEARTH_CONFORMANCE is not set: no chat templates of released models here";
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(root) / "templates")) {
    if (entry.path().extension() != ".jinja") continue;
    SCOPED_TRACE(entry.path().filename().string());
    auto source = read_file(entry.path());
    auto subject = roundtrip::learn(*source, entry.path().filename());
    ASSERT_TRUE(subject.ok());
    if (subject->format.tools) expect_grammar_fits(*subject);
  }
}

Subject own(std::string_view name) {
  for (const auto& each : roundtrip::own_templates()) {
    if (each.name == name) return *roundtrip::learn(std::string(each.source), std::string(name));
  }
  ADD_FAILURE() << name;
  std::abort();
}

TEST(CallGrammar, AParametersNameMayBeAnything) {
  Subject subject = own("nested tags");
  const ChatJson number = {{"type", "integer"}};
  const ChatJson inner = {{"type", "object"}, {"properties", {{"a\x01", number}}}, {"required", {"a\x01"}}};
  const ChatJson outer = {{"type", "object"}, {"properties", {{"\x01", inner}}}, {"required", {"\x01"}}};
  GrammarRequest request{.choice = ToolChoice::required};
  request.tools = {{{"type", "function"}, {"function", {{"name", "f"}, {"parameters", outer}}}}};
  auto grammar = call_grammar(subject.format, request);
  ASSERT_TRUE(grammar.ok()) << grammar.error().message;
  EXPECT_TRUE(language(*grammar).has(
      "~<calls>\n~<invoke name=\"f\">~<\x01>~<a\x01>1~</a\x01>~</\x01>~</invoke>\n~</calls>"));
}

TEST(CallGrammar, ReasoningIsFreeAndCallsAreNot) {
  ChatFormat format = own("objects between tags").format;
  const std::string call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
  auto grammar = call_grammar(format, {.tools = roundtrip::tools(), .choice = ToolChoice::required});
  auto free = language(*grammar);
  EXPECT_TRUE(free.has(call));
  EXPECT_TRUE(free.has("<think>\nany </thin </thing>\n</think>\n\n" + call));
  EXPECT_FALSE(free.has("<think>\nany\n</think>\n\nHello."));
  EXPECT_FALSE(free.has("thoughts</think>" + call));

  grammar = call_grammar(
      format, {.tools = roundtrip::tools(), .choice = ToolChoice::required, .opening = "<think>\n"});
  auto opened = language(*grammar);
  EXPECT_TRUE(opened.has("thoughts</think>\n" + call));
  EXPECT_FALSE(opened.has(call));

  grammar = call_grammar(
      format,
      {.tools = roundtrip::tools(), .choice = ToolChoice::required, .opening = "<think>\n\n</think>\n\n"});
  auto closed = language(*grammar);
  EXPECT_TRUE(closed.has(call));
  EXPECT_FALSE(closed.has("<think>\n</think>" + call));
}

TEST(CallGrammar, ChoicesAndTheirErrors) {
  ChatFormat format = own("a list with ids").format;
  GrammarRequest request{
      .tools = roundtrip::tools(), .choice = ToolChoice::named, .function = "now", .parallel = false};
  auto grammar = call_grammar(format, request);
  ASSERT_TRUE(grammar.ok());
  auto named = language(*grammar);
  EXPECT_TRUE(named.has(R"([TOOL_CALLS][{"name": "now", "arguments": {}, "id": "abc"}])"));
  EXPECT_FALSE(named.has(R"([TOOL_CALLS][{"name": "edit_file", "arguments": {}, "id": "abc"}])"));
  EXPECT_FALSE(named.has(
      R"([TOOL_CALLS][{"name": "now", "arguments": {}, "id": "a"}, {"name": "now", "arguments": {}, "id": "b"}])"));
  request.function = "later";
  EXPECT_EQ(call_grammar(format, request).error().message,
            "tool_choice names \"later\", which is none of the tools");
  EXPECT_TRUE(call_grammar(format, {.choice = ToolChoice::none})->gbnf.empty());
  EXPECT_TRUE(call_grammar(format, {.choice = ToolChoice::automatic})->gbnf.empty());
  EXPECT_FALSE(call_grammar(format, {.choice = ToolChoice::required}).ok());
  EXPECT_FALSE(
      call_grammar(ChatFormat{}, {.tools = roundtrip::tools(), .choice = ToolChoice::required}).ok());
}

// The prompt may have begun the call.
TEST(CallGrammar, GoesOnWhereThePromptEnds) {
  Subject subject = own("recipients, begun by the prompt");
  auto grammar = call_grammar(
      subject.format, {.tools = roundtrip::tools(), .choice = ToolChoice::required, .opening = ">>>"});
  auto calls = language(*grammar);
  EXPECT_TRUE(calls.has("now\n{}"));
  EXPECT_TRUE(calls.has("now\n{}>>>get_weather\n{\"city\": \"x\"}"));
  EXPECT_FALSE(calls.has(">>>now\n{}"));
}

TEST(CallGrammar, ContentIsWhatAnotherGrammarSays) {
  ChatFormat format = own("objects between tags").format;
  auto content = [&](GrammarRequest request) {
    TurnGrammar grammar = *call_grammar(format, request);
    EXPECT_TRUE(grammar.triggers.empty());
    grammar.schemas.push_back({std::string(kContentRule), {{"type", "object"}}});
    return language(grammar);
  };
  auto answer = content({.choice = ToolChoice::none, .content = true, .opening = "<think>\n"});
  EXPECT_TRUE(answer.has("so\n</think>\n\n{\"a\": 1}"));
  EXPECT_FALSE(answer.has("so\n</think>\n\nno"));

  const std::string call = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
  EXPECT_FALSE(answer.has("so\n</think>\n\n" + call));
  auto either = content({.tools = roundtrip::tools(), .content = true});
  EXPECT_TRUE(either.has("{\"a\": 1}"));
  EXPECT_TRUE(either.has(call));
  EXPECT_FALSE(either.has("Hello."));
  auto called = content({.tools = roundtrip::tools(), .choice = ToolChoice::required, .content = true});
  EXPECT_FALSE(called.has("{\"a\": 1}"));
}

TEST(Gbnf, UntilStopsAtTheFirstEnd) {
  for (std::string_view end : {"aab", "</think>", "aXaXb", "x", "\n</p>", "｜｜>"}) {
    gbnf_testing::Language until("root ::= t\n" + gbnf::until("t", end));
    for (std::string_view before :
         {"", "a", "aa", "aaa", "<", "</", "aXaXaX", "\n", "｜", "｜｜｜", "other"}) {
      std::string text = std::string(before) + std::string(end);
      bool first = text.find(end) == before.size();
      EXPECT_EQ(until.has(text), first) << text;
      EXPECT_FALSE(until.has(text + "a")) << text;
      if (std::string_view(before).find(end) == std::string_view::npos) { EXPECT_FALSE(until.has(before)); }
    }
  }
}

}  // namespace
}  // namespace hearth
