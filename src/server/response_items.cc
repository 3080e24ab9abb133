#include "server/response_items.h"

#include "formats/json.h"

namespace hearth {

namespace {

// A string, or parts that are text.
std::string item_text(const Fields& item, std::string_view name) {
  const ChatJson* given = item.find(name);
  if (!given) return {};
  if (given->is_string()) return given->get<std::string>();
  const ChatJson* parts = item.array(name);
  std::string text;
  for (size_t i = 0; parts && i < parts->size() && !item.failed(); ++i) {
    Fields part = item.inside(fmt::format("{}[{}]", name, i), (*parts)[i]);
    std::string type = part.required_text("type");
    if (type == "input_text" || type == "output_text" || type == "text" || type == "reasoning_text" ||
        type == "summary_text") {
      text += part.required_text("text");
    } else if (type == "refusal") {
      text += part.required_text("refusal");
    } else {
      part.refuse("type", fmt::format("is {}; this model reads text alone", shown(type)));
    }
  }
  return text;
}

// Gathers the items of a turn of the assistant until another speaks.
class ItemReader {
 public:
  ItemReader(const ServedModel& model, ChatJson& messages) : model_(model), messages_(messages) {}

  void read(const Fields& item) {
    std::string type = item.text("type").value_or("message");
    if (type == "message") {
      read_message(item);
    } else if (type == "function_call") {
      read_call(item);
    } else if (type == "function_call_output") {
      end_turn();
      messages_.push_back({{"role", "tool"},
                           {"tool_call_id", item.required_text("call_id")},
                           {"content", item_text(item, "output")}});
    } else if (type == "reasoning") {
      std::string thought = item_text(item, "content");
      reasoning_ += thought.empty() ? item_text(item, "summary") : thought;
      begun_ = true;
    }
  }

  void end_turn() {
    if (!std::exchange(begun_, false)) return;
    messages_.push_back(assistant_message(model_, std::exchange(text_, {}), std::exchange(reasoning_, {}),
                                          std::exchange(calls_, ChatJson::array())));
  }

 private:
  void read_message(const Fields& item) {
    std::string role = item.required_text("role");
    if (!item.has("content")) item.refuse("content", "is missing; it is a string, or an array of parts");
    if (role == "assistant") {
      // A second message of the assistant is a turn of its own, unless only reasoning stands before it.
      if (!text_.empty() || !calls_.empty()) end_turn();
      text_ += item_text(item, "content");
      begun_ = true;
      return;
    }
    end_turn();
    if (role == "developer") role = "system";
    messages_.push_back({{"role", role}, {"content", item_text(item, "content")}});
  }

  void read_call(const Fields& item) {
    std::string name = item.required_text("name"), text = item.text("arguments").value_or("");
    auto arguments = parse_json(text.empty() ? "{}" : text);
    if (!arguments.ok() || !arguments->is_object())
      return item.refuse("arguments", "is no JSON object in a string");
    calls_.push_back(
        {{"id", item.required_text("call_id")}, {"name", name}, {"arguments", *std::move(arguments)}});
    begun_ = true;
  }

  const ServedModel& model_;
  ChatJson& messages_;
  std::string text_, reasoning_;
  ChatJson calls_ = ChatJson::array();
  bool begun_ = false;
};

}  // namespace

const FieldTable& item_fields() {
  static const FieldTable table(
      "Item",
      {{"type", Kind::one_of({"message", "function_call", "function_call_output", "reasoning"}),
        "What kind of item it is; message otherwise"},
       {"role", Kind::one_of({"system", "developer", "user", "assistant"}), "Of a message: whose it is"},
       {"content", Kind::list(text_part_fields).or_text(), "What it says, or what was thought"},
       {"summary", Kind::list(text_part_fields).or_text(), "Of reasoning: what was thought, in short"},
       {"call_id", Kind::text(), "Of a call and its output: which call"},
       {"name", Kind::text(), "Of a call: the function"},
       {"arguments", Kind::text(), "Of a call: JSON in a string"},
       {"output", Kind::list(text_part_fields).or_text(), "What came of a call"}});
  return table;
}

const FieldTable& offered_tool_fields() {
  static const FieldTable table("OfferedTool",
                                {{"type", Kind::text(), "function; of others the model is not told", true},
                                 {"name", Kind::text(), "By which the model calls it"},
                                 {"description", Kind::text(), "What it does"},
                                 {"parameters", Kind::object(), "A JSON schema of its arguments"},
                                 {"strict", Kind::flag(), "Whether calls follow the schema to the letter"}});
  return table;
}

ChatJson input_items(const Fields& fields) {
  const ChatJson* input = fields.find("input");
  if (input && input->is_string()) {
    ChatJson items = ChatJson::array();
    items.push_back({{"type", "message"}, {"role", "user"}, {"content", *input}});
    return items;
  }
  const ChatJson* items = fields.array("input");
  return items ? *items : ChatJson::array();
}

void add_items(const Fields& fields, std::string_view name, const ChatJson& items, const ServedModel& model,
               ChatJson& messages) {
  ItemReader reader(model, messages);
  for (size_t i = 0; i < items.size() && !fields.failed(); ++i)
    reader.read(
        Fields(items[i], item_fields(), fields.problem(), fields.path_of(fmt::format("{}[{}]", name, i))));
  reader.end_turn();
}

ChatJson function_tools(const Fields& fields) {
  const ChatJson* given = fields.array("tools");
  ChatJson tools = ChatJson::array();
  for (size_t i = 0; given && i < given->size() && !fields.failed(); ++i) {
    Fields tool = fields.inside(fmt::format("tools[{}]", i), (*given)[i]);
    if (tool.required_text("type") != "function") continue;
    ChatJson function = {{"name", tool.required_text("name")}};
    for (const char* name : {"description", "parameters", "strict"}) {
      if (const ChatJson* value = tool.find(name)) function[name] = *value;
    }
    tools.push_back({{"type", "function"}, {"function", std::move(function)}});
  }
  return tools.empty() ? ChatJson(nullptr) : tools;
}

}  // namespace hearth
