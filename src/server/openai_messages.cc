#include "server/openai_messages.h"

#include "formats/json.h"
#include "server/answer_grammar.h"

namespace hearth {

namespace {

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
    if (!function) {
      call.refuse("function", "is missing; it is an object");
      return calls;
    }
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
  if (role != "system" && role != "user" && role != "tool") {
    message.refuse("role",
                   fmt::format("is {}, expected system, developer, user, assistant or tool", shown(role)));
    return {};
  }
  if (!message.has("content")) message.refuse("content", "is missing; it is a string, or an array of parts");
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
    if (std::string type = tool.text("type").value_or("function"); type != "function")
      tool.refuse("type", fmt::format("is {}, expected \"function\"", shown(type)));
    const ChatJson* function = tool.object("function");
    if (!function) {
      tool.refuse("function", "is missing; it is an object");
    } else {
      tool.inside("function", *function).required_text("name");
    }
    if (fields.failed()) return nullptr;
  }
  return *tools;
}

}  // namespace

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
    inner.only("type", "function");
    const ChatJson* function = inner.object("function");
    conversation.choice = ToolChoice::named;
    conversation.function = (function ? inner.inside("function", *function) : inner).required_text("name");
  } else if (*choice != "auto") {
    fields.refuse("tool_choice", fmt::format("is {}, expected \"auto\", \"none\", \"required\" or an object",
                                             shown(*choice)));
  }
}

Conversation openai_conversation(const Fields& fields, const ServedModel& model) {
  Conversation conversation;
  const ChatJson* messages = fields.array("messages");
  if (!messages || messages->empty())
    fields.refuse("messages", "is missing or empty; it is an array of messages");
  for (size_t i = 0; messages && i < messages->size() && !fields.failed(); ++i)
    conversation.messages.push_back(
        message_of(fields.inside(fmt::format("messages[{}]", i), (*messages)[i]), model));
  conversation.tools = tools_of(fields);
  choose_tools(fields, conversation);
  conversation.parallel = fields.flag("parallel_tool_calls", true);
  conversation.answer = answer_grammar(fields);
  for (const char* name : {"functions", "function_call", "audio", "web_search_options"}) {
    if (fields.has(name)) fields.refuse(name, "this server does not do that", 501);
  }
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
