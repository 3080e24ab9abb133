// Ollama: /api/embed, and /api/embeddings, which came before it.
#include "server/json_handler.h"
#include "server/ollama.h"
#include "server/openai.h"
#include "server/vectors.h"

namespace hearth {

namespace {

constexpr int64_t kMostTexts = 2048;

const FieldTable& ollama_embedding_fields() {
  static const FieldTable table(
      "OllamaEmbedding",
      {{"input", Kind::texts(kMostTexts), "What is turned into vectors"},
       {"truncate", Kind::flag(), "What is too long is shortened; otherwise it is refused"},
       {"dimensions", Kind::integer(1), "Those that the model's vectors have; others cannot be had"}},
      {ollama_fields});
  return table;
}

// Where a request does not say otherwise, the dialect shortens what is too long.
void truncate(const ServedModel& model, std::vector<TokenId>& tokens) {
  auto most = static_cast<size_t>(model.engine->context());
  std::span<const TokenId> suffix = model.tokenizer->suffix();
  if (tokens.size() <= most || suffix.size() >= most) return;
  tokens.resize(most - suffix.size());
  tokens.insert(tokens.end(), suffix.begin(), suffix.end());
}

std::optional<Problem> embed_for_ollama(const ModelLease& model, const Fields& fields,
                                        const HttpRequest& request, const std::shared_ptr<Exchange>& exchange,
                                        bool one) {
  if (auto problem = not_embedding(*model)) return problem;
  std::vector<std::string> texts;
  if (one) {
    texts.push_back(fields.required_text("prompt"));
  } else {
    texts = fields.texts("input");
    if (!fields.has("input")) fields.refuse("input", "is missing; it is a string, or an array of strings");
  }
  bool shortens = fields.flag("truncate", true);
  if (auto dimensions = fields.integer("dimensions");
      dimensions && *dimensions != model->model().outputs_width()) {
    fields.refuse("dimensions", fmt::format("is {}; this model's vectors have {}", *dimensions,
                                            model->model().outputs_width()));
  }
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts;
  if (auto problem = prompts_of_texts(*model, texts, prompts)) return problem;
  for (Prompt& prompt : prompts) {
    if (shortens) truncate(*model, prompt.tokens);
  }
  auto done = [model = model.get(), exchange, one](Vectors made) {
    ChatJson vectors = ChatJson::array();
    for (std::vector<float>& vector : made.of_prompts) {
      if (!one) normalize(vector);
      vectors.push_back(vector);
    }
    if (one) return exchange->respond(json_response({{"embedding", vectors[0]}}));
    exchange->respond(json_response({{"model", ollama_name(*model)},
                                     {"embeddings", std::move(vectors)},
                                     {"total_duration", ollama_duration(made.seconds)},
                                     {"load_duration", 0},
                                     {"prompt_eval_count", made.tokens}}));
  };
  if (prompts.empty()) {
    done({});
    return std::nullopt;
  }
  make_vectors(model, std::move(prompts), request,
               {done, [exchange](const Problem& problem) { exchange->respond(ollama_error(problem)); }},
               exchange);
  return std::nullopt;
}

}  // namespace

void add_ollama_embed_routes(const Site& site) {
  for (bool one : {false, true}) {
    add_ollama_route(site, one ? "/api/embeddings" : "/api/embed",
                     "Turns texts into vectors, in Ollama's words", ollama_embedding_fields(),
                     [one](const ModelLease& model, const Fields& fields, const HttpRequest& request,
                           const std::shared_ptr<Exchange>& exchange) {
                       return embed_for_ollama(model, fields, request, exchange, one);
                     });
  }
}

}  // namespace hearth
