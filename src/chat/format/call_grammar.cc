#include "chat/format/call_grammar.h"

#include <algorithm>

#include "base/text.h"
#include "chat/format/gbnf.h"
#include "chat/format/lexemes.h"
#include "chat/format/output_parser.h"
#include "chat/format/values.h"

namespace hearth {

namespace {

using gbnf::literal;

constexpr int kDeepestParameter = 32;

void join(std::string& sequence, const std::string& piece) {
  if (piece.empty()) return;
  if (!sequence.empty()) sequence += ' ';
  sequence += piece;
}

// How much of `begin` the prompt has written already.
std::string_view begun_part(std::string_view begin, std::string_view opening) {
  begin = trim_left(begin);
  for (size_t size = std::min(begin.size(), opening.size()); size > 0; --size) {
    if (opening.ends_with(begin.substr(0, size))) return begin.substr(0, size);
  }
  return "";
}

class Writer {
 public:
  explicit Writer(const ChatFormat& format) : format_(format) {}

  std::string take() { return std::move(rules_); }
  std::vector<TurnGrammar::Schema> take_schemas() { return std::move(schemas_); }

  void rule(const std::string& name, const std::string& body) { rules_ += name + " ::= " + body + "\n"; }

  std::string schema(const ChatJson& value) {
    std::string name = fmt::format("json-{}", schemas_.size());
    schemas_.push_back({name, value});
    return name;
  }

  // Any text up to and with `end`.
  std::string until(std::string_view end) {
    auto known = std::find(ends_.begin(), ends_.end(), end);
    std::string name = fmt::format("text-{}", known - ends_.begin());
    if (known == ends_.end()) {
      ends_.emplace_back(end);
      rules_ += gbnf::until(name, end);
    }
    return name;
  }

  // Content with its marks, less what the prompt has written of them. The mark behind it may as well be the turn's end.
  std::string content(std::string_view opening) const {
    if (format_.content.empty()) return std::string(kContentRule);
    const Marks& marks = format_.content.front();
    std::string body = literal(marks.begin.substr(begun_part(marks.begin, opening).size()));
    join(body, std::string(kContentRule));
    if (!blank(marks.end)) join(body, "(" + literal(marks.end) + ")?");
    return body;
  }

  // The rules `root` and `answer`, which stands behind reasoning.
  void root(const std::string& answer, std::string_view opening) {
    rule("answer", answer);
    std::string_view begin = trim(format_.reasoning.begin), end = trim(format_.reasoning.end);
    if (end.empty()) return rule("root", "answer");
    OutputParser parser(format_, {}, opening);
    std::string thought = until(end) + " space";
    // Where content has marks, each part of a turn may begin like a turn of its own.
    if (!format_.content.empty() && !blank(format_.turn_begin))
      thought += " (" + literal(trim(format_.turn_begin)) + ")?";
    rule("space", "[ \\t\\n]*");
    if (parser.in_reasoning()) return rule("root", thought + " answer");
    if (opening.find(end) != opening.npos || begin.empty()) return rule("root", "answer");
    rule("root", "(" + literal(begin) + " " + thought + ")? answer");
  }

  // Calls of these functions. `from` bytes of what begins them stand there already.
  std::string calls(const CallSyntax& syntax, const std::vector<const ChatJson*>& functions, bool parallel,
                    std::string_view begun) {
    std::string names;
    for (const ChatJson* function : functions) {
      std::string name = fmt::format("call-{}", calls_++);
      rule(name, call(syntax, *function, false));
      join(names, (names.empty() ? "" : "| ") + name);
    }
    // What stands before the first name, less what is written.
    std::string begin = syntax.section_begin;
    bool in_call = blank(begin);
    std::string first = names;
    if (!begun.empty() && in_call) {
      // The beginning of a call itself: the first call is spelled without it.
      std::string rest_names;
      for (const ChatJson* function : functions) {
        std::string name = fmt::format("call-{}", calls_++);
        rule(name, call(syntax, *function, true, begun));
        join(rest_names, (rest_names.empty() ? "" : "| ") + name);
      }
      first = rest_names;
    } else if (begin.starts_with(begun)) {
      begin.erase(0, begun.size());
    }
    std::string body = literal(trim_left(begin));
    join(body, "(" + first + ")");
    if (parallel && syntax.parallel) {
      std::string more = literal(syntax.separator);
      join(more, "(" + names + ")");
      join(body, "(" + more + ")*");
    }
    join(body, literal(syntax.section_end));
    return body;
  }

 private:
  std::string call(const CallSyntax& syntax, const ChatJson& function, bool is_begun,
                   std::string_view begun = {}) {
    std::string body;
    bool first = true;
    for (const CallPart& part : syntax.parts) {
      std::string piece;
      switch (part.kind) {
        case CallPart::Kind::literal: {
          std::string_view text = part.text;
          if (first) {
            // Where a turn begins with a call, no white space stands before it.
            std::string_view white = text.substr(0, text.size() - trim_left(text).size());
            if (!white.empty()) body = "(" + literal(white) + ")?";
            text = trim_left(text);
            if (is_begun && text.starts_with(begun)) text.remove_prefix(begun.size());
          }
          piece = part.loose ? until(text) : literal(text);
          break;
        }
        case CallPart::Kind::name: piece = literal(function["name"].get_ref<const std::string&>()); break;
        case CallPart::Kind::id: piece = "[a-zA-Z0-9_.:-]+"; break;
        case CallPart::Kind::index: piece = "[0-9]+"; break;
        case CallPart::Kind::arguments: piece = arguments(syntax, function); break;
      }
      first = false;
      join(body, piece);
    }
    return body;
  }

  std::string arguments(const CallSyntax& syntax, const ChatJson& function) {
    ChatJson parameters = {{"type", "object"}};
    if (auto given = function.find("parameters"); given != function.end() && given->is_object())
      parameters = *given;
    if (syntax.object && syntax.object->arguments_as_text) { return R"("\"" ([^"\\] | "\\" [^\n])* "\"")"; }
    if (!syntax.parameters) return schema(parameters);
    return parameters_of(*syntax.parameters, parameters, 0);
  }

  // Parameters in the order of the schema; those that are not required may be left out.
  std::string parameters_of(const ParameterSyntax& syntax, const ChatJson& object, int depth) {
    auto properties = object.find("properties");
    if (properties == object.end() || !properties->is_object() || properties->empty()) {
      return depth == 0 && syntax.tagged() ? "[ \\n]*" : "";
    }
    auto required = object.find("required");
    auto is_required = [&](const std::string& key) {
      return required != object.end() && required->is_array() &&
             std::find(required->begin(), required->end(), ChatJson(key)) != required->end();
    };
    std::string separator = literal(syntax.separator);
    // A list of names, each with what may follow it, so that separators stand between and nowhere else.
    std::vector<std::pair<std::string, bool>> items;
    for (auto property = properties->begin(); property != properties->end(); ++property) {
      std::string name = fmt::format("parameter-{}", parameters_++);
      rule(name, parameter(syntax, property.key(), *property, depth));
      items.emplace_back(name, is_required(property.key()));
    }
    if (blank(syntax.separator)) {
      std::string body;
      for (auto& [name, needed] : items) {
        std::string item = separator.empty() ? name : "(" + separator + ")? " + name;
        join(body, needed ? item : "(" + item + ")?");
      }
      return body;
    }
    return list(items, separator);
  }

  // Some of the items in their order, all that are needed among them, with separators between. A rule for what may
  // stand behind each, so that the grammar is as long as the list.
  std::string list(const std::vector<std::pair<std::string, bool>>& items, const std::string& separator) {
    std::vector<std::string> behind(items.size());
    size_t number = lists_++;
    for (size_t i = items.size() - 1; i > 0; --i) {
      const auto& [name, needed] = items[i];
      std::string body = needed ? separator + " " + name : "(" + separator + " " + name + ")?";
      join(body, behind[i]);
      behind[i - 1] = fmt::format("parameters-{}-{}", number, i);
      rule(behind[i - 1], body);
    }
    std::string alternatives;
    for (size_t i = 0; i < items.size(); ++i) {
      alternatives += (i > 0 ? " | " : "") + items[i].first;
      join(alternatives, behind[i]);
      if (items[i].second) break;
      if (i + 1 == items.size()) alternatives += " | \"\"";
    }
    std::string all = fmt::format("parameters-{}", number);
    rule(all, alternatives);
    return all;
  }

  std::string parameter(const ParameterSyntax& syntax, const std::string& key, const ChatJson& value,
                        int depth) {
    ValueKind kind = kind_of_schema(&value);
    bool text = kind != ValueKind::other;
    std::string body =
        literal(syntax.key_begin + key + syntax.key_end + (text ? syntax.text_marker : syntax.other_marker));
    if (!syntax.tagged()) {
      join(body, text ? field_text(syntax) : field_value(syntax, value));
      return body;
    }
    std::string end = syntax.end_of(key);
    bool list = value.contains("items"), object = value.contains("properties");
    if (syntax.nested() && !text && depth < kDeepestParameter && (list || object)) {
      if (object) {
        join(body, parameters_of(syntax, value, depth + 1));
      } else {
        std::string item = fmt::format("parameter-{}", parameters_++);
        rule(item, parameter(syntax, syntax.item_name, value["items"], depth + 1));
        join(body, item + "*");
      }
      join(body, literal(end));
    } else if (!text && !syntax.text_is_json) {
      join(body, schema(value));
      join(body, literal(end));
    } else if (syntax.text_is_json) {
      join(body, schema(value));
      join(body, literal(end));
    } else {
      join(body, until(end));
    }
    return body;
  }

  std::string field_text(const ParameterSyntax& syntax) {
    if (syntax.text_is_json) return R"("\"" ([^"\\\n] | "\\" [^\n])* "\"")";
    return literal(syntax.text_open) + " " + until(syntax.text_close);
  }

  // Numbers and words are JSON's; what holds others is spelled in the format's own way.
  std::string field_value(const ParameterSyntax& syntax, const ChatJson& value) {
    bool plain =
        syntax.text_is_json || !(value.contains("items") || value.contains("properties") ||
                                 value.value("type", "") == "array" || value.value("type", "") == "object");
    if (plain) return schema(value);
    if (!literals_) {
      literals_ = true;
      rule("literal", R"(literal-text | literal-word | "[" (literal ("," " "? literal)*)? "]" | )"
                      R"("{" (literal-pair ("," " "? literal-pair)*)? "}")");
      rule("literal-pair", R"(literal-key ":" " "? literal)");
      rule("literal-text", field_text(syntax));
      rule("literal-key", "literal-text | [a-zA-Z_] [a-zA-Z0-9_-]*");
      rule("literal-word", "\"-\"? [0-9]+ (\".\" [0-9]+)? | \"true\" | \"false\" | \"null\"");
    }
    return "literal";
  }

  const ChatFormat& format_;
  std::string rules_;
  std::vector<TurnGrammar::Schema> schemas_;
  std::vector<std::string> ends_;
  size_t calls_ = 0, parameters_ = 0, lists_ = 0;
  bool literals_ = false;
};

Result<std::vector<const ChatJson*>> functions_of(const GrammarRequest& request) {
  std::vector<const ChatJson*> functions;
  if (request.tools.is_array()) {
    for (const ChatJson& tool : request.tools) {
      if (!tool.is_object()) continue;
      const ChatJson* function = &tool;
      if (auto inner = tool.find("function"); inner != tool.end() && inner->is_object()) function = &*inner;
      auto name = function->find("name");
      if (name == function->end() || !name->is_string()) continue;
      if (request.choice == ToolChoice::named && *name != request.function) continue;
      functions.push_back(function);
    }
  }
  if (!functions.empty()) return functions;
  if (request.choice == ToolChoice::named) {
    return fail("tool_choice names {}, which is none of the tools", quote(request.function));
  }
  return fail("tool_choice asks for a call, and there are no tools");
}

std::string first_text(const CallSyntax& syntax) {
  std::string begin = syntax.section_begin;
  if (blank(begin) && !syntax.parts.empty()) begin = syntax.parts.front().text;
  return begin;
}

}  // namespace

Result<TurnGrammar> call_grammar(const ChatFormat& format, const GrammarRequest& request) {
  TurnGrammar grammar;
  bool must_call = request.choice == ToolChoice::required || request.choice == ToolChoice::named;
  bool may_call = request.choice == ToolChoice::automatic && request.tools.is_array() &&
                  !request.tools.empty() && !format.calls.empty();
  bool lazy = may_call && !request.content;
  if (!must_call && !may_call && !request.content) return grammar;
  Writer writer(format);
  std::string answer;
  if (must_call || may_call) {
    TRY(auto functions, functions_of(request));
    if (format.calls.empty())
      return fail("this model's chat template does not tell how it calls tools, so it cannot be made to");
    for (const CallSyntax& syntax : format.calls) {
      std::string begin = first_text(syntax);
      std::string_view begun = lazy ? "" : begun_part(begin, request.opening);
      join(answer, (answer.empty() ? "" : "| ") + writer.calls(syntax, functions, request.parallel, begun));
      if (!lazy) continue;
      if (syntax.bare()) {
        std::string text = syntax.section_begin + (syntax.parts.empty() ? "" : syntax.parts.front().text);
        grammar.triggers.emplace_back(trim_left(text));
        grammar.triggers_only_first = true;
      } else {
        grammar.triggers.emplace_back(trim_left(syntax.trigger));
      }
    }
  }
  if (request.content && !must_call)
    join(answer, (answer.empty() ? "" : "| ") + writer.content(request.opening));
  if (lazy) {
    writer.rule("root", answer);
  } else {
    writer.root(answer, request.opening);
  }
  grammar.gbnf = writer.take();
  grammar.schemas = writer.take_schemas();
  return grammar;
}

}  // namespace hearth
