// OpenAI: /v1/models.
#include <algorithm>

#include "server/dialects.h"
#include "server/openai.h"

namespace hearth {

namespace {

ChatJson json_of(const ServedModel& model) {
  ChatJson aliases = ChatJson::array();
  for (const std::string& name : model.names) aliases.push_back(name);
  ChatJson trained = nullptr;
  if (model.model().trained_context()) trained = *model.model().trained_context();
  return {{"id", model.id()},
          {"object", "model"},
          {"created", model.created},
          {"owned_by", "hearth"},
          {"aliases", aliases},
          {"max_model_len", model.engine->context()},
          {"meta",
           {{"n_ctx", model.engine->context()},
            {"n_ctx_train", trained},
            {"n_vocab", model.tokenizer ? model.tokenizer->size() : 0}}}};
}

}  // namespace

void add_openai_models_routes(const Site& site) {
  auto list = [&models = site.models](HttpRequest, std::shared_ptr<Exchange> exchange) {
    ChatJson body = {{"object", "list"}, {"data", ChatJson::array()}};
    for (const auto& model : models.all()) body["data"].push_back(json_of(*model));
    exchange->respond(json_response(body));
  };
  auto one = [&models = site.models](HttpRequest request, std::shared_ptr<Exchange> exchange) {
    const ServedModel* model = models.find(request.parameter);
    exchange->respond(model ? json_response(json_of(*model))
                            : openai_error(models.missing(request.parameter)));
  };
  for (const char* path : {"/v1/models", "/models"}) site.router.add({"GET", path, "Lists the models", list});
  site.router.add({"GET", "/v1/models/{model}", "Describes a model", one});
}

}  // namespace hearth
