// llama-server: /completion.
#include "server/chat_prompt.h"
#include "server/dialects.h"
#include "server/openai.h"

namespace hearth {

namespace {

std::string_view stop_type(const Ending& ending) {
  if (!ending.stop.empty()) return "word";
  return ending.finish == Finish::end ? "eos" : "limit";
}

class Completion final : public GenerationSink {
 public:
  Completion(const ServedModel& model, std::shared_ptr<Exchange> exchange, bool stream)
      : model_(model), exchange_(std::move(exchange)), stream_(stream) {}

  void on_begin() override {
    if (!stream_) return;
    begun_ = true;
    exchange_->begin(event_stream_head());
  }
  void on_piece(size_t, const std::vector<Delta>& deltas, const std::vector<Logprobs>&) override {
    std::string text;
    for (const Delta& delta : deltas) text += delta.text;
    if (!stream_) {
      text_ += text;
    } else {
      exchange_->write(event_of({{"index", 0}, {"content", text}, {"stop", false}}));
    }
  }
  void on_end(size_t, const Ending& ending) override {
    last_ = {{"index", 0},
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
  }
  void on_done() override {
    if (!stream_) return exchange_->respond(json_response(last_));
    exchange_->write(event_of(last_));
    exchange_->end();
  }
  void on_problem(const Problem& problem) override {
    if (!begun_) return exchange_->respond(openai_error(problem));
    exchange_->write(event_of(openai_error_body(problem)));
    exchange_->end();
  }

 private:
  const ServedModel& model_;
  std::shared_ptr<Exchange> exchange_;
  const bool stream_;
  bool begun_ = false;
  std::string text_;
  ChatJson last_;
};

std::optional<Problem> complete(const ServedModels& models, const Fields& fields, const HttpRequest& request,
                                const std::shared_ptr<Exchange>& exchange) {
  const ServedModel* model = model_of(fields, models);
  if (!model) return fields.problem();
  GenerationOptions options = generation_options(fields, *model, request);
  fields.only("n", 1);
  fields.only("n_probs", 0);
  fields.only("n_keep", 0);
  fields.only("return_tokens", false);
  options.most = fields.integer("n_predict", -1, INT64_MAX)
                     .value_or(fields.integer("max_tokens", -1, INT64_MAX).value_or(-1));
  bool stream = fields.flag("stream", false);
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts;
  if (auto problem = prompts_of(*model, fields, prompts)) return problem;
  if (prompts.size() > 1)
    return Problem{501, "prompt: this route takes one; /v1/completions takes several", "prompt"};
  generate(*model, std::move(prompts), options, std::make_shared<Completion>(*model, exchange, stream),
           exchange);
  return std::nullopt;
}

}  // namespace

void add_llama_completion_routes(const Site& site) {
  HttpHandler handler =
      site.elsewhere(json_handler([&models = site.models](const Fields& fields, const HttpRequest& request,
                                                          const std::shared_ptr<Exchange>& exchange) {
        return complete(models, fields, request, exchange);
      }));
  for (const char* path : {"/completion", "/completions"})
    site.router.add({"POST", path, "Continues a text, in llama-server's words", handler});
}

}  // namespace hearth
