// OpenAI: /v1/chat/completions.
#include <ctime>

#include "base/version.h"
#include "server/chat_prompt.h"
#include "server/json_handler.h"
#include "server/openai.h"
#include "server/openai_messages.h"

namespace hearth {

namespace {

// What all that is sent for one request bears.
struct ChatAnswer {
  const ServedModel& model;
  std::shared_ptr<Exchange> exchange;
  GenerationOptions options;
  bool include_usage = false;
  std::string id = new_id("chatcmpl-");
  int64_t created = std::time(nullptr);

  ChatJson frame(const char* object) const {
    return {{"id", id},
            {"object", object},
            {"created", created},
            {"model", model.id()},
            {"system_fingerprint", "hearth-" HEARTH_VERSION}};
  }
};

class WholeChat final : public GenerationSink {
 public:
  explicit WholeChat(ChatAnswer answer)
      : answer_(std::move(answer)),
        choices_(static_cast<size_t>(answer_.options.choices)),
        usages_(choices_.size()) {}

  void on_piece(size_t index, const std::vector<Delta>& deltas,
                const std::vector<Logprobs>& logprobs) override {
    Choice& choice = choices_[index];
    for (const Delta& delta : deltas) {
      switch (delta.kind) {
        case Delta::Kind::content: choice.content += delta.text; break;
        case Delta::Kind::reasoning: choice.reasoning += delta.text; break;
        case Delta::Kind::call_begin:
          choice.calls.push_back({delta.id.empty() ? new_id("call_") : delta.id, delta.name, ""});
          break;
        case Delta::Kind::arguments: choice.calls[delta.call].arguments += delta.text; break;
        case Delta::Kind::call_end:
          if (!delta.id.empty()) choice.calls[delta.call].id = delta.id;
          break;
        case Delta::Kind::syntax: break;
      }
    }
    add_token_logprobs(answer_.model, logprobs, choice.logprobs);
  }

  void on_end(size_t index, const Ending& ending) override {
    choices_[index].finish = finish_reason(ending);
    usages_[index] = ending.usage;
  }

  void on_done() override {
    ChatJson body = answer_.frame("chat.completion");
    body["choices"] = ChatJson::array();
    for (size_t i = 0; i < choices_.size(); ++i) body["choices"].push_back(json_of(choices_[i], i));
    answer_.exchange->respond(openai_answer(std::move(body), usages_, answer_.options.choices));
  }

  void on_problem(const Problem& problem) override { answer_.exchange->respond(openai_error(problem)); }

 private:
  struct Call {
    std::string id, name, arguments;
  };
  struct Choice {
    std::string content, reasoning;
    std::vector<Call> calls;
    ChatJson logprobs = ChatJson::array();
    std::string finish;
  };

  ChatJson json_of(const Choice& choice, size_t index) const {
    ChatJson message = {{"role", "assistant"}, {"content", choice.content}, {"refusal", nullptr}};
    if (!choice.reasoning.empty()) message["reasoning_content"] = choice.reasoning;
    for (const Call& call : choice.calls) {
      message["tool_calls"].push_back(
          {{"id", call.id},
           {"type", "function"},
           {"function",
            {{"name", call.name}, {"arguments", call.arguments.empty() ? "{}" : call.arguments}}}});
    }
    if (!choice.calls.empty() && choice.content.empty()) message["content"] = nullptr;
    ChatJson logprobs = nullptr;
    if (answer_.options.logprobs >= 0) logprobs = {{"content", choice.logprobs}, {"refusal", nullptr}};
    return {{"index", index}, {"message", message}, {"logprobs", logprobs}, {"finish_reason", choice.finish}};
  }

  ChatAnswer answer_;
  std::vector<Choice> choices_;
  std::vector<Usage> usages_;
};

class StreamedChat final : public GenerationSink {
 public:
  explicit StreamedChat(ChatAnswer answer)
      : answer_(std::move(answer)),
        spoke_(static_cast<size_t>(answer_.options.choices)),
        usages_(spoke_.size()) {}

  void on_begin() override { stream_.send(opening(0)); }

  void on_piece(size_t index, const std::vector<Delta>& deltas,
                const std::vector<Logprobs>& logprobs) override {
    std::string events = opening(index);
    ChatJson content = ChatJson::array();
    add_token_logprobs(answer_.model, logprobs, content);
    for (const Delta& delta : deltas) {
      ChatJson json = json_of(delta);
      if (json.is_null()) continue;
      events += event_of(chunk(index, std::move(json), nullptr, std::exchange(content, ChatJson::array())));
    }
    if (!content.empty()) events += event_of(chunk(index, ChatJson::object(), nullptr, std::move(content)));
    stream_.send(std::move(events));
  }

  void on_end(size_t index, const Ending& ending) override {
    usages_[index] = ending.usage;
    ChatJson last = chunk(index, ChatJson::object(), finish_reason(ending), ChatJson::array());
    if (usages_.size() == 1) last["timings"] = openai_timings(ending.usage);
    stream_.send(opening(index) + event_of(last));
  }

  void on_done() override {
    stream_.end(openai_last_events(answer_.frame("chat.completion.chunk"), answer_.include_usage, usages_,
                                   answer_.options.choices));
  }

  void on_problem(const Problem& problem) override {
    stream_.end_with_problem(openai_error(problem), event_of(openai_error_body(problem)));
  }

 private:
  // The first chunk of a choice says who speaks.
  std::string opening(size_t index) {
    if (spoke_[index]) return {};
    spoke_[index] = true;
    return event_of(chunk(index, {{"role", "assistant"}, {"content", ""}}, nullptr, ChatJson::array()));
  }

  ChatJson chunk(size_t index, ChatJson delta, ChatJson finish, ChatJson content) const {
    ChatJson logprobs = nullptr;
    if (answer_.options.logprobs >= 0) logprobs = {{"content", std::move(content)}, {"refusal", nullptr}};
    ChatJson body = answer_.frame("chat.completion.chunk");
    body["choices"].push_back({{"index", index},
                               {"delta", std::move(delta)},
                               {"logprobs", logprobs},
                               {"finish_reason", std::move(finish)}});
    if (answer_.include_usage) body["usage"] = nullptr;
    return body;
  }

  static ChatJson json_of(const Delta& delta) {
    ChatJson call = {{"index", delta.call}};
    switch (delta.kind) {
      case Delta::Kind::content: return {{"content", delta.text}};
      case Delta::Kind::reasoning: return {{"reasoning_content", delta.text}};
      case Delta::Kind::call_begin:
        call["id"] = delta.id.empty() ? new_id("call_") : delta.id;
        call["type"] = "function";
        call["function"] = {{"name", delta.name}, {"arguments", ""}};
        break;
      case Delta::Kind::arguments: call["function"] = {{"arguments", delta.text}}; break;
      default: return nullptr;
    }
    ChatJson calls = ChatJson::array();
    calls.push_back(std::move(call));
    return {{"tool_calls", std::move(calls)}};
  }

  ChatAnswer answer_;
  std::vector<bool> spoke_;
  std::vector<Usage> usages_;
  EventStream stream_{answer_.exchange};
};

const FieldTable& chat_fields() {
  static const FieldTable table(
      "ChatCompletion",
      {{"max_completion_tokens", Kind::integer(-1), "So many tokens at most; -1: as many as fit"},
       {"max_tokens", Kind::integer(-1), "The same, by its older name"},
       {"logprobs", Kind::flag(), "How probable each token was"},
       {"top_logprobs", Kind::integer(0, 20), "And so many others in its place"}},
      {model_fields, generation_fields, stream_fields, conversation_fields});
  return table;
}

std::optional<Problem> chat(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                            const std::shared_ptr<Exchange>& exchange) {
  GenerationOptions options = generation_options(fields, *model, request);
  auto most = fields.integer("max_completion_tokens");
  if (!most) most = fields.integer("max_tokens");
  if (most == 0) fields.refuse("max_tokens", "is 0, expected at least 1");
  options.most = most.value_or(-1);
  auto best = fields.integer("top_logprobs");
  if (fields.flag("logprobs", false)) {
    options.logprobs = static_cast<int32_t>(best.value_or(0));
  } else if (best.value_or(0) > 0) {
    fields.refuse("top_logprobs", "takes logprobs set to true");
  }
  StreamOptions stream = stream_options(fields);
  Conversation conversation = openai_conversation(fields, *model);
  if (fields.failed()) return fields.problem();
  Prompt prompt;
  if (auto problem = prompt_of(*model, conversation, prompt)) return problem;
  if (auto problem = expect_turn(*model, conversation, prompt, options)) return problem;

  ChatAnswer answer{*model, exchange, options, stream.include_usage};
  std::shared_ptr<GenerationSink> sink;
  if (stream.stream) {
    sink = std::make_shared<StreamedChat>(std::move(answer));
  } else {
    sink = std::make_shared<WholeChat>(std::move(answer));
  }
  std::vector<Prompt> prompts;
  prompts.push_back(std::move(prompt));
  generate(model, std::move(prompts), options, std::move(sink), exchange);
  return std::nullopt;
}

}  // namespace

void add_openai_chat_routes(const Site& site) {
  add_model_routes(site, {"/v1/chat/completions", "/chat/completions"}, "Answers a conversation",
                   chat_fields(), chat);
}

}  // namespace hearth
