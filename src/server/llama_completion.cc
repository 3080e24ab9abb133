// llama-server: /completion.
#include "server/llama_completion.h"
#include "server/answer_grammar.h"
#include "server/chat_prompt.h"
#include "server/json_handler.h"
#include "server/openai.h"

namespace hearth {

namespace {

std::string_view stop_type(const Ending& ending) {
  if (!ending.stop.empty()) return "word";
  return ending.finish == Finish::end ? "eos" : "limit";
}

class NativeCompletion final : public GenerationSink {
 public:
  struct Wants {
    bool stream = false, tokens = false, probabilities = false;
  };
  NativeCompletion(const ServedModel& model, std::shared_ptr<Exchange> exchange, Wants wants)
      : model_(model), exchange_(std::move(exchange)), wants_(wants) {}

  void on_begin() override {
    if (!wants_.stream) return;
    stream_.send({});
  }
  void on_piece(size_t, const std::vector<Delta>& deltas, const std::vector<Logprobs>& logprobs) override {
    for (const Delta& delta : deltas) text_ += delta.text;
    if (wants_.probabilities) add_token_logprobs(model_, logprobs, probabilities_);
    if (!wants_.stream) return;
    ChatJson piece = {{"index", 0}, {"content", std::exchange(text_, {})}, {"stop", false}};
    if (wants_.probabilities)
      piece["completion_probabilities"] = std::exchange(probabilities_, ChatJson::array());
    stream_.send(event_of(piece));
  }
  void on_end(size_t, const Ending& ending) override {
    last_ = {{"index", 0},
             {"id_slot", ending.slot},
             {"content", text_},
             {"stop", true},
             {"model", model_.id()},
             {"tokens_predicted", ending.usage.tokens},
             {"tokens_evaluated", ending.usage.prompt_tokens},
             {"tokens_cached", ending.usage.cached_tokens},
             {"truncated", false},
             {"stop_type", stop_type(ending)},
             {"stopping_word", ending.stop},
             {"timings", openai_timings(ending.usage)}};
    if (wants_.tokens) last_["tokens"] = ending.tokens;
    if (wants_.probabilities) last_["completion_probabilities"] = probabilities_;
  }
  void on_done() override {
    if (!wants_.stream) return exchange_->respond(json_response(last_));
    stream_.end(event_of(last_));
  }
  void on_problem(const Problem& problem) override {
    stream_.end_with_problem(openai_error(problem), event_of(openai_error_body(problem)));
  }

 private:
  const ServedModel& model_;
  std::shared_ptr<Exchange> exchange_;
  EventStream stream_{exchange_};
  const Wants wants_;
  std::string text_;
  ChatJson probabilities_ = ChatJson::array();
  ChatJson last_;
};

const FieldTable& native_completion_fields() {
  static const FieldTable table("NativeCompletion", {{"prompt", prompt_kind(), "A text, or tokens"}},
                                {native_fields});
  return table;
}

std::optional<Problem> complete_prompt(const ModelLease& model, const Fields& fields,
                                       const HttpRequest& request,
                                       const std::shared_ptr<Exchange>& exchange) {
  std::vector<Prompt> prompts;
  if (auto problem = prompts_of(*model, fields, prompts)) return problem;
  if (prompts.size() > 1)
    return Problem{400, "prompt: this route takes one; /v1/completions takes several", "prompt"};
  return complete_natively(model, std::move(prompts), fields, request, exchange);
}

}  // namespace

const FieldTable& native_fields() {
  static const FieldTable table(
      "NativeGeneration",
      {{"n", Kind::only(1), "So many answers"},
       {"n_keep", Kind::only(0), "What stays when the context is full"},
       {"n_predict", Kind::integer(-1), "So many tokens at most; -1: as many as fit"},
       {"max_tokens", Kind::integer(-1), "The same, by its other name"},
       {"n_probs", Kind::integer(0, 20), "How probable each token was, and so many others in its place"},
       {"stream", Kind::flag(), "The answer comes as events"},
       {"return_tokens", Kind::flag(), "The answer has its tokens, too"}},
      {model_fields, generation_fields, answer_fields});
  return table;
}

std::optional<Problem> complete_natively(const ModelLease& model, std::vector<Prompt> prompts,
                                         const Fields& fields, const HttpRequest& request,
                                         const std::shared_ptr<Exchange>& exchange) {
  GenerationOptions options = generation_options(fields, *model, request);
  fields.only("n");
  fields.only("n_keep");
  options.most = fields.integer("n_predict").value_or(fields.integer("max_tokens").value_or(-1));
  int64_t probabilities = fields.integer("n_probs").value_or(0);
  if (probabilities > 0) options.logprobs = static_cast<int32_t>(probabilities);
  NativeCompletion::Wants wants{fields.flag("stream", false), fields.flag("return_tokens", false),
                                probabilities > 0};
  if (auto problem = expect_text(*model, answer_grammar(fields), options)) return problem;
  if (fields.failed()) return fields.problem();
  generate(model, std::move(prompts), options, std::make_shared<NativeCompletion>(*model, exchange, wants),
           exchange);
  return std::nullopt;
}

void add_llama_completion_routes(const Site& site) {
  add_model_routes(site, {"/completion", "/completions"}, "Continues a text, in llama-server's words",
                   native_completion_fields(), complete_prompt);
}

}  // namespace hearth
