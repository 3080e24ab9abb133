#include "chat/format/derive.h"

#include <algorithm>

#include "chat/format/derive_calls.h"
#include "chat/format/known_formats.h"
#include "chat/format/lexemes.h"
#include "chat/format/probe.h"

namespace hearth {

namespace {

using probe::kContent;
using probe::kKey;
using probe::kName;
using probe::kNext;
using probe::kReasoning;
using probe::kSecondKey;
using probe::kSecondName;
using probe::kSecondValue;
using probe::kUser;
using probe::kValue;
using Thinking = Prober::Thinking;
using Shown = std::optional<std::string>;

ChatJson user(const std::string& text) { return {{"role", "user"}, {"content", text}}; }

ChatJson call(const std::string& name, const std::string& id, const ChatJson& arguments, bool as_text) {
  return {{"id", id},
          {"type", "function"},
          {"function", {{"name", name}, {"arguments", as_text ? ChatJson(arguments.dump()) : arguments}}}};
}

// The last sign of a text that stands in front of `before`, if it is a tag.
std::string_view last_tag(std::string_view text) {
  std::string_view found;
  for (std::string_view piece : lexemes(text)) {
    if (begins_with_tag(piece)) found = piece;
  }
  return found;
}

// Tags that say by their name what they are for, in templates that never show reasoning.
bool speaks_of_thinking(std::string_view tag) {
  std::string lower(tag);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return lower.find("think") != npos || lower.find("reason") != npos || lower.find("thought") != npos;
}

class Deriver {
 public:
  Deriver(const Prober& prober, std::string_view source) : prober_(prober), source_(source) {}

  ChatFormat derive() {
    show_turns();
    find_turn_begin();
    find_turn_end();
    complete_turn_begin();
    learn_reasoning();
    learn_calls_of_template();
    learn_content();
    apply_known_formats(source_, format_);
    learn_reasoning_in_content();
    return std::move(format_);
  }

 private:
  // What the template writes behind the user's message: for the message alone, and with the assistant's behind it.
  struct Turn {
    std::string alone, whole;
    std::string_view shared() const { return std::string_view(whole).substr(0, common_prefix(alone, whole)); }
    std::string_view added() const { return std::string_view(whole).substr(common_prefix(alone, whole)); }
  };

  Shown behind_user(const ChatJson& messages, bool prompt, Thinking thinking, bool tools) {
    auto text = prober_.render(messages, prompt, thinking, tools);
    if (!text) return {};
    size_t at = text->rfind(kUser);
    return at == npos ? *text : text->substr(at + kUser.size());
  }

  std::optional<Turn> turn(ChatJson message, Thinking thinking, bool tools) {
    message["role"] = "assistant";
    auto whole = behind_user(ChatJson::array({user(kUser), std::move(message)}), false, thinking, tools);
    if (!whole) return {};
    auto alone = behind_user(ChatJson::array({user(kUser)}), false, thinking, tools);
    return Turn{alone.value_or(""), std::move(*whole)};
  }

  ChatJson calls_message(const ChatJson& calls) {
    ChatJson message = {{"role", "assistant"}};
    if (content_ == Content::empty) message["content"] = "";
    if (content_ == Content::null) message["content"] = nullptr;
    message["tool_calls"] = calls;
    return message;
  }

  ChatJson one_call(const ChatJson& arguments) {
    return ChatJson::array({call(kName, probe::kId, arguments, format_.arguments_as_text)});
  }

  void show_turns() {
    for (Thinking thinking : {Thinking::unset, Thinking::on, Thinking::off}) {
      auto alone = behind_user(ChatJson::array({user(kUser)}), false, thinking, false);
      auto prompt = behind_user(ChatJson::array({user(kUser)}), true, thinking, false);
      if (prompt) prompts_.push_back({alone.value_or(""), *prompt});
      if (prompt && prompts_.size() > 1 && prompts_.front().added() != prompts_.back().added()) {
        format_.thinking_switch = true;
      }
    }
    content_turn_ = turn({{"content", kContent}}, Thinking::unset, false);
    if (content_turn_ && content_turn_->whole.find(kContent) == npos) content_turn_.reset();

    auto with_tools = prober_.render(ChatJson::array({user(kUser)}), true, Thinking::unset, true);
    format_.tools = with_tools && with_tools->find(kName) != npos;

    const ChatJson arguments = {{kKey, kValue}, {kSecondKey, kSecondValue}};
    for (bool as_text : {false, true}) {
      for (Content content : {Content::empty, Content::null, Content::absent}) {
        format_.arguments_as_text = as_text;
        content_ = content;
        auto shown = turn(calls_message(one_call(arguments)), Thinking::unset, true);
        if (!shown || shown->whole.find(kKey) == npos || shown->whole.find(kValue) == npos) continue;
        call_turn_ = std::move(shown);
        return show_reasoning();
      }
    }
    format_.arguments_as_text = false;
    show_reasoning();
  }

  // Which of a message's keys the template takes reasoning from, and where it shows it.
  void show_reasoning() {
    const ChatJson part = ChatJson::array({ChatJson{{"type", "thinking"}, {"thinking", kReasoning}},
                                           ChatJson{{"type", "text"}, {"text", kContent}}});
    for (Thinking thinking : {Thinking::on, Thinking::unset}) {
      for (const char* key : {"reasoning_content", "thinking", "reasoning", "thought", "parts"}) {
        ChatJson message = {{"content", kContent}, {key, kReasoning}};
        if (std::string_view(key) == "parts") message = {{"content", part}};
        auto shown = turn(message, thinking, false);
        if (!shown) continue;
        size_t at = shown->whole.find(kReasoning);
        // Printed as a list, the parts would only seem to be understood.
        if (at == npos || shown->whole.find(kContent, at) == npos || shown->whole.find("'thinking'") != npos)
          continue;
        if (shown->whole.find("\"thinking\"") != npos) continue;
        reasoning_turn_ = std::move(shown);
        format_.reasoning_key = key;
        return;
      }
      if (!call_turn_) continue;
      for (const char* key : {"reasoning_content", "thinking", "reasoning", "thought"}) {
        ChatJson message = calls_message(one_call({{kKey, kValue}, {kSecondKey, kSecondValue}}));
        message[key] = kReasoning;
        auto shown = turn(message, thinking, true);
        if (!shown || shown->whole.find(kReasoning) == npos) continue;
        reasoning_turn_ = std::move(shown);
        format_.reasoning_key = key;
        return;
      }
    }
  }

  // What all turns and all prompts for one begin with.
  void find_turn_begin() {
    std::vector<std::string> heads;
    for (const Turn& prompt : prompts_) heads.emplace_back(prompt.added());
    auto until = [&](const std::optional<Turn>& turn, const std::string& mark) {
      if (turn) heads.emplace_back(turn->added().substr(0, turn->added().find(mark)));
    };
    size_t prompts = heads.size();
    until(content_turn_, kContent);
    until(reasoning_turn_, kReasoning);
    if (heads.empty()) return;
    auto shared_by = [&](size_t from) {
      std::string begin = from < heads.size() ? heads[from] : "";
      for (size_t i = from; i < heads.size(); ++i) begin.resize(common_prefix(begin, heads[i]));
      return begin;
    };
    std::string begin = shared_by(0);
    // What the template says of tools may make that turn's head look shorter than it is.
    if (call_turn_ && (blank(begin) || call_turn_->whole.find(begin) == npos)) {
      until(call_turn_, kName);
      begin = shared_by(0);
      if (blank(begin) && content_turn_) begin = shared_by(prompts);
    }

    // If all of them begin with reasoning, that is not part of it.
    std::string_view tag = last_tag(begin);
    std::string closing = closing_tag(tag);
    if (!closing.empty()) {
      bool closed = speaks_of_thinking(tag) && source_.find(closing) != npos;
      if (reasoning_turn_) {
        std::string_view behind(reasoning_turn_->whole);
        behind.remove_prefix(behind.find(kReasoning) + kReasoning.size());
        closed |= trim_left(behind).starts_with(closing);
      }
      if (closed) begin.resize(static_cast<size_t>(tag.data() - begin.data()));
    }
    // Templates that end everything they write with the beginning of an answer, or begin answers with nothing.
    if (blank(begin)) {
      const std::optional<Turn>& any = content_turn_ ? content_turn_ : call_turn_;
      begin = any ? last_tag(any->shared()) : "";
    }
    format_.turn_begin = begin;
  }

  // The turn's text behind turn_begin.
  std::string_view body(const Turn& turn) const {
    std::string_view text = turn.whole;
    size_t at = text.find(format_.turn_begin);
    return at == npos ? turn.added() : text.substr(at + format_.turn_begin.size());
  }

  void find_turn_end() {
    if (!content_turn_) return;
    std::string_view last = behind(body(*content_turn_), kContent);
    if (!blank(format_.turn_begin)) last = last.substr(0, last.find(trim(format_.turn_begin)));
    auto followed = prober_.render(
        ChatJson::array({user(kUser), {{"role", "assistant"}, {"content", kContent}}, user(kNext)}));
    std::string_view next;
    if (followed && followed->find(kContent) != npos && followed->find(kNext) != npos) {
      next = behind(*followed, kContent);
      next = next.substr(0, next.find(kNext));
    }
    std::string_view end = last;
    if (!next.empty()) end = last.substr(0, common_prefix(last, next));
    std::string content_begin(trim(body(*content_turn_).substr(0, body(*content_turn_).find(kContent))));
    if (blank(end)) {
      // The template leaves the last turn open.
      std::string_view white = next.substr(0, next.size() - trim_left(next).size());
      std::string_view rest = next.substr(white.size());
      if (begins_with_tag(rest)) {
        end = next.substr(0, white.size() + lexeme(rest));
      } else {
        format_.turn_ends = {std::string(end)};
        return;
      }
    }
    // Content with marks of its own ends before the turn does.
    if (begins_with_tag(content_begin) && !speaks_of_thinking(content_begin)) {
      std::string_view rest = end;
      std::string_view first = take_tag(rest);
      if (!first.empty() && begins_with_tag(trim_left(rest))) {
        content_end_ = first;
        end = rest;
      }
    }
    std::string_view rest = end;
    std::string_view first = take_tag(rest);
    if (!first.empty()) {
      size_t white = rest.size() - trim_left(rest).size();
      end = end.substr(0, first.size() + white);
    }
    format_.turn_ends = {std::string(end)};
  }

  // What stands between the end of one turn and turn_begin belongs to turn_begin.
  void complete_turn_begin() {
    if (!content_turn_ || format_.turn_ends.empty() || blank(format_.turn_ends.front())) return;
    std::string_view before = content_turn_->whole;
    before = before.substr(0, before.find(format_.turn_begin));
    std::string_view end = trim(format_.turn_ends.front());
    size_t at = before.rfind(end);
    if (at == before.npos) return;
    std::string_view head = trim_left(before.substr(at + end.size()));
    format_.turn_begin = std::string(head) + format_.turn_begin;
  }

  static std::string_view behind(std::string_view text, const std::string& mark) {
    size_t at = text.find(mark);
    return at == npos ? "" : text.substr(at + mark.size());
  }

  // Takes white space and a tag from the beginning of the text.
  static std::string_view take_tag(std::string_view& text) {
    size_t white = text.size() - trim_left(text).size();
    if (!begins_with_tag(text.substr(white))) return {};
    size_t length = white + lexeme(text.substr(white));
    std::string_view taken = text.substr(0, length);
    text.remove_prefix(length);
    return taken;
  }

  // A turn's body without what reasoning would be in, and up to its end, which is looked for behind `mark`.
  std::string closed_body(const Turn& turn, const std::string& mark) const {
    std::string_view text = body(turn);
    std::string_view end = format_.turn_ends.empty() ? "" : trim(format_.turn_ends.front());
    size_t at = text.rfind(mark);
    if (!end.empty() && at != npos) {
      // The end of the turn may also be what calls begin with.
      size_t stop = text.find(end, at);
      if (stop != npos) text = text.substr(0, stop);
    }
    // What the template writes at the end of any conversation.
    size_t always = common_suffix(turn.alone, text);
    if (at != npos && at + mark.size() + always <= text.size()) text.remove_suffix(always);
    // The head of another message.
    std::string_view whole = turn.whole;
    size_t begin = whole.find(format_.turn_begin);
    std::vector<std::string_view> heads = {trim(format_.turn_begin)};
    if (begin != npos && begin > 0) heads.push_back(lexemes(whole.substr(0, begin)).back());
    for (std::string_view head : heads) {
      size_t stop = at == npos || blank(head) || !begins_with_tag(head) ? npos : text.find(head, at);
      if (stop != npos) text = text.substr(0, stop);
    }
    size_t name = text.find(kName);
    if (name == npos) return std::string(trim_right(text));
    return std::string(without_reasoning(text.substr(0, name))) + std::string(trim_right(text.substr(name)));
  }

  void learn_calls_of_template() {
    if (!call_turn_) return;
    auto two_calls = one_call({{kKey, kValue}, {kSecondKey, kSecondValue}});
    two_calls.push_back(call(kSecondName, probe::kSecondId, {{kKey, kSecondValue}, {kSecondKey, kValue}},
                             format_.arguments_as_text));
    auto two = turn(calls_message(two_calls), Thinking::unset, true);
    if (two && two->whole.find(kSecondName) == npos) two.reset();

    ShownCalls shown;
    shown.turn_begin = format_.turn_begin;
    shown.one = closed_body(*call_turn_, kSecondValue);
    if (two) shown.two = closed_body(*two, kSecondName);
    shown.with = [this](const ChatJson& arguments) -> Shown {
      auto shown = turn(calls_message(one_call(arguments)), Thinking::unset, true);
      if (!shown) return {};
      return closed_body(*shown, kSecondValue);
    };
    auto learned = learn_calls(shown);
    if (!learned) return;
    CallSyntax& syntax = learned->syntax;
    if (learned->taken) format_.turn_begin.resize(format_.turn_begin.size() - learned->taken);
    if (!blank(learned->turn_end)) format_.turn_ends.push_back(learned->turn_end);
    format_.calls.push_back(std::move(syntax));
  }

  // Of what stands between reasoning and what follows it, the part that is gone or still the first thing in a turn that
  // has none.
  static std::string_view end_of_reasoning(std::string_view between, std::string_view plain) {
    std::string_view rest = between;
    std::string_view first = take_tag(rest);
    if (!first.empty() && plain.find(trim(first)) != npos) {
      return between.substr(0, first.size() + rest.size() - trim_left(rest).size());
    }
    size_t shared = between.ends_with(plain) ? plain.size() : common_suffix(between, plain);
    return between.substr(0, between.size() - shared);
  }

  void learn_reasoning() {
    std::string opened;  // by the prompt
    for (const Turn& prompt : prompts_) {
      std::string_view rest = body(prompt);
      if (rest.size() > trim(rest).size() || !blank(rest)) {
        if (opened.empty() && !blank(rest)) opened = rest;
      }
    }
    // The body may be without what the turn has.
    if (size_t at = reasoning_turn_ ? body(*reasoning_turn_).find(kReasoning) : npos; at != npos) {
      std::string_view text = body(*reasoning_turn_);
      format_.reasoning.begin = text.substr(0, at);
      std::string_view rest = text.substr(at + kReasoning.size());
      if (size_t content = rest.find(kContent); content != npos) {
        rest = rest.substr(0, content);
        std::string_view plain =
            content_turn_ ? body(*content_turn_).substr(0, body(*content_turn_).find(kContent)) : "";
        rest = end_of_reasoning(rest, plain);
      } else if (size_t name = rest.find(kName); name != npos && call_turn_) {
        rest = rest.substr(0, name);
        std::string_view plain = body(*call_turn_);
        rest = end_of_reasoning(rest, plain.substr(0, plain.find(kName)));
      }
      if (!blank(format_.turn_begin) && rest.ends_with(format_.turn_begin)) {
        rest.remove_suffix(format_.turn_begin.size());
      }
      format_.reasoning.end = rest;
      if (blank(format_.reasoning.begin)) {
        format_.reasoning.begin = opened.find(trim(rest)) == npos ? opened : "";
      }
      if (blank(format_.reasoning.end)) format_.reasoning = {};
      return;
    }
    // The prompt for an answer tells.
    for (std::string_view piece : lexemes(opened)) {
      std::string closing = closing_tag(piece);
      if (closing.empty() || !speaks_of_thinking(piece)) continue;
      format_.reasoning = {std::string(piece), closing};
      return;
    }
    format_.reasoning = known_reasoning(source_);
  }

  // `head` without reasoning that is opened or closed in it.
  std::string_view without_reasoning(std::string_view head) const {
    std::string_view begin = trim(format_.reasoning.begin), end = trim(format_.reasoning.end);
    if (end.empty()) return head;
    if (size_t at = head.rfind(end); at != npos) return head.substr(at + end.size());
    if (!begin.empty() && trim(head) == begin) return "";
    return head;
  }

  void learn_content() {
    if (content_turn_) {
      std::string_view text = body(*content_turn_);
      std::string_view head = without_reasoning(text.substr(0, text.find(kContent)));
      if (blank(head)) {
        // Behind reasoning all white space is dropped anyway.
        if (format_.reasoning.end.empty() || text.starts_with(head)) format_.content_space = head;
      } else {
        format_.content.push_back({std::string(head), content_end_});
      }
    }
    if (format_.calls.empty()) return;
    CallSyntax& calls = format_.calls.front();
    std::string begin = calls.section_begin;
    if (calls.parts.front().kind == CallPart::Kind::literal) begin += calls.parts.front().text;

    std::vector<std::string> marks = format_.turn_ends;
    for (const Marks& content : format_.content) marks.push_back(content.begin);
    calls.trigger = call_trigger(begin, marks);
    calls.where = calls.bare() ? CallSyntax::Where::block : where_of(calls);
  }

  // A word can begin a call where it stands in templates: on a line of its own, or right behind content.
  CallSyntax::Where where_of(const CallSyntax& calls) {
    if (calls.trigger.find('<') != npos || begins_with_tag(calls.trigger)) return CallSyntax::Where::anywhere;
    ChatJson message = calls_message(one_call({{kKey, kValue}, {kSecondKey, kSecondValue}}));
    message["content"] = kContent;
    auto shown = turn(message, Thinking::unset, true);
    if (!shown) return CallSyntax::Where::line;
    std::string_view text = behind(shown->whole, kContent);
    if (text.starts_with(calls.trigger)) return CallSyntax::Where::anywhere;
    return CallSyntax::Where::line;
  }

  // Templates that know nothing of reasoning may still pass on what stands in content.
  void learn_reasoning_in_content() {
    const Marks& marks = format_.reasoning;
    if (!format_.reasoning_key.empty() || marks.end.empty() || !content_turn_) return;
    std::string begin(trim(marks.begin));
    std::string inner = kReasoning + "\n" + std::string(trim(marks.end)) + "\n\n" + kContent;
    for (bool opens : {false, true}) {
      auto shown = turn({{"content", opens ? inner : begin + "\n" + inner}}, Thinking::on, false);
      if (!shown) continue;
      std::string_view text = body(*shown);
      size_t at = text.find(kReasoning);
      if (at == npos || text.find(kContent) == npos) continue;
      std::string_view head = text.substr(0, at);
      size_t first = begin.empty() ? npos : head.find(begin);
      if (first == npos || head.find(begin, first + 1) != npos) continue;
      if (head.find(trim(marks.end), first) != npos) continue;
      format_.reasoning_key = "content";
      format_.opens_reasoning = opens;
      return;
    }
  }

  enum class Content : uint8_t { empty, null, absent };

  const Prober& prober_;
  std::string_view source_;
  ChatFormat format_;
  std::vector<Turn> prompts_;  // alone: without the prompt for an answer
  std::optional<Turn> content_turn_, call_turn_, reasoning_turn_;
  Content content_ = Content::empty;  // what messages with calls have for content
  std::string content_end_;
};

}  // namespace

ChatFormat derive_format(const ChatTemplate& chat_template, std::string_view source,
                         const std::string& bos_token, const std::string& eos_token) {
  Prober prober(chat_template, bos_token, eos_token);
  ChatFormat format = Deriver(prober, source).derive();
  // Some templates write it behind a last turn whose end is another token.
  auto& ends = format.turn_ends;
  if (!eos_token.empty() && std::find(ends.begin(), ends.end(), eos_token) == ends.end())
    ends.push_back(eos_token);
  return format;
}

}  // namespace hearth
