// What models write that no template would: broken calls, ends in the middle, marks that are none.
#include "chat/format/output_parser.h"

#include <gtest/gtest.h>

#include "chat/format/own_templates_testing.h"
#include "chat/format/roundtrip_testing.h"

namespace hearth {
namespace {

using roundtrip::Turn;

const ChatFormat& format_of(std::string_view name) {
  static std::map<std::string, ChatFormat, std::less<>> known;
  auto found = known.find(name);
  if (found != known.end()) return found->second;
  for (const auto& each : roundtrip::own_templates()) {
    if (each.name != name) continue;
    auto subject = roundtrip::learn(std::string(each.source), std::string(name));
    return known.emplace(name, subject->format).first->second;
  }
  ADD_FAILURE() << "no template " << name;
  return known[""];
}

Turn parse(std::string_view name, std::string_view text, std::string_view opening = "") {
  return roundtrip::parse_all_ways(format_of(name), opening, text);
}

constexpr std::string_view kTags = "objects between tags";

TEST(OutputParser, ContentStreamsAndOnlyMarksAreHeldBack) {
  OutputParser parser(format_of(kTags), {}, "");
  auto content = [&](std::string_view text) {
    std::string all;
    for (const Delta& delta : parser.feed(text)) {
      EXPECT_EQ(delta.kind, Delta::Kind::content);
      all += delta.text;
    }
    return all;
  };
  EXPECT_EQ(content("He"), "He");
  EXPECT_EQ(content("llo "), "llo");  // the space may belong to a mark
  EXPECT_EQ(content("w"), " w");
  EXPECT_EQ(content(" <tool"), "");
  EXPECT_EQ(content("box>"), " <toolbox>");
  EXPECT_EQ(content("<|im_"), "");
  auto rest = parser.finish();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].text, "<|im_");
}

TEST(OutputParser, ArgumentsStreamAsTheyCome) {
  OutputParser parser(format_of(kTags), {}, "");
  EXPECT_TRUE(parser.feed("<tool_call>\n{\"name\": \"now\", \"argu").empty());
  auto deltas = parser.feed("ments\": {\"a\": \"x");
  ASSERT_EQ(deltas.size(), 2u);
  EXPECT_EQ(deltas[0].kind, Delta::Kind::call_begin);
  EXPECT_EQ(deltas[0].name, "now");
  EXPECT_EQ(deltas[1].text, "{\"a\": \"x");
  deltas = parser.feed("y\"}}\n</tool_call>");
  ASSERT_EQ(deltas.size(), 2u);
  EXPECT_EQ(deltas[0].text, "y\"}");
  EXPECT_EQ(deltas[1].kind, Delta::Kind::call_end);
}

// Text of a parameter whose schema says that it is text need not wait for its end.
TEST(OutputParser, TaggedTextStreamsIfTheSchemaSaysText) {
  const ChatFormat& format = format_of("tagged parameters");
  OutputParser parser(format, {.tools = roundtrip::tools()}, "");
  std::string arguments;
  auto feed = [&](std::string_view text) {
    for (const Delta& delta : parser.feed(text)) {
      if (delta.kind == Delta::Kind::arguments) arguments += delta.text;
    }
    return arguments;
  };
  feed("<tool_call>\n<function=edit_file>\n<parameter=path>\n");
  EXPECT_EQ(feed("a/\"b"), R"({"path": "a/\"b)");
  EXPECT_EQ(feed("\n</param"), R"({"path": "a/\"b)");
  EXPECT_EQ(feed("eter>\n<parameter=count>\n4"), R"({"path": "a/\"b", "count": )");
  EXPECT_EQ(feed("2\n</parameter>\n</function>\n</tool_call>"), R"({"path": "a/\"b", "count": 42})");
}

// In what ends a value, one character stands for its name. Of any name, that one too.
TEST(OutputParser, ANameMayBeAnything) {
  OutputParser parser(format_of("nested tags"), {.tools = roundtrip::tools()}, "");
  std::string arguments;
  for (const Delta& delta :
       parser.feed("~<calls>\n~<invoke name=\"f\">~<\x01>~<a\x01>1~</a\x01>~</\x01>~</invoke>\n~</calls>"))
    if (delta.kind == Delta::Kind::arguments) arguments += delta.text;
  EXPECT_EQ(arguments, R"({"\u0001": {"a\u0001": 1}})");
}

TEST(OutputParser, WhatIsNoCallIsContent) {
  const std::string_view texts[] = {
      "<tool_call>\nsorry</tool_call>",
      "<tool_call>",
      "<tool_call>\n{\"name\": 3, \"arguments\": {}}\n</tool_call>",
      "<tool_call>\n{\"nom\": \"x\"}\n</tool_call>",
      "<tool_call>\n{\"name\": \"now\", ",
      "<tool_call><tool_call>x",
      "<tool_call>\n[1]</tool_call>",
  };
  for (std::string_view text : texts) {
    SCOPED_TRACE(text);
    Turn turn = parse(kTags, text);
    EXPECT_TRUE(turn.malformed);
    EXPECT_TRUE(turn.calls.empty());
    EXPECT_EQ(without_space(turn.content), without_space(text));
  }
}

TEST(OutputParser, CallsThatBreakOffAreDeliveredAsFarAsTheyCame) {
  Turn turn = parse(kTags, "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Par");
  EXPECT_TRUE(turn.malformed);
  ASSERT_EQ(turn.calls.size(), 1u);
  EXPECT_EQ(turn.calls[0].arguments, "{\"city\": \"Par");

  turn = parse("tagged parameters", "<tool_call>\n<function=get_weather>\n<parameter=city>\nPar");
  EXPECT_TRUE(turn.malformed);
  ASSERT_EQ(turn.calls.size(), 1u);
  EXPECT_EQ(turn.calls[0].arguments, (roundtrip::Json{{"city", "Par"}}));

  turn = parse(kTags, "<tool_call>\n{\"name\": \"now\", \"arguments\": {\"a\": oops}}</tool_call> more");
  EXPECT_TRUE(turn.malformed);
  ASSERT_EQ(turn.calls.size(), 1u);
  EXPECT_EQ(turn.calls[0].arguments, "{\"a\": ");
  EXPECT_EQ(turn.content, "oops}}</tool_call> more");

  // All that is missing is what nobody needs.
  turn = parse(kTags, "<tool_call>{\"name\": \"now\", \"arguments\": {}}");
  EXPECT_FALSE(turn.malformed);
  EXPECT_EQ(turn.calls.size(), 1u);
  turn = parse("a list with ids", R"([TOOL_CALLS][{"name": "now", "arguments": {}, "id": "i1"})");
  EXPECT_FALSE(turn.malformed);
  EXPECT_EQ(turn.calls.at(0).id, "i1");
}

TEST(OutputParser, ModelsAreLooseAboutWhiteSpaceAndOrder) {
  Turn turn = parse(
      kTags,
      "Look:\n\n<tool_call>{ \"arguments\" : {\"city\":\"X\"},\n\"name\":\"get_weather\"}</tool_call>\n\n\n"
      "<tool_call>\n\n{\"name\":\"now\",\"parameters\":{}}\n</tool_call>\n<|im_end|>");
  EXPECT_FALSE(turn.malformed);
  EXPECT_EQ(turn.content, "Look:");
  ASSERT_EQ(turn.calls.size(), 2u);
  EXPECT_EQ(turn.calls[0].arguments, (roundtrip::Json{{"city", "X"}}));
  EXPECT_EQ(turn.calls[1].name, "now");

  turn = parse("tagged parameters",
               "<tool_call><function=get_weather><parameter=city>Oslo</parameter></function></tool_call>");
  EXPECT_FALSE(turn.malformed);
  EXPECT_EQ(turn.calls.at(0).arguments, (roundtrip::Json{{"city", "Oslo"}}));

  turn = parse(kTags, R"(<tool_call>{"name": "now", "arguments": "{\"a\": 1}"}</tool_call>)");
  EXPECT_EQ(turn.calls.at(0).arguments, (roundtrip::Json{{"a", 1}}));
}

// A value may hold the very text that ends values.
TEST(OutputParser, ValuesMayHoldMarks) {
  Turn turn = parse(
      "tagged parameters",
      "<tool_call>\n<function=edit_file>\n<parameter=path>\nx\n</parameter>\n<parameter=text>\n"
      "<parameter=a>\n1\n</parameter> and </tool_call>\n</parameter>\n</function>\n</tool_call><|im_end|>");
  EXPECT_FALSE(turn.malformed);
  ASSERT_EQ(turn.calls.size(), 1u);
  EXPECT_EQ(turn.calls[0].arguments["text"], "<parameter=a>\n1\n</parameter> and </tool_call>");
  turn = parse(
      kTags,
      R"(<tool_call>{"name": "edit_file", "arguments": {"text": "</tool_call><|im_end|>"}}</tool_call>)");
  EXPECT_EQ(turn.calls.at(0).arguments["text"], "</tool_call><|im_end|>");
}

TEST(OutputParser, TypesComeFromTheSchemaElseFromTheText) {
  const std::string text =
      "<tool_call>\n<function=edit_file>\n<parameter=digits>\n12\n</parameter>\n<parameter=count>\n12\n</"
      "parameter>\n"
      "<parameter=force>\nTrue\n</parameter>\n<parameter=list>\n(1, "
      "2,)\n</parameter>\n<parameter=other>\n{'k': None}\n"
      "</parameter>\n</function>\n</tool_call>";
  Turn typed = roundtrip::parse(format_of("tagged parameters"), "", {text});
  ASSERT_EQ(typed.calls.size(), 1u);
  EXPECT_EQ(typed.calls[0].arguments,
            roundtrip::Json::parse(
                R"({"digits": "12", "count": 12, "force": true, "list": [1, 2], "other": {"k": null}})"));
  Turn guessed = roundtrip::parse(format_of("tagged parameters"), "", {text}, nullptr);
  EXPECT_EQ(guessed.calls.at(0).arguments["digits"], 12);
  // A template that writes true means text by True.
  Turn other = roundtrip::parse(format_of("keys and values"), "",
                                {"<tool_call>now<arg_key>a</arg_key><arg_value>True</arg_value></tool_call>"},
                                nullptr);
  EXPECT_EQ(other.calls.at(0).arguments["a"], "True");
}

TEST(OutputParser, ReasoningBeginsATurnOrIsContent) {
  EXPECT_EQ(parse(kTags, "<think>\nhm\n</think>\n\nyes"), (Turn{"yes", "hm"}));
  EXPECT_EQ(parse(kTags, "the <think> tag</think>"), (Turn{"the <think> tag</think>", ""}));
  EXPECT_EQ(parse(kTags, "</think>\n\nyes"), (Turn{"yes", ""}));
  EXPECT_EQ(parse(kTags, "<think>never ends"), (Turn{"", "never ends"}));
  EXPECT_EQ(parse(kTags, "hm</think>yes", "<think>\n"), (Turn{"yes", "hm"}));
  EXPECT_EQ(parse(kTags, "yes", "<think>\n\n</think>\n\n"), (Turn{"yes", ""}));
  // Calls are not looked for in thoughts,
  Turn turn = parse(kTags, "<think>\nI could <tool_call>\n</think>\n\nno");
  EXPECT_EQ(turn, (Turn{"no", "I could <tool_call>"}));
  // unless they begin with the token itself.
  OutputParser parser(format_of(kTags), {}, "<think>\n");
  EXPECT_EQ(parser.feed("so").size(), 1u);
  EXPECT_TRUE(parser.in_reasoning());
  parser.feed("<tool_call>", true);
  auto deltas = parser.feed("{\"name\": \"now\", \"arguments\": {}}");
  ASSERT_FALSE(deltas.empty());
  EXPECT_EQ(deltas[0].kind, Delta::Kind::call_begin);
}

TEST(OutputParser, TheEndOfATurnIsAnEnd) {
  OutputParser parser(format_of(kTags), {}, "");
  parser.feed("done<|im_end|>");
  EXPECT_TRUE(parser.ended());
  auto deltas = parser.feed("\nand on");
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_TRUE(deltas[0].malformed);
  EXPECT_EQ(deltas[0].text, "and on");
}

// A call of which nothing says that it is over is over where something else follows.
TEST(OutputParser, WhatFollowsACallMayBeItsEnd) {
  CallSyntax calls;
  calls.trigger = "<call>";
  calls.parts = {{CallPart::Kind::literal, "<call>"},
                 {CallPart::Kind::name},
                 {CallPart::Kind::literal, " "},
                 {CallPart::Kind::arguments}};
  calls.parameters = ParameterSyntax{.key_begin = "<", .key_end = "=", .value_end = ";"};
  for (bool section : {false, true}) {
    if (section) {
      calls.section_begin = "<calls>";
      calls.section_end = "</calls>";
      calls.trigger = "<calls>";
    }
    ChatFormat format;
    format.content = {{"", ""}};
    format.calls = {calls};
    OutputParser parser(format, {}, "");
    const std::string open = section ? "<calls>" : "", close = section ? "</calls>" : "";
    auto deltas = parser.feed(open + "<call>f " + close + "so");
    for (Delta& delta : parser.finish()) deltas.push_back(std::move(delta));
    std::string name, json, text;
    int ends = 0;
    for (const Delta& delta : deltas) {
      EXPECT_FALSE(delta.malformed);
      if (delta.kind == Delta::Kind::call_begin) name += delta.name;
      if (delta.kind == Delta::Kind::arguments) json += delta.text;
      if (delta.kind == Delta::Kind::call_end) ++ends;
      if (delta.kind == Delta::Kind::content) text += delta.text;
    }
    EXPECT_EQ(name, "f");
    EXPECT_EQ(json, "{}");
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(trim_left(text), "so");
  }
}

TEST(OutputParser, WithoutCallsNothingIsACall) {
  OutputParser parser(format_of(kTags), {.calls = false}, "");
  const std::string text = R"(<tool_call>{"name": "now", "arguments": {}}</tool_call>)";
  auto deltas = parser.feed(text);
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].text, text);
  EXPECT_FALSE(deltas[0].malformed);
}

// Where a call looks like any JSON, only functions that there are are called.
TEST(OutputParser, UnmarkedCallsNameKnownFunctions) {
  constexpr std::string_view kBare = "an unmarked object, one at a time";
  EXPECT_EQ(parse(kBare, R"({"name": "now", "parameters": {}})").calls.size(), 1u);
  const std::string answer = R"({"name": "Bob", "parameters": {"age": 3}})";
  EXPECT_EQ(parse(kBare, answer), (Turn{answer, ""}));
  EXPECT_EQ(parse(kBare, R"({"name": "now"})"), (Turn{R"({"name": "now"})", ""}));
  const std::string later = R"(So: {"name": "now", "parameters": {}})";
  EXPECT_EQ(parse(kBare, later), (Turn{later, ""}));
}

TEST(OutputParser, WorkIsLinear) {
  // What could be looked at again and again: marks that begin and do not go on.
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "<tool_cal";
  auto turn = roundtrip::parse(format_of(kTags), "", {text});
  EXPECT_EQ(turn.content.size(), text.size());
  text = "<tool_call>\n<function=edit_file>\n<parameter=text>\n";
  for (int i = 0; i < 200'000; ++i) text += "</parameter>\n<param";
  turn = roundtrip::parse(format_of("tagged parameters"), "", {text});
  EXPECT_GT(turn.calls.at(0).arguments["text"].get<std::string>().size() + 100, text.size());
}

}  // namespace
}  // namespace hearth
