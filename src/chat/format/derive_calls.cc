#include "chat/format/derive_calls.h"

#include <algorithm>

#include "chat/format/json_scanner.h"
#include "chat/format/lexemes.h"
#include "chat/format/probe.h"

namespace hearth {

namespace {

using probe::kId;
using probe::kKey;
using probe::kName;
using probe::kSecondId;
using probe::kSecondKey;
using probe::kSecondName;
using probe::kSecondValue;
using probe::kValue;

struct Extent {
  size_t begin, end;
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

std::optional<ChatJson> parse_json(std::string_view text) {
  ChatJson json = ChatJson::parse(text, nullptr, false);
  if (json.is_discarded()) return {};
  return json;
}

bool are_arguments(const ChatJson& json, const std::string& value) {
  return json.is_object() && json.contains(kKey) && json[kKey] == value;
}

// The largest JSON object around the call's name and its arguments.
std::optional<Extent> enclosing_object(std::string_view text, size_t from, const std::string& name,
                                       const std::string& value) {
  size_t name_at = text.find(name, from);
  size_t value_at = text.find(value, from);
  if (name_at == npos || value_at == npos) return {};
  size_t first = std::min(name_at, value_at), last = std::max(name_at, value_at);
  for (size_t at = text.find('{', from); at < first; at = text.find('{', at + 1)) {
    auto end = json_end(text, at);
    if (end && *end > last) return Extent{at, *end};
  }
  return {};
}

// Where the JSON object that is the arguments stands.
std::optional<Extent> arguments_object(std::string_view text, size_t from, const std::string& value) {
  for (size_t at = text.find('{', from); at != npos; at = text.find('{', at + 1)) {
    auto end = json_end(text, at);
    if (!end) continue;
    auto json = parse_json(text.substr(at, *end - at));
    if (json && are_arguments(*json, value)) return Extent{at, *end};
  }
  return {};
}

// Where in an object the parts of a call are.
bool find_paths(const ChatJson& json, CallObject::Path& path, CallObject& found) {
  bool whole = false;
  for (auto member = json.begin(); member != json.end(); ++member) {
    path.push_back(member.key());
    const ChatJson& value = *member;
    if (member.key() == kName && are_arguments(value, kValue)) {
      found.name_is_key = true;
      found.arguments = path;
      whole = true;
    } else if (value == kName) {
      found.name = path;
    } else if (value == kId || value == "0") {
      found.id = path;
    } else if (are_arguments(value, kValue)) {
      found.arguments = path;
    } else if (value.is_string()) {
      auto inner = parse_json(value.get_ref<const std::string&>());
      if (inner && are_arguments(*inner, kValue)) {
        found.arguments = path;
        found.arguments_as_text = true;
      }
    } else if (value.is_object()) {
      find_paths(value, path, found);
    }
    path.pop_back();
  }
  return whole || (!found.name.empty() && !found.arguments.empty());
}

struct Place {
  size_t begin, end;
  CallPart::Kind kind;
};

// Literals between places that stand in order.
std::vector<CallPart> parts_of(std::string_view text, Extent whole, std::vector<Place> places) {
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.begin < b.begin; });
  std::vector<CallPart> parts;
  size_t at = whole.begin;
  auto literal = [&](size_t end) {
    if (end > at) parts.push_back({CallPart::Kind::literal, std::string(text.substr(at, end - at))});
  };
  for (const Place& place : places) {
    literal(place.begin);
    parts.push_back({place.kind});
    at = place.end;
  }
  literal(whole.end);
  return parts;
}

// The calls' texts: what is repeated from call to call, and what surrounds all of them.
struct Framing {
  std::string section_begin{}, call_begin{}, call_end{}, separator{}, section_end{};
  size_t taken = 0;  // bytes of turn_begin that belong to the first call
};

std::string_view drop_suffix(std::string_view text, size_t bytes) {
  return text.substr(0, text.size() - bytes);
}

Framing frame(const std::string& turn_begin, std::string_view before, std::string_view between,
              std::string_view behind) {
  Framing framing;
  std::string all = turn_begin + std::string(before);
  size_t begin = common_suffix(all, between);
  if (begin > before.size()) {
    // Part of what begins each call stands in turn_begin already, unless that is only white space.
    std::string_view shared = std::string_view(all).substr(all.size() - begin, begin - before.size());
    if (blank(shared)) {
      begin = before.size();
    } else {
      framing.taken = begin - before.size();
    }
  }
  std::string_view rest = drop_suffix(between, begin);
  size_t end = common_prefix(rest, behind);
  // White space that begins and ends a call is a separator.
  std::string_view call_end = trim_right(rest.substr(0, end));
  framing.call_end = call_end;
  framing.separator = rest.substr(call_end.size());
  framing.section_end = behind.substr(call_end.size());
  framing.call_begin = between.substr(between.size() - begin);
  framing.section_begin = drop_suffix(std::string_view(all).substr(turn_begin.size() - framing.taken), begin);
  if (!call_end.empty() && framing.separator.empty() && blank(framing.section_end))
    framing.section_end.clear();
  return framing;
}

struct Cores {
  Extent first;
  std::optional<Extent> second;  // in the text of two calls
};

Framing frame(const ShownCalls& shown, const Cores& in_one, const std::optional<Cores>& in_two) {
  if (in_two && in_two->second) {
    std::string_view two = *shown.two;
    return frame(shown.turn_begin, two.substr(0, in_two->first.begin),
                 two.substr(in_two->first.end, in_two->second->begin - in_two->first.end),
                 two.substr(in_two->second->end));
  }
  // Of one call nobody can tell what would be repeated.
  return {.call_begin = shown.one.substr(0, in_one.first.begin),
          .call_end = shown.one.substr(in_one.first.end)};
}

void put_framing(CallSyntax& syntax, Framing&& framing, std::vector<CallPart>&& core) {
  syntax.section_begin = std::move(framing.section_begin);
  syntax.separator = std::move(framing.separator);
  syntax.section_end = std::move(framing.section_end);
  auto literal = [&](std::string&& text) {
    if (text.empty()) return;
    if (!syntax.parts.empty() && syntax.parts.back().kind == CallPart::Kind::literal) {
      syntax.parts.back().text += text;
    } else {
      syntax.parts.push_back({CallPart::Kind::literal, std::move(text)});
    }
  };
  literal(std::move(framing.call_begin));
  for (CallPart& part : core) {
    if (part.kind == CallPart::Kind::literal) {
      literal(std::move(part.text));
    } else {
      syntax.parts.push_back(std::move(part));
    }
  }
  literal(std::move(framing.call_end));
}

std::optional<LearnedCalls> learn_object_calls(const ShownCalls& shown) {
  auto object = enclosing_object(shown.one, 0, kName, kValue);
  if (!object) return {};
  std::string_view text = object->of(shown.one);
  auto json = parse_json(text);
  CallObject::Path path;
  CallObject found;
  if (!json || !find_paths(*json, path, found)) return {};

  std::vector<Place> places;
  size_t name_at = text.find(kName);
  places.push_back({name_at, name_at + kName.size(), CallPart::Kind::name});
  if (found.arguments_as_text) {
    for (size_t at = text.find('"'); at != npos; at = text.find('"', at + 1)) {
      auto end = json_end(text, at);
      if (!end) continue;
      auto inner = parse_json(text.substr(at, *end - at));
      auto arguments = inner && inner->is_string() ? parse_json(inner->get_ref<const std::string&>()) : inner;
      if (arguments && are_arguments(*arguments, kValue)) {
        places.push_back({at, *end, CallPart::Kind::arguments});
        break;
      }
      at = *end - 1;
    }
  } else {
    size_t from = found.name_is_key ? name_at : 1;
    auto arguments = arguments_object(text, from, kValue);
    if (!arguments) return {};
    places.push_back({arguments->begin, arguments->end, CallPart::Kind::arguments});
  }
  if (!found.id.empty()) {
    size_t at = text.find(kId);
    size_t size = kId.size();
    if (at == npos) at = text.find("\"0\"") + 1, size = 1;
    places.push_back({at, at + size, CallPart::Kind::id});
  }

  Cores in_one{*object, {}};
  std::optional<Cores> in_two;
  if (shown.two) {
    if (auto first = enclosing_object(*shown.two, 0, kName, kValue)) {
      in_two = Cores{*first, enclosing_object(*shown.two, first->end, kSecondName, kSecondValue)};
    }
  }
  LearnedCalls learned{};
  Framing framing = frame(shown, in_one, in_two);
  learned.taken = framing.taken;
  learned.syntax.parallel = in_two && in_two->second;
  learned.syntax.object = std::move(found);
  put_framing(learned.syntax, std::move(framing), parts_of(text, {0, text.size()}, std::move(places)));
  return learned;
}

// ---- arguments as parameters

// Text around a value of kKey in a turn with one call.
struct AroundValue {
  std::string before_key;  // from the end of the name
  std::string key_end;     // to the value
  std::string behind;      // to the second key, the first one's name replaced
};

std::string with_key_place(std::string_view text, const std::string& key) {
  std::string replaced(text);
  for (size_t at = replaced.find(key); at != npos; at = replaced.find(key, at + 1)) {
    replaced.replace(at, key.size(), 1, kKeyPlace);
  }
  return replaced;
}

std::optional<AroundValue> around_value(std::string_view text, std::string_view value) {
  size_t name = text.find(kName);
  if (name == npos) return {};
  size_t key = text.find(kKey, name);
  if (key == npos) return {};
  size_t at = text.find(value, key + kKey.size());
  if (at == npos) return {};
  size_t end = at + value.size();
  size_t second = text.find(kSecondKey, end);
  if (second == npos) return {};
  size_t begin = name + kName.size();
  return AroundValue{std::string(text.substr(begin, key - begin)),
                     std::string(text.substr(key + kKey.size(), at - key - kKey.size())),
                     with_key_place(text.substr(end, second - end), kKey)};
}

size_t shared_bytes(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

// Text that a template may escape or guard, if it does any such thing.
const std::string kTricky = "tr'\"\\<&>\n\xc3\xa9k";

void learn_text(const ShownCalls& shown, ParameterSyntax& parameters) {
  auto text = shown.with({{kKey, kTricky}, {kSecondKey, kSecondValue}});
  if (!text) return;
  if (auto around = around_value(*text, kTricky)) {
    // As it is, perhaps guarded.
    std::string open = parameters.key_end + parameters.text_marker + parameters.text_open;
    if (around->key_end.size() > open.size() && around->key_end.starts_with(open)) {
      parameters.guard_open = around->key_end.substr(open.size());
      size_t plain = around->behind.find(parameters.text_close + parameters.value_end);
      if (plain != npos) parameters.guard_close = around->behind.substr(0, plain);
    }
    return;
  }
  parameters.text_is_json = true;
}

// How numbers, words and lists differ from text.
bool learn_values(const ShownCalls& shown, ParameterSyntax& parameters, const AroundValue& text) {
  auto number_turn = shown.with({{kKey, 7177}, {kSecondKey, kSecondValue}});
  auto number = number_turn ? around_value(*number_turn, "7177") : std::nullopt;
  if (!number) number = text;
  size_t same = shared_bytes(text.key_end, number->key_end);
  parameters.key_end = text.key_end.substr(0, same);
  std::string text_rest = text.key_end.substr(same), number_rest = number->key_end.substr(same);
  std::string behind = number->behind;
  if (!number_rest.empty()) {
    parameters.text_marker = text_rest;
    parameters.other_marker = number_rest;
  } else if (!text_rest.empty()) {
    parameters.text_open = text_rest;
    if (!text.behind.ends_with(number->behind)) return false;
    parameters.text_close = text.behind.substr(0, text.behind.size() - number->behind.size());
  }
  parameters.key_begin =
      text.before_key.substr(text.before_key.size() - common_suffix(text.before_key, behind));
  if (blank(parameters.key_begin)) parameters.key_begin.clear();

  auto flag = shown.with({{kKey, true}, {kSecondKey, kSecondValue}});
  parameters.python_words = flag && around_value(*flag, "True").has_value();
  return true;
}

// Lists and objects spelled as parameters: the key inside stands where a key stands.
void learn_nesting(const ShownCalls& shown, ParameterSyntax& parameters) {
  if (parameters.key_begin.empty()) return;
  ChatJson value = {{"inner_key", ChatJson::array({"itemvalue"})}};
  auto text = shown.with({{kKey, value}, {kSecondKey, kSecondValue}});
  if (!text) return;
  std::string inner = parameters.key_begin + "inner_key" + parameters.key_end + parameters.key_begin;
  size_t at = text->find(inner);
  if (at == npos) return;
  at += inner.size();
  size_t end = text->find(parameters.key_end + "itemvalue", at);
  if (end != npos) parameters.item_name = text->substr(at, end - at);
}

std::optional<LearnedCalls> learn_plain_calls(const ShownCalls& shown) {
  std::string_view one = shown.one;
  size_t name = one.find(kName);
  if (name == npos) return {};

  // Of a call in `text` behind `from`: its first and its last byte that differ from call to call.
  auto core = [](std::string_view text, size_t from, const std::string& name, const std::string& id,
                 const std::string& value, const std::string& last) -> std::optional<Extent> {
    size_t at = text.find(name, from);
    if (at == npos) return {};
    size_t begin = std::min(at, text.find(id, from));
    if (auto arguments = arguments_object(text, at, value)) return Extent{begin, arguments->end};
    size_t end = text.find(last, at);
    if (end == npos) return {};
    return Extent{begin, end + last.size()};
  };
  auto first = core(one, 0, kName, kId, kValue, kSecondValue);
  if (!first) return {};
  auto json = arguments_object(one, name, kValue);

  std::optional<Cores> in_two;
  if (shown.two) {
    // The last value of the first call is the first of its kind.
    if (auto a = core(*shown.two, 0, kName, kId, kValue, kSecondValue)) {
      in_two = Cores{*a, core(*shown.two, a->end, kSecondName, kSecondId, kSecondValue, kValue)};
    }
  }
  LearnedCalls learned{};
  CallSyntax& syntax = learned.syntax;
  syntax.parallel = in_two && in_two->second;

  ParameterSyntax parameters;
  std::optional<AroundValue> text;
  if (!json) {
    text = around_value(one, kValue);
    if (!text || !learn_values(shown, parameters, *text)) return {};
  }
  // Behind the arguments: closing marks of the last value, of the arguments and of the call, not told apart yet.
  Framing framing = frame(shown, Cores{*first, {}}, in_two);

  std::vector<Place> places{{name, name + kName.size(), CallPart::Kind::name}};
  if (size_t id = one.find(kId); id != npos) {
    if (id + kId.size() > first->end) return {};
    places.push_back({id, id + kId.size(), CallPart::Kind::id});
  }
  if (json) {
    places.push_back({json->begin, json->end, CallPart::Kind::arguments});
  } else {
    std::string end = with_key_place(framing.call_end, kSecondKey);
    if (end.starts_with(parameters.text_close)) end.erase(0, parameters.text_close.size());
    std::string behind = text->behind.substr(parameters.text_close.size());
    std::string_view between = drop_suffix(behind, parameters.key_begin.size());
    size_t same = common_prefix(between, end);
    parameters.value_end = between.substr(0, same);
    parameters.separator = between.substr(same);
    if (blank(parameters.value_end)) {
      parameters.separator = parameters.value_end + parameters.separator;
      parameters.value_end.clear();
    }
    framing.call_end = end.substr(same);
    size_t key = one.find(kKey, name) - parameters.key_begin.size();
    places.push_back({key, first->end, CallPart::Kind::arguments});
    learn_text(shown, parameters);
    learn_nesting(shown, parameters);
    // Nothing would tell where such a value ends.
    if (!parameters.tagged() && framing.call_end.empty()) return {};
    syntax.parameters = std::move(parameters);
  }
  std::vector<CallPart> parts = parts_of(one, *first, std::move(places));

  // A number that counts the calls: 0 in the first, 1 in the second.
  if (in_two && in_two->second && json) {
    size_t second_name = shown.two->find(kSecondName, in_two->first.end) + kSecondName.size();
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      if (parts[i].kind != CallPart::Kind::name || parts[i + 1].kind != CallPart::Kind::literal) continue;
      std::string text_of_first = parts[i + 1].text;
      std::string_view of_second = std::string_view(*shown.two).substr(second_name, text_of_first.size());
      size_t same = shared_bytes(text_of_first, of_second);
      if (same >= of_second.size() || text_of_first[same] != '0' || of_second[same] != '1') break;
      std::vector<CallPart> split;
      if (same) split.push_back({CallPart::Kind::literal, text_of_first.substr(0, same)});
      split.push_back({CallPart::Kind::index});
      if (same + 1 < text_of_first.size())
        split.push_back({CallPart::Kind::literal, text_of_first.substr(same + 1)});
      auto at = parts.erase(parts.begin() + static_cast<ptrdiff_t>(i) + 1);
      parts.insert(at, split.begin(), split.end());
      break;
    }
  }
  learned.taken = framing.taken;
  put_framing(syntax, std::move(framing), std::move(parts));
  return learned;
}

}  // namespace

std::string call_trigger(std::string_view begin, const std::vector<std::string>& other_marks) {
  std::string_view text = trim(begin);
  if (text.empty()) return "";
  // A bracket alone is no mark.
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return c == '[' || c == '{' || c == '"' || is_space(c); })) {
    return "";
  }
  auto clashes = [&](std::string_view trigger) {
    return std::any_of(other_marks.begin(), other_marks.end(), [&](const std::string& mark) {
      std::string_view other = trim(mark);
      return !other.empty() && (other.starts_with(trigger) || trigger == other);
    });
  };
  if (begins_with_tag(text)) {
    std::string_view tag = text.substr(0, lexeme(text));
    if (!clashes(tag)) return std::string(tag);
    return std::string(text);
  }
  if (text[0] == '{') return "";
  return std::string(trim_right(text.substr(0, text.find('\n'))));
}

std::optional<LearnedCalls> learn_calls(const ShownCalls& shown) {
  auto learned = learn_object_calls(shown);
  if (!learned) learned = learn_plain_calls(shown);
  if (!learned) return {};
  CallSyntax& syntax = learned->syntax;
  // An end of all calls without a beginning is an end of the turn.
  if (blank(syntax.section_begin) && !blank(syntax.section_end)) {
    learned->turn_end = std::move(syntax.section_end);
    syntax.section_begin.clear();
    syntax.section_end.clear();
  }
  if (blank(syntax.section_end) && blank(syntax.section_begin)) {
    syntax.section_begin.clear();
    syntax.section_end.clear();
  }
  return learned;
}

}  // namespace hearth
