#include "chat/format/format.h"

#include "base/text.h"
#include "chat/format/lexemes.h"

namespace hearth {

std::string ParameterSyntax::end_of(std::string_view key) const {
  std::string end;
  for (char c : value_end) {
    if (c == kKeyPlace) {
      end += key;
    } else {
      end += c;
    }
  }
  return end;
}

std::string_view ChatFormat::opening(std::string_view prompt) const {
  if (blank(turn_begin)) return "";
  std::string_view mark = trim_right(turn_begin);
  size_t at = prompt.rfind(mark);
  if (at == prompt.npos) return "";
  std::string_view rest = prompt.substr(at + mark.size());
  std::string_view white = std::string_view(turn_begin).substr(mark.size());
  if (rest.starts_with(white)) rest.remove_prefix(white.size());
  return rest;
}

ChatJson ChatFormat::message(const std::string& text, const std::string& thoughts,
                             const ChatJson& made) const {
  ChatJson message = {{"role", "assistant"}, {"content", text}};
  if (!thoughts.empty() && reasoning_key == "parts") {
    message["content"] = ChatJson::array(
        {ChatJson{{"type", "thinking"}, {"thinking", thoughts}}, ChatJson{{"type", "text"}, {"text", text}}});
  } else if (reasoning_key == "content" && opens_reasoning && thoughts.empty() && !text.empty()) {
    message["content"] = std::string(trim(reasoning.end)) + "\n\n" + text;
  } else if (!thoughts.empty() && reasoning_key == "content") {
    std::string begin = opens_reasoning ? "" : std::string(trim(reasoning.begin)) + "\n";
    message["content"] = begin + thoughts + "\n" + std::string(trim(reasoning.end)) + "\n\n" + text;
  } else if (!thoughts.empty() && !reasoning_key.empty()) {
    message[reasoning_key] = thoughts;
  }
  for (const ChatJson& call : made) {
    const ChatJson& arguments = call["arguments"];
    message["tool_calls"].push_back(
        {{"id", call["id"]},
         {"type", "function"},
         {"function",
          {{"name", call["name"]},
           {"arguments", arguments_as_text ? ChatJson(arguments.dump()) : arguments}}}});
  }
  return message;
}

namespace {

std::string shown(std::string_view text) { return quote(text, 200); }

// A call as it would be written, with names in capitals where something else would stand.
std::string sketch(const CallSyntax& calls) {
  std::string text;
  for (const CallPart& part : calls.parts) {
    switch (part.kind) {
      case CallPart::Kind::literal: text += (part.loose ? "..." : "") + part.text; break;
      case CallPart::Kind::name: text += "NAME"; break;
      case CallPart::Kind::id: text += "ID"; break;
      case CallPart::Kind::index: text += "0"; break;
      case CallPart::Kind::arguments:
        if (!calls.parameters) {
          text += "{ARGUMENTS}";
        } else {
          const ParameterSyntax& p = *calls.parameters;
          text += p.key_begin + "KEY" + p.key_end + p.text_marker + p.text_open + "VALUE" + p.text_close +
                  p.end_of("KEY");
        }
    }
  }
  return text;
}

std::string where_text(CallSyntax::Where where) {
  switch (where) {
    case CallSyntax::Where::anywhere: return "anywhere";
    case CallSyntax::Where::line: return "at the beginning of a line";
    case CallSyntax::Where::block: return "where no content stands before it";
  }
  return "";
}

}  // namespace

bool ChatFormat::spells(std::string_view token) const {
  auto in = [&](const std::string& text) { return text.find(token) != text.npos; };
  auto in_marks = [&](const Marks& marks) { return in(marks.begin) || in(marks.end); };
  if (in_marks(reasoning) || std::any_of(content.begin(), content.end(), in_marks)) return true;
  // Behind reasoning, formats whose content has marks begin again.
  if (!content.empty() && in(turn_begin)) return true;
  return std::any_of(calls.begin(), calls.end(), [&](const CallSyntax& syntax) {
    if (in(syntax.section_begin) || in(syntax.separator) || in(syntax.section_end)) return true;
    for (const CallPart& part : syntax.parts) {
      // What stands before a loose text may be any.
      if (part.loose || in(part.text)) return true;
    }
    if (!syntax.parameters) return false;
    const ParameterSyntax& p = *syntax.parameters;
    return in(p.key_begin) || in(p.key_end) || in(p.value_end) || in(p.separator) || in(p.text_open) ||
           in(p.text_close) || in(p.guard_open) || in(p.guard_close);
  });
}

std::string ChatFormat::describe() const {
  std::string out;
  auto line = [&](std::string_view what, const std::string& value) {
    out += fmt::format("{:<24} {}\n", what, value);
  };
  line("a turn begins", turn_begin.empty() ? "with nothing of its own" : shown(turn_begin));
  for (const std::string& end : turn_ends)
    line("a turn ends", end.empty() ? "with nothing of its own" : shown(end));
  for (const Marks& marks : content) {
    line("content", shown(marks.begin) + " ... " + (marks.end.empty() ? "the end" : shown(marks.end)));
  }
  if (content.empty()) line("content", content_space.empty() ? "as it is" : "behind " + shown(content_space));
  if (reasoning.end.empty()) {
    line("reasoning", "not as far as the template tells");
  } else {
    line("reasoning", (reasoning.begin.empty() ? "the beginning" : shown(reasoning.begin)) + " ... " +
                          shown(reasoning.end));
    line("  in past turns", reasoning_key.empty()        ? "left out"
                            : reasoning_key == "content" ? "taken as it stands in content"
                            : reasoning_key == "parts"   ? "taken from parts of the content"
                                                         : "taken from " + reasoning_key);
  }
  line("  enable_thinking", thinking_switch ? "changes the prompt" : "changes nothing in the prompt");
  line("tools", tools ? "shown to the model" : "not shown to the model");
  if (calls.empty()) line("calls", "unknown");
  for (const CallSyntax& syntax : this->calls) {
    line("calls begin",
         (syntax.bare() ? "unmarked" : "at " + shown(syntax.trigger)) + ", " + where_text(syntax.where));
    if (!syntax.section_begin.empty() || !syntax.section_end.empty()) {
      line("  all of them", shown(syntax.section_begin) + " ... " + shown(syntax.section_end));
    }
    line("  one", shown(sketch(syntax)));
    line("  several", !syntax.parallel           ? "not in one turn"
                      : syntax.separator.empty() ? "one behind the other"
                                                 : "with " + shown(syntax.separator) + " between");
    if (syntax.object) {
      line("  arguments",
           syntax.object->arguments_as_text ? "JSON in a JSON text" : "JSON in the call's object");
    } else if (!syntax.parameters) {
      line("  arguments", "JSON");
    } else {
      const ParameterSyntax& p = *syntax.parameters;
      std::string how = p.tagged() ? "between tags" : "as literals";
      if (p.text_is_json) how += ", text with escapes";
      if (!p.guard_open.empty())
        how += ", markup guarded by " + shown(p.guard_open) + " " + shown(p.guard_close);
      if (!p.other_marker.empty())
        how += ", " + shown(p.text_marker) + " for text, " + shown(p.other_marker) + " else";
      if (p.python_words) how += ", True, False and None";
      if (p.nested()) how += ", lists as " + shown(p.item_name);
      line("  arguments", how);
    }
    if (!syntax.id_pattern.empty()) line("  ids", syntax.id_pattern);
  }
  if (arguments_as_text) line("  in past turns", "arguments are given as text");
  line("known", origin);
  return out;
}

}  // namespace hearth
