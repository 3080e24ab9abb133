// OpenAI: /v1/responses, whole or as events, and what is stored of it.
#include <ctime>

#include "formats/json.h"
#include "server/answer_grammar.h"
#include "server/json_handler.h"
#include "server/openai.h"
#include "server/openai_messages.h"
#include "server/response_items.h"
#include "server/response_store.h"

namespace hearth {

namespace {

struct ResponseAsked {
  const ServedModel* model = nullptr;
  GenerationOptions options;
  bool stream = false, store = true;
  ChatJson frame;  // the response without an answer: what was asked, and its id
  ChatJson items;  // all that was said before the answer
};

class ResponseAnswer final : public GenerationSink {
 public:
  ResponseAnswer(ResponseAsked asked, std::shared_ptr<Exchange> exchange,
                 std::shared_ptr<ResponseStore> store)
      : asked_(std::move(asked)),
        body_(asked_.frame),
        exchange_(std::move(exchange)),
        store_(std::move(store)) {}

  void on_begin() override {
    event("response.created", {{"response", body_}});
    event("response.in_progress", {{"response", body_}});
    send();
  }

  void on_piece(size_t, const std::vector<Delta>& deltas, const std::vector<Logprobs>&) override {
    for (const Delta& delta : deltas) {
      switch (delta.kind) {
        case Delta::Kind::content: add_text(kMessage, delta.text); break;
        case Delta::Kind::reasoning: add_text(kReasoning, delta.text); break;
        case Delta::Kind::call_begin:
          end_item("completed");
          begin_item({{"type", "function_call"},
                      {"id", new_id("fc_")},
                      {"call_id", delta.id.empty() ? new_id("call_") : delta.id},
                      {"name", delta.name},
                      {"arguments", ""},
                      {"status", "in_progress"}});
          break;
        case Delta::Kind::arguments:
          text_ += delta.text;
          event("response.function_call_arguments.delta", place({{"delta", delta.text}}));
          break;
        case Delta::Kind::call_end: end_item("completed"); break;
        case Delta::Kind::syntax: break;
      }
    }
    send();
  }

  void on_end(size_t, const Ending& ending) override {
    bool cut = finish_reason(ending) == "length";
    end_item(cut ? "incomplete" : "completed");
    body_["status"] = cut ? "incomplete" : "completed";
    if (cut) body_["incomplete_details"] = {{"reason", "max_output_tokens"}};
    if (!cut) body_["completed_at"] = std::time(nullptr);
    const Usage& usage = ending.usage;
    body_["usage"] = {
        {"input_tokens", usage.prompt_tokens},
        {"input_tokens_details", {{"cached_tokens", usage.cached_tokens}, {"cache_write_tokens", 0}}},
        {"output_tokens", usage.tokens},
        {"output_tokens_details", {{"reasoning_tokens", ending.reasoning_tokens}}},
        {"total_tokens", usage.prompt_tokens + usage.tokens}};
  }

  void on_done() override {
    if (asked_.store) {
      for (const ChatJson& item : body_["output"]) asked_.items.push_back(item);
      store_->put(body_["id"].get<std::string>(),
                  {asked_.options.client, json_text(body_), json_text(asked_.items)});
    }
    if (!asked_.stream) return exchange_->respond(json_response(body_));
    event("response." + body_["status"].get<std::string>(), {{"response", body_}});
    stream_.end(std::exchange(events_, {}));
  }

  void on_problem(const Problem& problem) override {
    if (!stream_.begun()) return exchange_->respond(openai_error(problem));
    body_["status"] = "failed";
    body_["error"] = {{"code", "server_error"}, {"message", problem.message}};
    event("response.failed", {{"response", body_}});
    stream_.end(std::exchange(events_, {}));
  }

 private:
  // Items that have one part of text.
  struct TextKind {
    const char *type, *id, *part, *delta, *done;
  };
  static constexpr TextKind kMessage = {"message", "msg_", "output_text", "response.output_text.delta",
                                        "response.output_text.done"};
  static constexpr TextKind kReasoning = {"reasoning", "rs_", "reasoning_text",
                                          "response.reasoning_text.delta", "response.reasoning_text.done"};

  static ChatJson part_of(const TextKind& kind, const std::string& text) {
    ChatJson part = {{"type", kind.part}, {"text", text}};
    if (&kind == &kMessage) {
      part["annotations"] = ChatJson::array();
      part["logprobs"] = ChatJson::array();
    }
    return part;
  }

  size_t index() const { return body_["output"].size() - 1; }
  ChatJson& item() { return body_["output"].back(); }
  // Fields that say what an event is of.
  ChatJson place(ChatJson more) {
    ChatJson fields = {{"item_id", item()["id"]}, {"output_index", index()}};
    if (text_kind_) fields["content_index"] = 0;
    fields.update(more);
    return fields;
  }

  void begin_item(ChatJson item) {
    open_ = true;
    text_.clear();
    body_["output"].push_back(item);
    event("response.output_item.added", {{"output_index", index()}, {"item", std::move(item)}});
  }

  void add_text(const TextKind& kind, const std::string& text) {
    if (!open_ || text_kind_ != &kind) {
      end_item("completed");
      ChatJson item = {{"type", kind.type}, {"id", new_id(kind.id)}, {"status", "in_progress"}};
      if (&kind == &kMessage) item["role"] = "assistant";
      if (&kind == &kReasoning) item["summary"] = ChatJson::array();
      item["content"] = ChatJson::array();
      begin_item(std::move(item));
      text_kind_ = &kind;
      event("response.content_part.added", place({{"part", part_of(kind, "")}}));
    }
    text_ += text;
    ChatJson delta = place({{"delta", text}});
    if (&kind == &kMessage) delta["logprobs"] = ChatJson::array();
    event(kind.delta, std::move(delta));
  }

  void end_item(const char* status) {
    if (!std::exchange(open_, false)) return;
    item()["status"] = status;
    if (text_kind_) {
      ChatJson done = place({{"text", text_}});
      if (text_kind_ == &kMessage) done["logprobs"] = ChatJson::array();
      event(text_kind_->done, std::move(done));
      ChatJson part = part_of(*text_kind_, text_);
      event("response.content_part.done", place({{"part", part}}));
      item()["content"].push_back(std::move(part));
    } else {
      item()["arguments"] = text_.empty() ? "{}" : text_;
      event("response.function_call_arguments.done",
            place({{"name", item()["name"]}, {"arguments", item()["arguments"]}}));
    }
    text_kind_ = nullptr;
    event("response.output_item.done", {{"output_index", index()}, {"item", item()}});
  }

  void event(const std::string& type, ChatJson fields) {
    if (!asked_.stream) return;
    ChatJson data = {{"type", type}, {"sequence_number", sequence_++}};
    data.update(fields);
    events_ += event_of(data, type);
  }

  void send() {
    if (asked_.stream) stream_.send(std::exchange(events_, {}));
  }

  ResponseAsked asked_;
  ChatJson body_;
  std::shared_ptr<Exchange> exchange_;
  EventStream stream_{exchange_};
  std::shared_ptr<ResponseStore> store_;
  std::string events_, text_;
  const TextKind* text_kind_ = nullptr;  // of the open item; null: a call
  bool open_ = false;
  int64_t sequence_ = 0;
};

Problem no_response(const std::string& id, std::string field) {
  return {404,
          fmt::format("there is no response {} (it was not stored, or others took its place)", shown(id)),
          std::move(field), "response_not_found"};
}

// What was said until the response that this request goes on from.
std::optional<Problem> earlier_items(const Fields& fields, const std::string& client, ResponseStore& store,
                                     ChatJson& items) {
  items = ChatJson::array();
  auto previous = fields.text("previous_response_id");
  if (!previous || fields.failed()) return fields.problem();
  auto stored = store.get(*previous, client);
  if (!stored) return no_response(*previous, "previous_response_id");
  items = ChatJson::parse(stored->items);
  return std::nullopt;
}

ChatJson echo(const Fields& fields, const char* name, ChatJson otherwise) {
  const ChatJson* value = fields.find(name);
  return value ? *value : otherwise;
}

ChatJson response_frame(const Fields& fields, const ServedModel& model, const GenerationOptions& options) {
  ChatJson frame = {{"id", new_id("resp_")},
                    {"object", "response"},
                    {"created_at", std::time(nullptr)},
                    {"status", "in_progress"},
                    {"error", nullptr},
                    {"incomplete_details", nullptr},
                    {"model", model.id()},
                    {"output", ChatJson::array()},
                    {"temperature", options.sampling.temperature},
                    {"top_p", options.sampling.top_p},
                    {"usage", nullptr}};
  const std::pair<const char*, ChatJson> asked[] = {
      {"instructions", nullptr},
      {"max_output_tokens", nullptr},
      {"metadata", ChatJson::object()},
      {"parallel_tool_calls", true},
      {"previous_response_id", nullptr},
      {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
      {"store", true},
      {"text", {{"format", {{"type", "text"}}}}},
      {"tool_choice", "auto"},
      {"tools", ChatJson::array()},
      {"truncation", "disabled"},
      {"user", nullptr}};
  for (const auto& [name, otherwise] : asked) frame[name] = echo(fields, name, otherwise);
  return frame;
}

Conversation response_conversation(const Fields& fields, const ResponseAsked& asked, size_t earlier) {
  Conversation conversation;
  if (auto instructions = fields.text("instructions"); instructions && !instructions->empty())
    conversation.messages.push_back({{"role", "system"}, {"content", *instructions}});
  // What was stored was read before; what is wrong now is in this request.
  ChatJson before = ChatJson::array(), now = ChatJson::array();
  for (size_t i = 0; i < asked.items.size(); ++i) (i < earlier ? before : now).push_back(asked.items[i]);
  add_items(fields, "previous_response_id", before, *asked.model, conversation.messages);
  add_items(fields, "input", now, *asked.model, conversation.messages);
  if (conversation.messages.empty()) fields.refuse("input", "is empty");
  conversation.tools = function_tools(fields);
  choose_tools(fields, conversation);
  conversation.parallel = fields.flag("parallel_tool_calls", true);
  if (const ChatJson* text = fields.object("text"))
    conversation.answer = format_grammar(fields.inside("text", *text), "format");
  if (const ChatJson* reasoning = fields.object("reasoning")) {
    if (auto effort = fields.inside("reasoning", *reasoning).text("effort")) {
      conversation.variables["reasoning_effort"] = *effort;
      if (*effort == "none") conversation.variables["enable_thinking"] = false;
    }
  }
  return conversation;
}

const FieldTable& text_config_fields() {
  static const FieldTable table("TextConfig",
                                {{"format", Kind::object(format_fields), "What the answer is to be"}});
  return table;
}

const FieldTable& reasoning_config_fields() {
  static const FieldTable table("ReasoningConfig",
                                {{"effort", Kind::text(), "How hard the model thinks; none: not"}});
  return table;
}

const FieldTable& response_fields() {
  static const FieldTable table(
      "Response",
      {{"input", Kind::list(item_fields).or_text(), "What is said", true},
       {"instructions", Kind::text(), "What the model is told first"},
       {"previous_response_id", Kind::text(), "An answer that was stored, and what led to it"},
       {"max_output_tokens", Kind::integer(1), "So many tokens at most"},
       {"stream", Kind::flag(), "The answer comes as events"},
       {"store", Kind::flag(), "The answer is remembered; it is otherwise, too"},
       {"tools", Kind::list(offered_tool_fields), "What the model may call"},
       {"tool_choice", tool_choice_kind(), "Whether it calls, and what"},
       {"parallel_tool_calls", Kind::flag(), "It may call several at once"},
       {"text", Kind::object(text_config_fields), "What the answer is to be"},
       {"reasoning", Kind::object(reasoning_config_fields), "Whether it thinks first"},
       {"metadata", Kind::json("{}"), "What the answer shows again"},
       {"user", Kind::json("{}"), "What the answer shows again"},
       {"n", Kind::only(1), "So many answers"},
       {"background", Kind::only(false), "An answer that nobody waits for"},
       {"top_logprobs", Kind::only(0), "How probable each token was"},
       {"truncation", Kind::only("disabled"), "What happens with conversations that are too long"},
       {"conversation", Kind::only(nullptr), "A conversation that is stored"},
       {"prompt", Kind::only(nullptr), "A prompt that is stored"}},
      {model_fields, generation_fields});
  return table;
}

std::optional<Problem> respond(const ModelLease& lease, const std::shared_ptr<ResponseStore>& store,
                               const Fields& fields, const HttpRequest& request,
                               const std::shared_ptr<Exchange>& exchange) {
  ResponseAsked asked;
  const ServedModel& model = *lease;
  asked.model = &model;
  asked.options = generation_options(fields, model, request);
  asked.options.most = fields.integer("max_output_tokens").value_or(-1);
  asked.stream = fields.flag("stream", false);
  asked.store = fields.flag("store", true);
  for (const char* name : {"n", "background", "top_logprobs", "truncation", "conversation", "prompt"})
    fields.only(name);
  if (auto problem = earlier_items(fields, request.client, *store, asked.items)) return problem;
  size_t earlier = asked.items.size();
  for (ChatJson& item : input_items(fields)) asked.items.push_back(std::move(item));
  Conversation conversation = response_conversation(fields, asked, earlier);
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts(1);
  if (auto problem = prompt_of(model, conversation, prompts[0])) return problem;
  if (auto problem = expect_turn(model, conversation, prompts[0], asked.options)) return problem;
  asked.frame = response_frame(fields, model, asked.options);
  GenerationOptions options = asked.options;
  generate(lease, std::move(prompts), options,
           std::make_shared<ResponseAnswer>(std::move(asked), exchange, store), exchange);
  return std::nullopt;
}

}  // namespace

void add_responses_routes(const Site& site) {
  auto store = std::make_shared<ResponseStore>();
  auto read = [store](const ModelLease& model, const Fields& fields, const HttpRequest& request,
                      const std::shared_ptr<Exchange>& exchange) {
    return respond(model, store, fields, request, exchange);
  };
  add_model_routes(site, {"/v1/responses", "/responses"}, "Answers a conversation, and remembers it",
                   response_fields(), read);
  site.router.add({"GET", "/v1/responses/{response}", "Shows an answer that is remembered",
                   [store](HttpRequest request, std::shared_ptr<Exchange> exchange) {
                     auto stored = store->get(request.parameter, request.client);
                     if (!stored) return exchange->respond(openai_error(no_response(request.parameter, {})));
                     HttpResponse response;
                     response.body = std::move(stored->body);
                     exchange->respond(std::move(response));
                   }});
  site.router.add({"DELETE", "/v1/responses/{response}", "Forgets an answer",
                   [store](HttpRequest request, std::shared_ptr<Exchange> exchange) {
                     if (!store->remove(request.parameter, request.client))
                       return exchange->respond(openai_error(no_response(request.parameter, {})));
                     exchange->respond(json_response(
                         {{"id", request.parameter}, {"object", "response"}, {"deleted", true}}));
                   }});
}

}  // namespace hearth
