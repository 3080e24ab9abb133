#include "chat/format/known_formats.h"

#include <algorithm>

namespace hearth {

namespace {

using PartKind = CallPart::Kind;
using Where = CallSyntax::Where;

struct Row {
  std::string_view name;
  std::vector<std::string_view> mentions;  // the template's text has all of these
  Marks reasoning{};                       // instead of the template's
  std::vector<Marks> content{};            // instead of the template's
  std::vector<std::string> turn_ends{};    // besides the template's
  std::vector<CallSyntax> calls{};  // if the template shows none, or if this row replaces what it shows
  bool replaces = false;
  std::vector<CallSyntax> more_calls{};  // besides
};

// Functions that Llama 3 was trained to call begin so.
CallSyntax python_tag_calls() {
  CallSyntax calls;
  calls.trigger = calls.section_begin = "<|python_tag|>";
  calls.parts = {{PartKind::literal, "{\"name\": \""},
                 {PartKind::name},
                 {PartKind::literal, "\", \"parameters\": "},
                 {PartKind::arguments},
                 {PartKind::literal, "}"}};
  calls.object = CallObject{{"name"}, {"parameters"}, {}};
  calls.parallel = false;
  return calls;
}

// {"name": ..., "arguments": {...}}
CallSyntax object_calls(std::string trigger, std::string section_begin, std::string section_end) {
  CallSyntax calls;
  calls.trigger = std::move(trigger);
  calls.section_begin = std::move(section_begin);
  calls.section_end = std::move(section_end);
  calls.separator = ", ";
  calls.parts = {{PartKind::literal, "{\"name\": \""},
                 {PartKind::name},
                 {PartKind::literal, "\", \"arguments\": "},
                 {PartKind::arguments},
                 {PartKind::literal, "}"}};
  calls.object = CallObject{{"name"}, {"arguments"}, {}};
  return calls;
}

// name(key="text", other=1)
CallSyntax python_calls(std::string trigger, std::string section_begin, std::string section_end) {
  CallSyntax calls;
  calls.trigger = std::move(trigger);
  calls.section_begin = std::move(section_begin);
  calls.section_end = std::move(section_end);
  calls.separator = ", ";
  calls.parts = {{PartKind::name}, {PartKind::literal, "("}, {PartKind::arguments}, {PartKind::literal, ")"}};
  calls.parameters = ParameterSyntax{.key_end = "=",
                                     .separator = ", ",
                                     .text_open = "\"",
                                     .text_close = "\"",
                                     .text_is_json = true,
                                     .python_words = true};
  return calls;
}

// The channels of harmony: what stands between the recipient and <|message|> varies from call to call.
CallSyntax harmony_calls(const std::string& trigger, Where where) {
  CallSyntax calls;
  calls.trigger = trigger;
  calls.where = where;
  calls.parts = {{PartKind::literal, trigger},
                 {PartKind::name},
                 {PartKind::literal, "<|message|>", true},
                 {PartKind::arguments},
                 {PartKind::literal, "<|call|>"}};
  calls.parallel = false;
  return calls;
}

CallSyntax kimi_calls() {
  CallSyntax calls;
  calls.trigger = calls.section_begin = "<|tool_calls_section_begin|>";
  calls.section_end = "<|tool_calls_section_end|>";
  calls.parts = {{PartKind::literal, "<|tool_call_begin|>functions."},
                 {PartKind::name},
                 {PartKind::literal, ":"},
                 {PartKind::index},
                 {PartKind::literal, "<|tool_call_argument_begin|>"},
                 {PartKind::arguments},
                 {PartKind::literal, "<|tool_call_end|>"}};
  calls.id_pattern = "functions.{name}:{index}";
  return calls;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {.name = "harmony",
       .mentions = {"<|channel|>analysis<|message|>", "<|start|>assistant"},
       .reasoning = {"<|channel|>analysis<|message|>", "<|end|>"},
       .content = {{"<|channel|>final<|message|>", "<|end|>"},
                   {"<|channel|>commentary<|message|>", "<|end|>"}},
       .turn_ends = {"<|return|>", "<|call|>", "<|end|>"},
       .calls = {harmony_calls("<|channel|>commentary to=functions.", Where::anywhere),
                 harmony_calls("<|channel|>analysis to=functions.", Where::anywhere),
                 harmony_calls(" to=functions.", Where::block)},
       .replaces = true},
      {.name = "kimi",
       .mentions = {"<|tool_call_argument_begin|>"},
       .calls = {kimi_calls()},
       .replaces = true},
      {.name = "lfm2",
       .mentions = {"List of tools: [", "<|im_start|>"},
       .calls = {python_calls("<|tool_call_start|>", "<|tool_call_start|>[", "]<|tool_call_end|>")}},
      {.name = "granite 3",
       .mentions = {"<|tool_call|>", "<|start_of_role|>"},
       .calls = {object_calls("<|tool_call|>", "<|tool_call|>[", "]")}},
      {.name = "granite 3 content",
       .mentions = {"<response>", "</response>", "<|start_of_role|>"},
       .content = {{"<response>", "</response>"}}},
      {.name = "llama 3", .mentions = {"<|python_tag|>", "<|eom_id|>"}, .more_calls = {python_tag_calls()}},
  };
  return all;
}

constexpr std::pair<std::string_view, std::string_view> kReasoningMarks[] = {
    {"<think>", "</think>"},
    {"[THINK]", "[/THINK]"},
};

}  // namespace

Marks known_reasoning(std::string_view source) {
  for (auto [begin, end] : kReasoningMarks) {
    if (source.find(end) != source.npos) return {std::string(begin), std::string(end)};
  }
  return {};
}

void apply_known_formats(std::string_view source, ChatFormat& format) {
  for (const Row& row : rows()) {
    bool mentioned = std::all_of(row.mentions.begin(), row.mentions.end(),
                                 [&](std::string_view text) { return source.find(text) != source.npos; });
    if (!mentioned) continue;
    bool used = false;
    if (!row.reasoning.end.empty()) {
      format.reasoning = row.reasoning;
      used = true;
    }
    if (!row.content.empty()) {
      format.content = row.content;
      used = true;
    }
    for (const std::string& end : row.turn_ends) {
      if (std::find(format.turn_ends.begin(), format.turn_ends.end(), end) == format.turn_ends.end()) {
        format.turn_ends.push_back(end);
      }
    }
    if (!row.calls.empty() && (format.calls.empty() || row.replaces)) {
      format.calls = row.calls;
      used = true;
    }
    for (const CallSyntax& calls : row.more_calls) {
      format.calls.push_back(calls);
      used = true;
    }
    if (used) format.origin += fmt::format("; {} is known to be written so", row.name);
  }
}

}  // namespace hearth
