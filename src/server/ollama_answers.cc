// Ollama: /api/generate and /api/chat, as lines of JSON.
#include <chrono>

#include "formats/json.h"
#include "server/answer_grammar.h"
#include "server/infill.h"
#include "server/json_handler.h"
#include "server/ollama.h"
#include "server/openai.h"

namespace hearth {

namespace {

const FieldTable& ollama_options_fields() {
  static const FieldTable table(
      "OllamaOptions", {{"num_predict", Kind::integer(-2), "So many tokens at most; -1, -2: as many as fit"}},
      {generation_fields});
  return table;
}

// Of both routes.
const FieldTable& ollama_answer_fields() {
  static const FieldTable table(
      "OllamaAnswer",
      {{"options", Kind::object(ollama_options_fields), "How it is chosen"},
       {"stream", Kind::flag(), "The answer comes as lines; it does otherwise, too"},
       {"logprobs", Kind::flag(), "How probable each token was"},
       {"top_logprobs", Kind::integer(0, 20), "And so many others in its place"},
       {"format", Kind::json(R"({"anyOf": [{"enum": ["", "json"]}, {"type": "object"}]})"),
        "What the answer is to be: json, or a JSON schema"},
       {"think", Kind::json(R"({"type": ["boolean", "string"]})"), "Whether the model thinks, or how hard"},
       {"template", Kind::only(""), "Another template than the model's"},
       {"images", Kind::only(ChatJson::array()), "Pictures"}},
      {ollama_fields});
  return table;
}

const FieldTable& ollama_function_fields() {
  static const FieldTable table("OllamaFunction", {{"name", Kind::text(), "What is called", true},
                                                   {"arguments", Kind::object(), "Its arguments"}});
  return table;
}

const FieldTable& ollama_call_fields() {
  static const FieldTable table("OllamaCall",
                                {{"id", Kind::text(), "By which its result names it"},
                                 {"function", Kind::object(ollama_function_fields), "What is called", true}});
  return table;
}

const FieldTable& ollama_message_fields() {
  static const FieldTable table(
      "OllamaMessage", {{"role", Kind::one_of({"system", "user", "assistant", "tool"}), "Whose it is", true},
                        {"content", Kind::text(), "What it says"},
                        {"thinking", Kind::text(), "What the assistant thought before"},
                        {"images", Kind::only(ChatJson::array()), "Pictures"},
                        {"tool_calls", Kind::list(ollama_call_fields), "What the assistant called"},
                        {"tool_name", Kind::text(), "What this is the result of"},
                        {"tool_call_id", Kind::text(), "Which call this is the result of"}});
  return table;
}

const FieldTable& ollama_tool_fields() {
  static const FieldTable table(
      "OllamaTool",
      {{"type", Kind::text(), "function"}, {"function", Kind::object(ollama_function_fields), "It", true}});
  return table;
}

const FieldTable& ollama_chat_fields() {
  static const FieldTable table("OllamaChat",
                                {{"messages", Kind::list(ollama_message_fields), "What was said"},
                                 {"tools", Kind::list(ollama_tool_fields), "What the model may call"}},
                                {ollama_answer_fields});
  return table;
}

const FieldTable& ollama_generate_fields() {
  static const FieldTable table("OllamaGenerate",
                                {{"system", Kind::text(), "What the model is told first"},
                                 {"raw", Kind::flag(), "The prompt is gone on from as it is"},
                                 {"context", Kind::json(R"({"type": "array", "items": {"type": "integer"}})"),
                                  "What an earlier answer gave as its context"}},
                                {ollama_answer_fields});
  return table;
}

struct OllamaAsked {
  const ServedModel* model = nullptr;
  bool chat = false, stream = true;
  GenerationOptions options;
  std::vector<TokenId> prompt;  // for the `context` of /api/generate
};

// Both routes tell the same in other words: the text is `response`, or the content of a `message`.
class OllamaAnswer final : public GenerationSink {
 public:
  OllamaAnswer(OllamaAsked asked, std::shared_ptr<Exchange> exchange)
      : asked_(std::move(asked)), exchange_(std::move(exchange)) {}

  void on_begin() override {
    if (asked_.stream) send({});
  }

  void on_piece(size_t, const std::vector<Delta>& deltas, const std::vector<Logprobs>& logprobs) override {
    for (const Delta& delta : deltas) {
      switch (delta.kind) {
        case Delta::Kind::content: content_ += delta.text; break;
        case Delta::Kind::reasoning: thinking_ += delta.text; break;
        case Delta::Kind::call_begin:
          call_ = {
              {"id", delta.id.empty() ? new_id("call_") : delta.id},
              {"function", {{"index", delta.call}, {"name", delta.name}, {"arguments", ChatJson::object()}}}};
          arguments_.clear();
          break;
        case Delta::Kind::arguments: arguments_ += delta.text; break;
        case Delta::Kind::call_end: end_call(); break;
        case Delta::Kind::syntax: break;
      }
    }
    if (asked_.options.logprobs >= 0) add_token_logprobs(*asked_.model, logprobs, logprobs_);
    bool has = !content_.empty() || !thinking_.empty() || !calls_.empty() || !logprobs_.empty();
    if (asked_.stream && has) send(line_of(take()));
  }

  void on_end(size_t, const Ending& ending) override {
    const Usage& usage = ending.usage;
    last_ = take();
    last_["done"] = true;
    bool cut = ending.finish == Finish::length || ending.finish == Finish::context;
    last_["done_reason"] = cut ? "length" : "stop";
    last_["total_duration"] = ollama_duration(std::chrono::duration<double>(Clock::now() - begun_).count());
    last_["load_duration"] = 0;
    last_["prompt_eval_count"] = usage.prompt_tokens;
    last_["prompt_eval_duration"] = ollama_duration(usage.prompt_seconds);
    last_["eval_count"] = usage.tokens;
    last_["eval_duration"] = ollama_duration(usage.seconds);
    if (asked_.chat) return;
    ChatJson context = asked_.prompt;
    for (TokenId token : ending.tokens) context.push_back(token);
    last_["context"] = std::move(context);
  }

  void on_done() override {
    if (!asked_.stream) return exchange_->respond(json_response(last_));
    send(line_of(last_));
    exchange_->end();
  }

  void on_problem(const Problem& problem) override {
    if (!streaming_) return exchange_->respond(ollama_error(problem));
    send(line_of({{"error", problem.message}}));
    exchange_->end();
  }

  // Nothing is asked: the model is there now, or on its way out.
  void answer_loaded(const char* reason) {
    last_ = take();
    last_["done"] = true;
    last_["done_reason"] = reason;
    on_done();
  }

 private:
  static std::string line_of(const ChatJson& body) { return json_text(body) + "\n"; }

  void send(std::string lines) {
    if (streaming_) return exchange_->write(std::move(lines));
    streaming_ = true;
    HttpResponse head;
    head.content_type = "application/x-ndjson";
    head.body = std::move(lines);
    exchange_->begin(std::move(head));
  }

  // A call that the limit cut off has no arguments that could be told.
  void end_call() {
    auto arguments = parse_json(arguments_);
    if (arguments.ok() && arguments->is_object()) call_["function"]["arguments"] = *std::move(arguments);
    calls_.push_back(std::move(call_));
  }

  // What came since the last one.
  ChatJson take() {
    ChatJson body = {{"model", ollama_name(*asked_.model)}, {"created_at", ollama_now()}};
    std::string thinking = std::exchange(thinking_, {}), content = std::exchange(content_, {});
    if (asked_.chat) {
      ChatJson message = {{"role", "assistant"}, {"content", content}};
      if (!thinking.empty()) message["thinking"] = thinking;
      if (!calls_.empty()) message["tool_calls"] = std::exchange(calls_, ChatJson::array());
      body["message"] = std::move(message);
    } else {
      body["response"] = content;
      if (!thinking.empty()) body["thinking"] = thinking;
    }
    if (!logprobs_.empty()) body["logprobs"] = std::exchange(logprobs_, ChatJson::array());
    body["done"] = false;
    return body;
  }

  const OllamaAsked asked_;
  std::shared_ptr<Exchange> exchange_;
  const Clock::time_point begun_ = Clock::now();
  bool streaming_ = false;
  std::string content_, thinking_, arguments_;
  ChatJson call_, calls_ = ChatJson::array(), logprobs_ = ChatJson::array(), last_;
};

void read_format(const Fields& fields, Conversation& conversation) {
  const ChatJson* format = fields.find("format");
  if (!format || *format == "") return;
  if (*format == "json") {
    conversation.answer = AnswerGrammar{schema_grammar({{"type", "object"}}), "format"};
  } else if (format->is_object()) {
    conversation.answer = AnswerGrammar{schema_grammar(*format), "format"};
  } else {
    fields.expected("format", *format, R"("json" or a JSON schema)");
  }
}

// true, false, or how hard: "low", "medium", "high".
void read_think(const Fields& fields, Conversation& conversation) {
  const ChatJson* think = fields.find("think");
  if (!think) return;
  if (think->is_boolean()) {
    conversation.variables["enable_thinking"] = *think;
  } else if (think->is_string()) {
    conversation.variables["enable_thinking"] = *think != "none";
    conversation.variables["reasoning_effort"] = *think;
  } else {
    fields.expected("think", *think, "true, false or a string");
  }
}

std::optional<Problem> read_common(const ServedModel& model, const Fields& fields, const HttpRequest& request,
                                   Conversation& conversation, OllamaAsked& asked) {
  asked.model = &model;
  static const ChatJson kNone = ChatJson::object();
  const ChatJson* given = fields.object("options");
  Fields options = fields.inside("options", given ? *given : kNone);
  asked.options = generation_options(options, *asked.model, request);
  // -1: without end; -2: as much as fits; both are what the context holds.
  auto most = options.integer("num_predict").value_or(-1);
  asked.options.most = most < 0 ? -1 : most;
  asked.stream = fields.flag("stream", true);
  if (fields.flag("logprobs", false))
    asked.options.logprobs = static_cast<int32_t>(fields.integer("top_logprobs").value_or(0));
  read_format(fields, conversation);
  read_think(fields, conversation);
  fields.only("template");
  fields.only("images");
  return fields.problem();
}

void read_message(const Fields& message, const ServedModel& model, Conversation& conversation) {
  std::string role = message.required_text("role");
  std::string content = message.text("content").value_or("");
  message.only("images");
  if (role == "assistant") {
    ChatJson calls = ChatJson::array();
    const ChatJson* given = message.array("tool_calls");
    for (size_t i = 0; given && i < given->size() && !message.failed(); ++i) {
      Fields call = message.inside(fmt::format("tool_calls[{}]", i), (*given)[i]);
      const ChatJson* function = call.object("function");
      if (!function) return;
      Fields inner = call.inside("function", *function);
      const ChatJson* arguments = inner.object("arguments");
      calls.push_back({{"id", call.text("id").value_or("")},
                       {"name", inner.required_text("name")},
                       {"arguments", arguments ? *arguments : ChatJson::object()}});
    }
    if (!message.failed())
      conversation.messages.push_back(
          assistant_message(model, content, message.text("thinking").value_or(""), calls));
    return;
  }
  ChatJson out = {{"role", role}, {"content", content}};
  if (auto name = message.text("tool_name")) out["name"] = *name;
  if (auto id = message.text("tool_call_id")) out["tool_call_id"] = *id;
  conversation.messages.push_back(std::move(out));
}

void read_tools(const Fields& fields, Conversation& conversation) {
  const ChatJson* tools = fields.array("tools");
  if (!tools || tools->empty()) return;
  for (size_t i = 0; i < tools->size() && !fields.failed(); ++i) {
    Fields tool = fields.inside(fmt::format("tools[{}]", i), (*tools)[i]);
    const ChatJson* function = tool.object("function");
    if (!function) return;
    tool.inside("function", *function).required_text("name");
  }
  conversation.tools = *tools;
}

std::optional<Problem> begin_answer(const ModelLease& model, OllamaAsked asked, Prompt prompt,
                                    const std::shared_ptr<Exchange>& exchange) {
  GenerationOptions options = asked.options;
  asked.prompt = prompt.tokens;
  std::vector<Prompt> prompts;
  prompts.push_back(std::move(prompt));
  generate(model, std::move(prompts), options, std::make_shared<OllamaAnswer>(std::move(asked), exchange),
           exchange);
  return std::nullopt;
}

std::optional<Problem> answer_chat(const ModelLease& lease, const Fields& fields, const HttpRequest& request,
                                   const std::shared_ptr<Exchange>& exchange) {
  OllamaAsked asked;
  asked.chat = true;
  Conversation conversation;
  if (auto problem = read_common(*lease, fields, request, conversation, asked)) return problem;
  const ChatJson* messages = fields.array("messages");
  for (size_t i = 0; messages && i < messages->size() && !fields.failed(); ++i)
    read_message(fields.inside(fmt::format("messages[{}]", i), (*messages)[i]), *asked.model, conversation);
  read_tools(fields, conversation);
  if (fields.failed()) return fields.problem();
  if (conversation.messages.empty()) {
    OllamaAnswer(std::move(asked), exchange).answer_loaded("load");
    return std::nullopt;
  }
  Prompt prompt;
  if (auto problem = prompt_of(*asked.model, conversation, prompt)) return problem;
  if (auto problem = expect_turn(*asked.model, conversation, prompt, asked.options)) return problem;
  return begin_answer(lease, std::move(asked), std::move(prompt), exchange);
}

// What an earlier answer gave as its context stands before the prompt.
std::optional<Problem> put_before(const Fields& fields, const ServedModel& model, Prompt& prompt) {
  const ChatJson* context = fields.array("context");
  if (!context || context->empty()) return std::nullopt;
  std::vector<TokenId> tokens;
  for (size_t i = 0; i < context->size(); ++i) {
    const ChatJson& each = (*context)[i];
    int64_t id = each.is_number_integer() ? each.get<int64_t>() : -1;
    if (id < 0 || id > INT32_MAX || !model.tokenizer->contains(static_cast<TokenId>(id)))
      return Problem{400, fmt::format("context[{}]: is {}, expected the id of a token", i, shown(each)),
                     "context"};
    tokens.push_back(static_cast<TokenId>(id));
  }
  std::span<const TokenId> added = prompt.tokens, prefix = model.tokenizer->prefix();
  if (added.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), added.begin()))
    added = added.subspan(prefix.size());
  tokens.insert(tokens.end(), added.begin(), added.end());
  prompt.tokens = std::move(tokens);
  return std::nullopt;
}

std::optional<Problem> answer_prompt(const ModelLease& lease, const Fields& fields,
                                     const HttpRequest& request, const std::shared_ptr<Exchange>& exchange) {
  OllamaAsked asked;
  Conversation conversation;
  if (auto problem = read_common(*lease, fields, request, conversation, asked)) return problem;
  const ServedModel& model = *asked.model;
  std::string text = fields.text("prompt").value_or(""), suffix = fields.text("suffix").value_or("");
  std::string system = fields.text("system").value_or("");
  bool raw = fields.flag("raw", false);
  if (fields.failed()) return fields.problem();
  if (text.empty() && suffix.empty()) {
    OllamaAnswer(std::move(asked), exchange).answer_loaded("load");
    return std::nullopt;
  }
  Prompt prompt;
  if (raw || !suffix.empty()) {
    auto problem =
        suffix.empty() ? prompt_of(model, text, prompt) : prompt_of(model, Infill{text, suffix, {}}, prompt);
    if (!problem) problem = expect_text(model, conversation.answer, asked.options);
    if (problem) return problem;
  } else {
    if (!system.empty()) conversation.messages.push_back({{"role", "system"}, {"content", system}});
    conversation.messages.push_back({{"role", "user"}, {"content", text}});
    if (auto problem = prompt_of(model, conversation, prompt)) return problem;
    if (auto problem = expect_turn(model, conversation, prompt, asked.options)) return problem;
  }
  if (auto problem = put_before(fields, model, prompt)) return problem;
  return begin_answer(lease, std::move(asked), std::move(prompt), exchange);
}

}  // namespace

void add_ollama_answers_routes(const Site& site) {
  add_ollama_route(site, "/api/chat", "Answers a conversation, in Ollama's words", ollama_chat_fields(),
                   answer_chat);
  add_ollama_route(site, "/api/generate", "Answers a prompt, in Ollama's words", ollama_generate_fields(),
                   answer_prompt);
}

}  // namespace hearth
