#include "server/openai_messages.h"

#include "formats/json.h"
#include "server/answer_grammar.h"

namespace hearth {

namespace {

const FieldTable& called_function_fields() {
  static const FieldTable table("CalledFunction",
                                {{"name", Kind::text(), "The function's", true},
                                 {"arguments", Kind::json(R"({"type": ["string", "object"]})"),
                                  "As JSON in a string, or as an object"}});
  return table;
}

const FieldTable& tool_call_fields() {
  static const FieldTable table("ToolCall",
                                {{"id", Kind::text(), "By which its result names it"},
                                 {"type", Kind::text(), "function"},
                                 {"function", Kind::object(called_function_fields), "What is called", true}});
  return table;
}

const FieldTable& message_fields() {
  static const FieldTable table(
      "Message",
      {{"role", Kind::one_of({"system", "developer", "user", "assistant", "tool"}), "Whose it is", true},
       {"content", Kind::list(text_part_fields).or_text(), "What it says"},
       {"name", Kind::text(), "Who in that role"},
       {"reasoning_content", Kind::text(), "What the assistant thought before"},
       {"reasoning", Kind::text(), "The same, by its other name"},
       {"tool_calls", Kind::list(tool_call_fields), "What the assistant called"},
       {"tool_call_id", Kind::text(), "Which call this is the result of"}});
  return table;
}

const FieldTable& function_fields() {
  static const FieldTable table("Function",
                                {{"name", Kind::text(), "By which the model calls it", true},
                                 {"description", Kind::text(), "What it does"},
                                 {"parameters", Kind::object(), "A JSON schema of its arguments"},
                                 {"strict", Kind::flag(), "Whether calls follow the schema to the letter"}});
  return table;
}

const FieldTable& tool_fields() {
  static const FieldTable table("Tool", {{"type", Kind::one_of({"function"}), "What kind of tool it is"},
                                         {"function", Kind::object(function_fields), "The function", true}});
  return table;
}

const FieldTable& function_name_fields() {
  static const FieldTable table("FunctionName", {{"name", Kind::text(), "The function's", true}});
  return table;
}

const FieldTable& tool_choice_fields() {
  static const FieldTable table("ToolChoice",
                                {{"type", Kind::only("function"), "What kind of tool it is"},
                                 {"function", Kind::object(function_name_fields), "The function"},
                                 {"name", Kind::text(), "The same in /v1/responses"}});
  return table;
}

// A string, or parts of type text.
std::string content_text(const Fields& message, std::string_view name = "content") {
  const ChatJson* content = message.find(name);
  if (!content) return {};
  if (content->is_string()) return content->get<std::string>();
  const ChatJson* parts = message.array(name);
  std::string text;
  for (size_t i = 0; parts && i < parts->size(); ++i) {
    Fields part = message.inside(fmt::format("{}[{}]", name, i), (*parts)[i]);
    std::string type = part.required_text("type");
    if (message.failed()) return {};
    if (type != "text" && type != "refusal") {
      part.refuse("type", fmt::format("is {}; this model reads text alone", shown(type)));
      return {};
    }
    text += part.required_text(type);
  }
  return text;
}

// [{"id", "name", "arguments": object}]
ChatJson calls_of(const Fields& message) {
  ChatJson calls = ChatJson::array();
  const ChatJson* given = message.array("tool_calls");
  for (size_t i = 0; given && i < given->size(); ++i) {
    Fields call = message.inside(fmt::format("tool_calls[{}]", i), (*given)[i]);
    const ChatJson* function = call.object("function");
    if (!function) return calls;
    Fields inner = call.inside("function", *function);
    std::string name = inner.required_text("name");
    ChatJson arguments = ChatJson::object();
    if (const ChatJson* object = inner.find("arguments"); object && object->is_object()) {
      arguments = *object;
    } else if (std::string text = inner.text("arguments").value_or(""); !text.empty()) {
      auto parsed = parse_json(text);
      if (!parsed.ok() || !parsed->is_object()) {
        inner.refuse("arguments", "is no JSON object in a string");
        return calls;
      }
      arguments = *std::move(parsed);
    }
    calls.push_back({{"id", call.text("id").value_or("")}, {"name", name}, {"arguments", arguments}});
  }
  return calls;
}

ChatJson message_of(const Fields& message, const ServedModel& model) {
  std::string role = message.required_text("role");
  if (role == "developer") role = "system";  // the newer word for it, which no template knows
  if (role == "assistant") {
    std::string reasoning =
        message.text("reasoning_content").value_or(message.text("reasoning").value_or(""));
    ChatJson calls = calls_of(message);
    std::string text = content_text(message);
    if (message.failed()) return {};
    return assistant_message(model, text, reasoning, calls);
  }
  if (!message.has("content")) message.refuse("content", "is missing; it is a string or an array of parts");
  ChatJson out = {{"role", role}, {"content", content_text(message)}};
  if (auto id = message.text("tool_call_id")) out["tool_call_id"] = *id;
  if (auto name = message.text("name")) out["name"] = *name;
  return out;
}

ChatJson tools_of(const Fields& fields) {
  const ChatJson* tools = fields.array("tools");
  if (!tools || tools->empty()) return nullptr;
  for (size_t i = 0; i < tools->size(); ++i) {
    Fields tool = fields.inside(fmt::format("tools[{}]", i), (*tools)[i]);
    tool.text("type");
    if (const ChatJson* function = tool.object("function"))
      tool.inside("function", *function).required_text("name");
    if (fields.failed()) return nullptr;
  }
  return *tools;
}

}  // namespace

Kind tool_choice_kind() {
  return Kind::json(R"({"anyOf": [{"enum": ["auto", "none", "required"]},
                                  {"$ref": "#/components/schemas/ToolChoice"}]})",
                    tool_choice_fields);
}

const FieldTable& conversation_fields() {
  static const FieldTable table(
      "Conversation",
      {{"messages", Kind::list(message_fields, 1), "What was said", true},
       {"tools", Kind::list(tool_fields), "What the model may call"},
       {"tool_choice", tool_choice_kind(), "Whether it calls, and what"},
       {"parallel_tool_calls", Kind::flag(), "It may call several at once"},
       {"reasoning_effort", Kind::text(), "How hard the model thinks, if its template knows that; none: not"},
       {"chat_template_kwargs", Kind::object(), "More of what the template sees"},
       {"functions", Kind::only(nullptr), "Tools, as they were before there were tools"},
       {"function_call", Kind::only(nullptr), "The choice among them"},
       {"audio", Kind::only(nullptr), "An answer that is spoken"},
       {"web_search_options", Kind::only(nullptr), "An answer that is looked up"}},
      {answer_fields});
  return table;
}

// Tools that the model is not to call are not shown to it.
void choose_tools(const Fields& fields, Conversation& conversation) {
  const ChatJson* choice = fields.find("tool_choice");
  if (!choice) return;
  if (*choice == "none") {
    conversation.tools = nullptr;
    conversation.choice = ToolChoice::none;
  } else if (*choice == "required") {
    conversation.choice = ToolChoice::required;
  } else if (choice->is_object()) {
    Fields inner = fields.inside("tool_choice", *choice);
    inner.only("type");
    const ChatJson* function = inner.object("function");
    conversation.choice = ToolChoice::named;
    conversation.function = (function ? inner.inside("function", *function) : inner).required_text("name");
  } else if (*choice != "auto") {
    fields.expected("tool_choice", *choice, R"("auto", "none", "required" or an object)");
  }
}

Conversation openai_conversation(const Fields& fields, const ServedModel& model) {
  Conversation conversation;
  const ChatJson* messages = fields.array("messages");
  for (size_t i = 0; messages && i < messages->size() && !fields.failed(); ++i)
    conversation.messages.push_back(
        message_of(fields.inside(fmt::format("messages[{}]", i), (*messages)[i]), model));
  conversation.tools = tools_of(fields);
  choose_tools(fields, conversation);
  conversation.parallel = fields.flag("parallel_tool_calls", true);
  conversation.answer = answer_grammar(fields);
  for (const char* name : {"functions", "function_call", "audio", "web_search_options"}) fields.only(name);
  if (auto effort = fields.text("reasoning_effort")) {
    conversation.variables["reasoning_effort"] = *effort;
    if (*effort == "none") conversation.variables["enable_thinking"] = false;
  }
  if (const ChatJson* variables = fields.object("chat_template_kwargs")) {
    // What the server itself gives is not the request's to change.
    for (const auto& [name, value] : variables->items()) {
      if (name != "messages" && name != "tools" && name != "add_generation_prompt" && name != "bos_token" &&
          name != "eos_token")
        conversation.variables[name] = value;
    }
  }
  return conversation;
}

}  // namespace hearth
