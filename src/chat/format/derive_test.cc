// What is learned of small templates of our own, one for each way to write, and their round trips.
#include "chat/format/derive.h"

#include <gtest/gtest.h>

#include "chat/format/own_templates_testing.h"
#include "chat/format/roundtrip_testing.h"

namespace hearth {
namespace {

using roundtrip::learn;

const roundtrip::OwnTemplate& own_template(std::string_view name) {
  for (const auto& each : roundtrip::own_templates()) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << "no template " << name;
  return roundtrip::own_templates().front();
}

ChatFormat derived_format(std::string_view name) {
  auto subject = learn(std::string(own_template(name).source), std::string(name));
  EXPECT_TRUE(subject.ok()) << subject.error().message;
  return subject->format;
}

TEST(Derive, EveryWayOfWritingGoesThereAndBack) {
  for (const auto& each : roundtrip::own_templates()) {
    SCOPED_TRACE(each.name);
    auto subject = learn(std::string(each.source), std::string(each.name));
    ASSERT_TRUE(subject.ok()) << subject.error().message;
    EXPECT_TRUE(subject->format.tools);
    ASSERT_EQ(subject->format.calls.size(), 1u) << subject->format.describe();
    EXPECT_EQ(subject->format.calls.front().trigger, each.trigger);
    size_t count = 0;
    for (const auto& [what, turn] : roundtrip::turns()) {
      SCOPED_TRACE(what);
      auto shown = roundtrip::show(*subject, turn);
      if (!shown) continue;
      ++count;
      SCOPED_TRACE(quote(shown->opening) + " + " + quote(shown->text, 2000));
      roundtrip::Turn parsed = roundtrip::parse_all_ways(subject->format, shown->opening, shown->text);
      EXPECT_EQ(roundtrip::comparable(parsed, shown->turn), shown->turn);
    }
    EXPECT_EQ(count, each.shown);
  }
}

TEST(Derive, TurnsAndReasoning) {
  ChatFormat format = derived_format("objects between tags");
  EXPECT_EQ(format.turn_begin, "<|im_start|>assistant\n");
  EXPECT_EQ(format.turn_ends.front(), "<|im_end|>\n");
  EXPECT_EQ(format.reasoning.begin, "<think>\n");
  EXPECT_EQ(format.reasoning.end, "\n</think>\n\n");
  EXPECT_EQ(format.reasoning_key, "reasoning_content");
  EXPECT_TRUE(format.thinking_switch);
  EXPECT_EQ(format.opening("x<|im_start|>assistant\n<think>\n"), "<think>\n");

  format = derived_format("messages in a turn, ids and counted calls");
  EXPECT_EQ(format.turn_begin, "<|begin|>assistant");
  EXPECT_EQ(format.reasoning.begin, "<|think|>");
  EXPECT_EQ(format.reasoning.end, "<|end|>");
  ASSERT_EQ(format.content.size(), 1u);
  EXPECT_EQ(format.content.front().begin, "<|content|>");

  format = derived_format("a notation of its own");
  EXPECT_EQ(format.reasoning_key, "reasoning");
  EXPECT_EQ(format.reasoning.end, "<channel|>");
}

TEST(Derive, Calls) {
  ChatFormat format = derived_format("a list with ids");
  EXPECT_EQ(format.calls[0].section_begin, "[TOOL_CALLS][");
  EXPECT_EQ(format.calls[0].section_end, "]");
  EXPECT_EQ(format.calls[0].separator, ", ");
  ASSERT_TRUE(format.calls[0].object);
  EXPECT_EQ(format.calls[0].object->id, CallObject::Path{"id"});

  format = derived_format("typed and guarded parameters");
  ASSERT_TRUE(format.calls[0].parameters);
  EXPECT_EQ(format.calls[0].parameters->text_marker, "true\">");
  EXPECT_EQ(format.calls[0].parameters->other_marker, "false\">");
  EXPECT_EQ(format.calls[0].parameters->guard_open, "<![CDATA[");
  EXPECT_EQ(format.calls[0].parameters->guard_close, "]]>");

  format = derived_format("nested tags");
  EXPECT_EQ(format.calls[0].parameters->item_name, "item");
  format = derived_format("the name as a key");
  EXPECT_TRUE(format.calls[0].object->name_is_key);
  format = derived_format("recipients, begun by the prompt");
  EXPECT_TRUE(format.arguments_as_text);
  EXPECT_EQ(format.turn_begin, "<|h|>assistant<|/h|>\n\n");
  format = derived_format("an unmarked object, one at a time");
  EXPECT_TRUE(format.calls[0].bare());
  EXPECT_FALSE(format.calls[0].parallel);
  format = derived_format("tagged parameters");
  EXPECT_TRUE(format.calls[0].parameters->python_words);
}

// Reasoning that a template cuts out of past turns still has its marks.
TEST(Derive, WhatPromptsAndTextsGiveAway) {
  constexpr std::string_view kPrompt =
      "{%- for m in messages %}{{- '<|' + m.role + '|>' + m.content.split('</think>')[-1] + '<|end|>' }}{% "
      "endfor -%}"
      "{%- if add_generation_prompt %}{{- '<|assistant|><think>\\n' }}{% endif -%}";
  auto subject = learn(std::string(kPrompt), "prompt");
  EXPECT_EQ(subject->format.reasoning.begin, "<think>");
  EXPECT_EQ(subject->format.reasoning.end, "</think>");
  EXPECT_EQ(subject->format.reasoning_key, "");
  auto turn =
      roundtrip::parse(subject->format, subject->format.opening("<|user|>q<|end|><|assistant|><think>\n"),
                       {"why\n</think>\n\nbecause"});
  EXPECT_EQ(turn, (roundtrip::Turn{"because", "why"}));
}

// A template may spell what is asked of it, and then hide it from the answer's body.
TEST(Derive, WhatABodyDoesNotShowIsNotLearned) {
  auto subject = learn(std::string("QreasoningQcontent<\0>", 21), "hidden");
  ASSERT_TRUE(subject.ok()) << subject.error().message;
  EXPECT_TRUE(subject->format.reasoning.begin.empty());
  EXPECT_TRUE(subject->format.reasoning.end.empty());
  EXPECT_EQ(roundtrip::parse(subject->format, "", {"any <text>"}).content, "any <text>");
}

// What begins calls here is longer than what a call that is none takes of it.
TEST(Derive, ACallThatIsNoneMayEndBeforeItsMark) {
  auto subject = learn(
      "%{%for message in messages%}{ {%for tool_call in message.tool_calls%}"
      "{%set out=tool_call|tojson%}{{out}}{%if not loop.last%}{{n()}}{%endif%}"
      "{%endfor%}{%endfor%}",
      "broken");
  ASSERT_TRUE(subject.ok()) << subject.error().message;
  ASSERT_EQ(subject->format.calls.size(), 1u);
  const CallSyntax& calls = subject->format.calls.front();
  std::string text = calls.trigger + calls.section_begin;
  for (const CallPart& part : calls.parts) text += part.text + "f{\"a\": 1}";
  EXPECT_EQ(roundtrip::parse(subject->format, "", {text}).content, text);
}

TEST(Derive, TemplatesThatRefuseTeachLess) {
  for (std::string_view source :
       {"{{ raise_exception('no') }}", "{{ messages[0].content.nonsense.more }}", "",
        "{% for i in range(100000000) %}x{% endfor %}", "{{ messages }}", "{{ tools }}"}) {
    auto subject = learn(std::string(source), "refusing");
    ASSERT_TRUE(subject.ok()) << subject.error().message;
    EXPECT_TRUE(subject->format.calls.empty()) << source;
    EXPECT_FALSE(subject->format.describe().empty());
    auto turn = roundtrip::parse(subject->format, "", {"any <tool_call>text</tool_call>"});
    EXPECT_EQ(turn.content, "any <tool_call>text</tool_call>");
  }
}

}  // namespace
}  // namespace hearth
