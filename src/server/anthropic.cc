// Anthropic: /v1/messages and /v1/messages/count_tokens.
#include "base/random.h"
#include "formats/json.h"
#include "server/answer_grammar.h"
#include "server/json_handler.h"
#include "server/ollama.h"
#include "server/openai.h"

namespace hearth {

namespace {

std::string_view anthropic_type(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 500: return "api_error";
    case 503: return "overloaded_error";
    default: return "invalid_request_error";
  }
}

ChatJson error_body(const Problem& problem) {
  return {{"type", "error"},
          {"error", {{"type", anthropic_type(problem.status)}, {"message", problem.message}}}};
}

HttpResponse error_of(const Problem& problem) {
  HttpResponse response = openai_error(problem);
  response.body = json_text(error_body(problem));
  return response;
}

const FieldTable& block_fields() {
  static const FieldTable table(
      "ContentBlock",
      {{"type", Kind::one_of({"text", "thinking", "redacted_thinking", "tool_use", "tool_result"}),
        "What kind of block it is", true},
       {"text", Kind::text(), "Of text: what it says"},
       {"thinking", Kind::text(), "Of thinking: what was thought"},
       {"id", Kind::text(), "Of tool_use: by which its result names it"},
       {"name", Kind::text(), "Of tool_use: what is called"},
       {"input", Kind::object(), "Of tool_use: its arguments"},
       {"tool_use_id", Kind::text(), "Of tool_result: which call this is the result of"},
       {"content", Kind::list(text_part_fields).or_text(), "Of tool_result: what came of it"}});
  return table;
}

const FieldTable& turn_fields() {
  static const FieldTable table("Turn",
                                {{"role", Kind::one_of({"user", "assistant"}), "Whose it is", true},
                                 {"content", Kind::list(block_fields).or_text(), "What is said", true}});
  return table;
}

const FieldTable& custom_tool_fields() {
  static const FieldTable table("CustomTool",
                                {{"type", Kind::one_of({"custom"}), "What kind of tool it is"},
                                 {"name", Kind::text(), "By which the model calls it", true},
                                 {"description", Kind::text(), "What it does"},
                                 {"input_schema", Kind::object(), "A schema of its arguments"}});
  return table;
}

const FieldTable& choice_of_tools_fields() {
  static const FieldTable table(
      "ChoiceOfTools",
      {{"type", Kind::one_of({"auto", "any", "tool", "none"}), "Whether the model calls", true},
       {"name", Kind::text(), "Of tool: which one"},
       {"disable_parallel_tool_use", Kind::flag(), "One call at most"}});
  return table;
}

const FieldTable& thinking_fields() {
  static const FieldTable table(
      "Thinking", {{"type", Kind::one_of({"enabled", "adaptive", "disabled"}), "Whether", true}});
  return table;
}

const FieldTable& output_config_fields() {
  static const FieldTable table("OutputConfig",
                                {{"format", Kind::object(format_fields), "What the answer is to be"},
                                 {"effort", Kind::text(), "How hard the model thinks"}});
  return table;
}

const FieldTable& counted_fields() {
  static const FieldTable table(
      "CountedMessages",
      {{"messages", Kind::list(turn_fields, 1), "What was said", true},
       {"system", Kind::list(text_part_fields).or_text(), "What the model is told first"},
       {"tools", Kind::list(custom_tool_fields), "What the model may call"},
       {"tool_choice", Kind::object(choice_of_tools_fields), "Whether it calls, and what"},
       {"thinking", Kind::object(thinking_fields), "Whether it thinks first"},
       {"output_format", Kind::object(format_fields), "What the answer is to be"},
       {"output_config", Kind::object(output_config_fields), "The same, and more"},
       {"max_tokens", Kind::integer(1), "So many tokens at most"},
       {"temperature", Kind::number(0, 1), "How much chance there is in it"},
       {"top_p", Kind::number(0, 1), "The most probable tokens that make up so much together"},
       {"top_k", Kind::integer(0, UINT32_MAX), "So many of the most probable tokens; 0: all"},
       {"stop_sequences", Kind::texts(64), "Texts that end the answer"},
       {"stream", Kind::flag(), "The answer comes as events"}},
      {model_fields});
  return table;
}

const FieldTable& messages_fields() {
  static const FieldTable table(
      "Messages", {{"max_tokens", Kind::integer(1), "So many tokens at most", true}}, {counted_fields});
  return table;
}

// A string, or blocks of type text.
std::string text_of(const Fields& fields, std::string_view name) {
  const ChatJson* given = fields.find(name);
  if (!given) return {};
  if (given->is_string()) return given->get<std::string>();
  const ChatJson* blocks = fields.array(name);
  std::string text;
  for (size_t i = 0; blocks && i < blocks->size() && !fields.failed(); ++i) {
    Fields block = fields.inside(fmt::format("{}[{}]", name, i), (*blocks)[i]);
    std::string type = block.required_text("type");
    if (type != "text") block.refuse("type", fmt::format("is {}; this model reads text alone", shown(type)));
    text += block.required_text("text");
  }
  return text;
}

// One message may become several: results of tools are messages of their own to templates.
void add_message(const Fields& message, const ServedModel& model, ChatJson& messages) {
  std::string role = message.required_text("role");
  const ChatJson* content = message.find("content");
  if (!content) return;
  if (content->is_string()) {
    messages.push_back({{"role", role}, {"content", text_of(message, "content")}});
    return;
  }
  const ChatJson* blocks = message.array("content");
  std::string text, reasoning;
  ChatJson calls = ChatJson::array();
  bool spoke = false;
  for (size_t i = 0; blocks && i < blocks->size() && !message.failed(); ++i) {
    Fields block = message.inside(fmt::format("content[{}]", i), (*blocks)[i]);
    std::string type = block.required_text("type");
    if (type == "text") {
      text += block.required_text("text");
      spoke = true;
    } else if (type == "thinking" && role == "assistant") {
      reasoning += block.required_text("thinking");
    } else if (type == "redacted_thinking" && role == "assistant") {
      // It says nothing to this model.
    } else if (type == "tool_use" && role == "assistant") {
      const ChatJson* input = block.object("input");
      calls.push_back({{"id", block.required_text("id")},
                       {"name", block.required_text("name")},
                       {"arguments", input ? *input : ChatJson::object()}});
    } else if (type == "tool_result" && role == "user") {
      messages.push_back({{"role", "tool"},
                          {"tool_call_id", block.required_text("tool_use_id")},
                          {"content", text_of(block, "content")}});
    } else {
      block.refuse("type", fmt::format("is {}; this model reads text and tools in messages of the {}",
                                       shown(type), role));
    }
  }
  if (message.failed()) return;
  if (role == "assistant") {
    messages.push_back(assistant_message(model, text, reasoning, calls));
  } else if (spoke || blocks->empty()) {
    messages.push_back({{"role", role}, {"content", text}});
  }
}

struct Asked {
  Conversation conversation;
  GenerationOptions options;
  bool stream = false;
};

void read_tools(const Fields& fields, Asked& asked) {
  const ChatJson* tools = fields.array("tools");
  ChatJson functions = ChatJson::array();
  for (size_t i = 0; tools && i < tools->size() && !fields.failed(); ++i) {
    Fields tool = fields.inside(fmt::format("tools[{}]", i), (*tools)[i]);
    tool.text("type");  // this server has no tools of its own
    ChatJson function = {{"name", tool.required_text("name")}};
    if (auto description = tool.text("description")) function["description"] = *description;
    const ChatJson* schema = tool.object("input_schema");
    function["parameters"] = schema ? *schema : ChatJson{{"type", "object"}};
    functions.push_back({{"type", "function"}, {"function", function}});
  }
  if (!functions.empty()) asked.conversation.tools = std::move(functions);
  const ChatJson* choice = fields.object("tool_choice");
  if (!choice) return;
  Fields inner = fields.inside("tool_choice", *choice);
  std::string type = inner.required_text("type");
  asked.conversation.parallel = !inner.flag("disable_parallel_tool_use", false);
  if (type == "none") {
    asked.conversation.tools = nullptr;
    asked.conversation.choice = ToolChoice::none;
  } else if (type == "any") {
    asked.conversation.choice = ToolChoice::required;
  } else if (type == "tool") {
    asked.conversation.choice = ToolChoice::named;
    asked.conversation.function = inner.required_text("name");
  }
}

std::optional<Problem> read_asked(const ServedModel& model, const Fields& fields, const HttpRequest& request,
                                  Asked& asked) {
  GenerationOptions& options = asked.options;
  options.sampling = model.sampling;
  options.sampling.seed = random_bits() >> 32;
  options.sampling.temperature = fields.number("temperature").value_or(options.sampling.temperature);
  options.sampling.top_p = fields.number("top_p").value_or(options.sampling.top_p);
  options.sampling.top_k = static_cast<uint32_t>(fields.integer("top_k").value_or(options.sampling.top_k));
  options.stops = fields.texts("stop_sequences");
  options.client = request.client;
  options.notes = request.notes;
  options.most = fields.integer("max_tokens").value_or(-1);
  asked.stream = fields.flag("stream", false);

  if (fields.has("system"))
    asked.conversation.messages.push_back({{"role", "system"}, {"content", text_of(fields, "system")}});
  const ChatJson* messages = fields.array("messages");
  for (size_t i = 0; messages && i < messages->size() && !fields.failed(); ++i)
    add_message(fields.inside(fmt::format("messages[{}]", i), (*messages)[i]), model,
                asked.conversation.messages);
  read_tools(fields, asked);
  bool thinks = false;
  if (const ChatJson* thinking = fields.object("thinking"))
    thinks = fields.inside("thinking", *thinking).required_text("type") != "disabled";
  asked.conversation.variables["enable_thinking"] = thinks;
  asked.conversation.answer = format_grammar(fields, "output_format");
  if (const ChatJson* config = fields.object("output_config")) {
    Fields inner = fields.inside("output_config", *config);
    if (inner.has("format")) asked.conversation.answer = format_grammar(inner, "format");
    if (auto effort = inner.text("effort")) asked.conversation.variables["reasoning_effort"] = *effort;
  }
  if (fields.failed()) return fields.problem();
  return std::nullopt;
}

ChatJson usage_of(const Usage& usage) {
  return {{"input_tokens", usage.prompt_tokens - usage.cached_tokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", usage.cached_tokens},
          {"output_tokens", usage.tokens}};
}

std::string_view stop_reason(const Ending& ending) {
  if (ending.finish != Finish::end && ending.finish != Finish::stopped) return "max_tokens";
  if (ending.called) return "tool_use";
  return ending.stop.empty() ? "end_turn" : "stop_sequence";
}

ChatJson message_frame(const std::string& id, const ServedModel& model) {
  return {{"id", id},
          {"type", "message"},
          {"role", "assistant"},
          {"model", model.id()},
          {"content", ChatJson::array()},
          {"stop_reason", nullptr},
          {"stop_sequence", nullptr}};
}

// The blocks of a message, as they begin, grow and end.
class Blocks {
 public:
  enum class Kind : uint8_t { none, text, thinking, tool };
  virtual ~Blocks() = default;

  void take(const std::vector<Delta>& deltas) {
    for (const Delta& delta : deltas) {
      switch (delta.kind) {
        case Delta::Kind::content: grow(Kind::text, delta.text); break;
        case Delta::Kind::reasoning: grow(Kind::thinking, delta.text); break;
        case Delta::Kind::call_begin:
          close();
          begin(kind_ = Kind::tool, {delta.id.empty() ? new_id("toolu_") : delta.id, delta.name});
          break;
        case Delta::Kind::arguments: add(Kind::tool, delta.text); break;
        case Delta::Kind::call_end: close(); break;
        case Delta::Kind::syntax: break;
      }
    }
  }
  void close() {
    if (std::exchange(kind_, Kind::none) != Kind::none) end();
  }

 protected:
  struct Call {
    std::string id, name;
  };
  virtual void begin(Kind kind, const Call& call) = 0;
  virtual void add(Kind kind, const std::string& text) = 0;
  virtual void end() = 0;

 private:
  void grow(Kind kind, const std::string& text) {
    if (kind_ != kind) {
      close();
      begin(kind_ = kind, {});
    }
    add(kind, text);
  }
  Kind kind_ = Kind::none;
};

ChatJson block_of(bool thinking) {
  if (thinking) return {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}};
  return {{"type", "text"}, {"text", ""}};
}

class WholeMessage final : public GenerationSink, private Blocks {
 public:
  WholeMessage(const ServedModel& model, std::shared_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)), body_(message_frame(new_id("msg_"), model)) {}

  void on_piece(size_t, const std::vector<Delta>& deltas, const std::vector<Logprobs>&) override {
    take(deltas);
  }
  void on_end(size_t, const Ending& ending) override {
    close();
    body_["stop_reason"] = stop_reason(ending);
    if (!ending.stop.empty()) body_["stop_sequence"] = ending.stop;
    body_["usage"] = usage_of(ending.usage);
  }
  void on_done() override { exchange_->respond(json_response(body_)); }
  void on_problem(const Problem& problem) override { exchange_->respond(error_of(problem)); }

 private:
  void begin(Kind kind, const Call& call) override {
    input_.clear();
    body_["content"].push_back(kind == Kind::tool ? ChatJson{{"type", "tool_use"},
                                                             {"id", call.id},
                                                             {"name", call.name},
                                                             {"input", ChatJson::object()}}
                                                  : block_of(kind == Kind::thinking));
  }
  void add(Kind kind, const std::string& text) override {
    if (kind == Kind::tool) {
      input_ += text;
    } else {
      ChatJson& place = body_["content"].back()[kind == Kind::thinking ? "thinking" : "text"];
      place.get_ref<std::string&>() += text;
    }
  }
  void end() override {
    if (input_.empty()) return;
    // A call that the limit cut off is no JSON; it stands as text then.
    auto input = parse_json(std::exchange(input_, {}));
    if (input.ok()) body_["content"].back()["input"] = *std::move(input);
  }

  std::shared_ptr<Exchange> exchange_;
  ChatJson body_;
  std::string input_;
};

class StreamedMessage final : public GenerationSink, private Blocks {
 public:
  StreamedMessage(const ServedModel& model, std::shared_ptr<Exchange> exchange, size_t prompt_tokens)
      : stream_(std::move(exchange)), message_(message_frame(new_id("msg_"), model)) {
    message_["usage"] = {{"input_tokens", prompt_tokens}, {"output_tokens", 0}};
  }

  void on_begin() override { stream_.send(opened()); }
  void on_piece(size_t, const std::vector<Delta>& deltas, const std::vector<Logprobs>&) override {
    take(deltas);
    stream_.send(opened());
  }
  void on_end(size_t, const Ending& ending) override {
    close();
    ChatJson delta = {{"stop_reason", stop_reason(ending)}, {"stop_sequence", nullptr}};
    if (!ending.stop.empty()) delta["stop_sequence"] = ending.stop;
    event({{"type", "message_delta"}, {"delta", delta}, {"usage", usage_of(ending.usage)}});
  }
  void on_done() override {
    event({{"type", "message_stop"}});
    stream_.end(opened());
  }
  void on_problem(const Problem& problem) override {
    event(error_body(problem));
    stream_.end_with_problem(error_of(problem), opened());
  }

 private:
  void event(const ChatJson& data) { events_ += event_of(data, data["type"].get_ref<const std::string&>()); }

  void begin(Kind kind, const Call& call) override {
    event({{"type", "content_block_start"},
           {"index", index_},
           {"content_block", kind == Kind::tool ? ChatJson{{"type", "tool_use"},
                                                           {"id", call.id},
                                                           {"name", call.name},
                                                           {"input", ChatJson::object()}}
                                                : block_of(kind == Kind::thinking)}});
  }
  void add(Kind kind, const std::string& text) override {
    ChatJson delta = {{"type", "text_delta"}, {"text", text}};
    if (kind == Kind::thinking) delta = {{"type", "thinking_delta"}, {"thinking", text}};
    if (kind == Kind::tool) delta = {{"type", "input_json_delta"}, {"partial_json", text}};
    event({{"type", "content_block_delta"}, {"index", index_}, {"delta", delta}});
  }
  void end() override { event({{"type", "content_block_stop"}, {"index", index_++}}); }

  // What was not sent yet; the message's own beginning comes first.
  std::string opened() {
    std::string events = std::exchange(events_, {});
    if (stream_.begun()) return events;
    return event_of({{"type", "message_start"}, {"message", message_}}, "message_start") + events;
  }

  EventStream stream_;
  ChatJson message_;
  std::string events_;
  size_t index_ = 0;
};

std::optional<Problem> answer(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                              const std::shared_ptr<Exchange>& exchange) {
  Asked asked;
  if (auto problem = read_asked(*model, fields, request, asked)) return problem;
  std::vector<Prompt> prompts(1);
  if (auto problem = prompt_of(*model, asked.conversation, prompts[0])) return problem;
  if (auto problem = expect_turn(*model, asked.conversation, prompts[0], asked.options)) return problem;
  std::shared_ptr<GenerationSink> sink;
  if (asked.stream) {
    sink = std::make_shared<StreamedMessage>(*model, exchange, prompts[0].tokens.size());
  } else {
    sink = std::make_shared<WholeMessage>(*model, exchange);
  }
  generate(model, std::move(prompts), asked.options, std::move(sink), exchange);
  return std::nullopt;
}

std::optional<Problem> count(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                             const std::shared_ptr<Exchange>& exchange) {
  Asked asked;
  if (auto problem = read_asked(*model, fields, request, asked)) return problem;
  Prompt prompt;
  if (auto problem = prompt_of(*model, asked.conversation, prompt)) return problem;
  exchange->respond(json_response({{"input_tokens", prompt.tokens.size()}}));
  return std::nullopt;
}

}  // namespace

HttpResponse dialect_error(std::string_view path, const Problem& problem) {
  if (path.starts_with("/v1/messages")) return error_of(problem);
  return path.starts_with("/api/") ? ollama_error(problem) : openai_error(problem);
}

void add_anthropic_routes(const Site& site) {
  add_model_routes(site, {"/v1/messages"}, "Answers a conversation", messages_fields(), answer,
                   {.error = error_of});
  add_model_routes(site, {"/v1/messages/count_tokens"}, "Counts the tokens of a conversation",
                   counted_fields(), count, {.error = error_of});
}

}  // namespace hearth
