// How a model writes its turn: where content, reasoning and tool calls begin and end, and how a call is spelled.
//
// It is a value, learned from the model's own template (derive.h); the parser of what the model writes
// (output_parser.h) and the grammar of what it may write (call_grammar.h) are made from it. Texts stand as the template
// writes them, white space included; who reads a model's output takes that white space as loosely as models do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/template.h"

namespace hearth {

struct Marks {
  std::string begin, end;
};

// How arguments are written that are not one JSON object: <parameter=KEY>VALUE</parameter>, KEY='VALUE', and so on.
struct ParameterSyntax {
  std::string key_begin{};  // before a name
  std::string key_end{};    // between a name and its value
  std::string value_end{};  // behind a value; empty: a value ends where a literal of the language does
  std::string separator{};  // between two parameters
  std::string text_open{}, text_close{};  // around text values, besides
  // Around text that could be mistaken for markup, besides: <![CDATA[ and ]]>.
  std::string guard_open{}, guard_close{};
  // What ends key_end for text and for all else, if that differs: string="true"> and string="false">.
  std::string text_marker{}, other_marker{};
  // Lists and objects are spelled as parameters too, their items under this name.
  std::string item_name{};
  bool text_is_json = false;  // text is written with JSON's or Python's escapes
  bool python_words = false;  // True, False, None

  bool tagged() const { return !value_end.empty(); }
  bool nested() const { return !item_name.empty(); }
  // value_end of this parameter.
  std::string end_of(std::string_view key) const;
};

// In value_end, where the parameter's name stands again. A name may hold it, too.
inline constexpr char kKeyPlace = '\x01';

// A JSON object that names the function and has the arguments.
struct CallObject {
  using Path = std::vector<std::string>;  // of keys
  Path name, arguments, id;               // id: empty if there is none
  bool name_is_key = false;               // {"NAME": {arguments}}
  bool arguments_as_text = false;         // a string that holds JSON
};

struct CallPart {
  enum class Kind : uint8_t { literal, name, id, index, arguments };
  Kind kind = Kind::literal;
  std::string text{};  // of a literal
  bool loose = false;  // models put other text before this literal
};

struct CallSyntax {
  // Where a call may begin: anywhere, at the beginning of a line, or where no content stands before it.
  enum class Where : uint8_t { anywhere, line, block };

  std::string trigger;  // what tells that calls begin; the beginning of what stands before the first name
  Where where = Where::anywhere;
  std::string section_begin, separator, section_end;  // around all calls of a turn
  std::vector<CallPart> parts;                        // one call
  std::optional<CallObject> object;                   // the part from the first { to the last } is JSON
  std::optional<ParameterSyntax> parameters;          // the arguments are not JSON
  std::string id_pattern;  // what an id is where the format makes it: functions.{name}:{index}
  bool parallel = true;    // the template writes several calls in one turn

  bool bare() const { return trigger.empty(); }
};

struct ChatFormat {
  std::string turn_begin;  // <|im_start|>assistant
  std::vector<std::string> turn_ends;
  Marks reasoning;             // no end: the model does not reason, as far as the template tells
  std::vector<Marks> content;  // marks of their own around content; none: it stands free
  std::string content_space;   // white space that begins a turn without being content
  std::vector<CallSyntax> calls;

  // What the template does with the messages it is given.
  std::string
      reasoning_key;  // of a message, where reasoning goes; "content": written into it; empty: dropped
  bool opens_reasoning = false;    // with "content": the template writes reasoning.begin itself
  bool arguments_as_text = false;  // tool calls give their arguments as JSON text
  bool tools = false;              // it shows tools to the model
  bool thinking_switch = false;    // enable_thinking makes a difference
  std::string origin = "derived from the template";

  // The part of a rendered prompt that the model's answer continues: what stands behind the last turn_begin.
  std::string_view opening(std::string_view prompt) const;

  // A past turn of the assistant as this template wants it. `calls`: [{"id", "name", "arguments": object}].
  ChatJson message(const std::string& content, const std::string& reasoning, const ChatJson& calls) const;

  // Whether this, the text of a control token, is among what the model has to write of marks.
  bool spells(std::string_view token) const;

  // For people.
  std::string describe() const;
};

}  // namespace hearth
