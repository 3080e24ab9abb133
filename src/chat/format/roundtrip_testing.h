// For tests: a turn of the assistant as a template renders it, and what the parser makes of it.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/text.h"
#include "chat/format/derive.h"
#include "chat/format/lexemes.h"
#include "chat/format/output_parser.h"

namespace hearth::roundtrip {

using Json = nlohmann::json;  // without an order of keys, which is the template's business

struct Call {
  std::string name, id;
  Json arguments;
  bool operator==(const Call&) const = default;
};

struct Turn {
  std::string content, reasoning;
  std::vector<Call> calls{};
  bool malformed = false;
  bool operator==(const Turn&) const = default;
};

inline void PrintTo(const Turn& turn, std::ostream* out) {
  *out << "content " << quote(turn.content, 400) << ", reasoning " << quote(turn.reasoning, 400);
  for (const Call& call : turn.calls)
    *out << ", " << call.name << " [" << call.id << "] " << call.arguments.dump();
  if (turn.malformed) *out << ", malformed";
}

inline const ChatJson& tools() {
  static const ChatJson tools = ChatJson::parse(R"([
    {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": {
      "type": "object", "required": ["city"], "properties": {
        "city": {"type": "string", "description": "City"}, "days": {"type": "integer", "description": "Days"}}}}},
    {"type": "function", "function": {"name": "edit_file", "description": "Edits", "parameters": {
      "type": "object", "required": ["path"], "properties": {
        "path": {"type": "string", "description": "p"}, "text": {"type": "string", "description": "t"},
        "count": {"type": "integer", "description": "c"}, "ratio": {"type": "number", "description": "r"},
        "force": {"type": "boolean", "description": "f"}, "digits": {"type": "string", "description": "d"},
        "options": {"type": "object", "description": "o", "properties": {
          "langs": {"type": "array", "items": {"type": "string"}, "description": "l"},
          "deep": {"type": "object", "description": "d", "properties": {
            "n": {"type": "integer", "description": "n"}, "s": {"type": "string", "description": "s"}}}}},
        "list": {"type": "array", "items": {"type": "integer"}, "description": "l"}}}}},
    {"type": "function", "function": {"name": "now", "description": "Time", "parameters": {
      "type": "object", "properties": {}}}}])");
  return tools;
}

// What templates and models trip over.
inline std::vector<std::pair<std::string, Turn>> turns() {
  const std::string content = "Grüße, 你好 🦙: \"x\" <b> & {y}\n\n  two lines [1]";
  const std::string reasoning = "First <a> then {\"b\": 1}.\nIt's \"so\" — ok?";
  const Call simple{"get_weather", "callabc01", {{"city", "Paris"}, {"days", 3}}};
  const Call hard{"edit_file",
                  "callabc02",
                  {{"path", "a \"quoted\" path"},
                   {"text", "line one\n  it's <two> & 你好 🦙\n{\"k\": [1]}"},
                   {"count", 7},
                   {"ratio", 1.5},
                   {"force", true},
                   {"digits", "12"},
                   {"options", {{"langs", {"en", "fr"}}, {"deep", {{"n", 2}, {"s", "x y"}}}}},
                   {"list", {1, 2, 3}}}};
  const Call empty{"now", "callabc03", Json::object()};
  return {{"content", {content, ""}},
          {"reasoning and content", {content, reasoning}},
          {"one call", {"", "", {simple}}},
          {"a hard call", {"", "", {hard}}},
          {"a call of nothing", {"", "", {empty}}},
          {"content and a call", {content, "", {simple}}},
          {"reasoning and a call", {"", reasoning, {hard}}},
          {"parallel calls", {"", "", {simple, hard}}},
          {"three calls", {"", "", {empty, simple, hard}}},
          {"everything", {content, reasoning, {hard, simple}}}};
}

// Arguments that are no JSON stand as text.
inline Turn assemble(const std::vector<Delta>& deltas) {
  Turn turn;
  std::vector<std::string> arguments;
  for (const Delta& delta : deltas) {
    turn.malformed |= delta.malformed;
    switch (delta.kind) {
      case Delta::Kind::content: turn.content += delta.text; break;
      case Delta::Kind::reasoning: turn.reasoning += delta.text; break;
      case Delta::Kind::call_begin:
        EXPECT_EQ(delta.call, turn.calls.size());
        turn.calls.push_back({delta.name, delta.id, nullptr});
        arguments.emplace_back();
        break;
      case Delta::Kind::arguments: arguments.at(delta.call) += delta.text; break;
      case Delta::Kind::call_end:
        if (!delta.id.empty()) turn.calls.at(delta.call).id = delta.id;
        break;
      case Delta::Kind::syntax: break;
    }
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    Json json = Json::parse(arguments[i], nullptr, false);
    turn.calls[i].arguments = json.is_discarded() ? Json(arguments[i]) : json;
  }
  return turn;
}

inline std::vector<Delta> deltas(const ChatFormat& format, std::string_view opening,
                                 const std::vector<std::string_view>& chunks, const OutputOptions& options) {
  OutputParser parser(format, options, opening);
  std::vector<Delta> all;
  for (std::string_view chunk : chunks) {
    for (Delta& delta : parser.feed(chunk)) all.push_back(std::move(delta));
  }
  for (Delta& delta : parser.finish()) all.push_back(std::move(delta));
  return all;
}

inline Turn parse(const ChatFormat& format, std::string_view opening,
                  const std::vector<std::string_view>& chunks, const ChatJson& known = tools()) {
  return assemble(deltas(format, opening, chunks, {.tools = known}));
}

// In two chunks at every place, character by character, in chunks of random sizes: all must give what the whole gives.
inline Turn parse_all_ways(const ChatFormat& format, std::string_view opening, std::string_view text,
                           const ChatJson& known = tools()) {
  Turn whole = parse(format, opening, {text}, known);
  std::vector<std::string_view> characters;
  for (std::string_view rest = text; !rest.empty();) {
    uint32_t code = 0;
    size_t length = std::max<size_t>(1, utf8_character(rest, code));
    characters.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  EXPECT_EQ(parse(format, opening, characters, known), whole) << "character by character";
  size_t at = 0;
  for (std::string_view character : characters) {
    at += character.size();
    Turn split = parse(format, opening, {text.substr(0, at), text.substr(at)}, known);
    if (split != whole) {
      ADD_FAILURE() << "cut behind " << quote(text.substr(0, at), 1000) << ": "
                    << testing::PrintToString(split);
      break;
    }
  }
  std::mt19937 random(7);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string_view> chunks;
    for (size_t i = 0; i < characters.size();) {
      size_t count = std::min<size_t>(1 + random() % 9, characters.size() - i), size = 0;
      for (size_t j = 0; j < count; ++j) size += characters[i + j].size();
      chunks.emplace_back(characters[i].data(), size);
      i += count;
    }
    EXPECT_EQ(parse(format, opening, chunks, known), whole) << "in random chunks";
  }
  return whole;
}

struct Subject {
  ChatTemplate chat;
  ChatFormat format;
};

inline Result<Subject> learn(const std::string& source, const std::string& name) {
  TRY(ChatTemplate chat, ChatTemplate::parse(source, name));
  ChatFormat format = derive_format(chat, source, "<s>", "</s>");
  return Subject{std::move(chat), std::move(format)};
}

struct Shown {
  std::string opening, text;
  Turn turn;  // what of the turn the template shows
};

// The turn as the template writes it; nothing if it refuses.
inline std::optional<Shown> show(const Subject& subject, const Turn& turn) {
  const ChatFormat& format = subject.format;
  ChatJson calls = ChatJson::array();
  for (const Call& call : turn.calls) {
    ChatJson arguments = ChatJson::parse(call.arguments.dump());
    calls.push_back({{"id", call.id}, {"name", call.name}, {"arguments", arguments}});
  }
  const std::string question = "Qquestion";
  const ChatJson user = {{"role", "user"}, {"content", question}};
  RenderOptions options;
  options.bos_token = "<s>";
  options.eos_token = "</s>";
  options.now = jinja::read_wall_time("2026-01-15T09:30:00");
  options.variables["enable_thinking"] = !turn.reasoning.empty();
  options.variables["thinking"] = !turn.reasoning.empty();
  auto prompt = subject.chat.render(ChatJson::array({user}), tools(), options);
  options.add_generation_prompt = false;
  auto rendered = subject.chat.render(
      ChatJson::array({user, format.message(turn.content, turn.reasoning, calls)}), tools(), options);
  if (!rendered || !prompt) return {};
  auto alone = subject.chat.render(ChatJson::array({user}), tools(), options);
  Shown shown;
  // What some write at the end of any conversation.
  if (alone && blank(format.turn_begin) == false) {
    size_t same = common_suffix(alone->text, rendered->text);
    std::string_view always = std::string_view(rendered->text).substr(rendered->text.size() - same);
    if (size_t next = always.find(trim(format.turn_begin)); next != always.npos) {
      rendered->text.resize(rendered->text.size() - same + next);
    }
  }
  size_t at = rendered->text.rfind(question) + question.size();
  size_t begin = rendered->text.find(format.turn_begin, at);
  if (begin == std::string::npos) return {};
  shown.text = rendered->text.substr(begin + format.turn_begin.size());
  if (!turn.calls.empty() && shown.text.find(turn.calls.front().name) == std::string::npos) return {};
  // The model's answer continues the prompt for it.
  std::string opening(format.opening(prompt->text));
  bool shows_reasoning = shown.text.find(turn.reasoning) != std::string::npos && !turn.reasoning.empty();
  if (shown.text.starts_with(opening)) {
    shown.opening = opening;
    shown.text.erase(0, opening.size());
  } else if (shows_reasoning &&
             shown.text.find(trim(format.reasoning.begin)) > shown.text.find(turn.reasoning)) {
    shown.opening = opening;
  }
  shown.turn = turn;
  if (!shows_reasoning) shown.turn.reasoning.clear();
  if (shown.text.find(turn.content) == std::string::npos) shown.turn.content.clear();
  if (!format.calls.empty() && !format.calls.front().parallel && turn.calls.size() > 1) return {};
  for (Call& call : shown.turn.calls) {
    if (shown.text.find(call.id) == std::string::npos) call.id.clear();
  }
  return shown;
}

// Calls as the format spells them, for those that no template shows.
inline std::string spell(const ChatFormat& format, const CallSyntax& syntax, const std::vector<Call>& calls) {
  std::string text = syntax.section_begin;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (i > 0) text += syntax.separator;
    for (const CallPart& part : syntax.parts) {
      switch (part.kind) {
        case CallPart::Kind::literal: text += part.text; break;
        case CallPart::Kind::name: text += calls[i].name; break;
        case CallPart::Kind::id: text += calls[i].id; break;
        case CallPart::Kind::index: text += std::to_string(i); break;
        case CallPart::Kind::arguments: {
          if (!syntax.parameters) {
            text += calls[i].arguments.dump();
            break;
          }
          const ParameterSyntax& p = *syntax.parameters;
          bool any = false;
          for (const auto& [key, value] : calls[i].arguments.items()) {
            if (any) text += p.separator;
            any = true;
            text += p.key_begin + key + p.key_end + value.dump() + p.value_end;
          }
          break;
        }
      }
    }
  }
  text += syntax.section_end;
  if (!format.turn_ends.empty()) text += format.turn_ends.front();
  return text;
}

// What was parsed, without ids where the template writes others than it was given.
inline Turn comparable(Turn parsed, const Turn& shown) {
  for (size_t i = 0; i < parsed.calls.size() && i < shown.calls.size(); ++i) {
    if (shown.calls[i].id.empty()) parsed.calls[i].id.clear();
  }
  return parsed;
}

}  // namespace hearth::roundtrip
