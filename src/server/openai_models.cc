// OpenAI: /v1/models; llama-server: which of them are in memory.
#include "server/json_handler.h"

namespace hearth {

namespace {

const char* name_of(ServedModels::State state) {
  switch (state) {
    case ServedModels::State::away: return "unloaded";
    case ServedModels::State::loading: return "loading";
    case ServedModels::State::ready: return "loaded";
    case ServedModels::State::leaving: return "unloading";
  }
  return "";
}

ChatJson json_of(const ServedModels::Entry& entry) {
  ChatJson aliases = ChatJson::array();
  for (const std::string& name : entry.card.names) aliases.push_back(name);
  ChatJson body = {{"id", entry.card.id()},
                   {"object", "model"},
                   {"created", entry.card.modified},
                   {"owned_by", "hearth"},
                   {"aliases", aliases},
                   {"status", {{"value", name_of(entry.state)}}},
                   {"can_remove", entry.card.removable}};
  const ServedModel* model = entry.model.get();
  if (!model) return body;
  ChatJson trained = nullptr;
  if (model->model().trained_context()) trained = *model->model().trained_context();
  body["created"] = model->created;
  body["max_model_len"] = model->engine->context();
  body["meta"] = {{"n_ctx", model->engine->context()},
                  {"n_ctx_train", trained},
                  {"n_vocab", model->tokenizer ? model->tokenizer->size() : 0}};
  return body;
}

void list(const Site& site, const std::shared_ptr<Exchange>& exchange) {
  site.models.refresh();
  ChatJson body = {{"object", "list"}, {"data", ChatJson::array()}};
  for (const auto& entry : site.models.all()) body["data"].push_back(json_of(entry));
  exchange->respond(json_response(body));
}

void describe(const Site& site, const HttpRequest& request, const std::shared_ptr<Exchange>& exchange) {
  auto entry = site.models.find(request.parameter);
  if (!entry) site.models.refresh();
  if (!entry) entry = site.models.find(request.parameter);
  exchange->respond(entry ? json_response(json_of(*entry))
                          : openai_error(site.models.missing(request.parameter)));
}

std::optional<Problem> loaded(const ModelLease&, const Fields&, const HttpRequest&,
                              const std::shared_ptr<Exchange>& exchange) {
  exchange->respond(json_response({{"success", true}}));
  return std::nullopt;
}

std::optional<Problem> unload(ServedModels& models, const Fields& fields,
                              const std::shared_ptr<Exchange>& exchange) {
  std::string name = fields.required_text("model");
  if (fields.failed()) return fields.problem();
  if (!models.find(name)) return models.missing(name);
  if (!models.unload(name))
    return Problem{400, fmt::format("model: {} is not in memory", name), "model", "model_not_loaded"};
  exchange->respond(json_response({{"success", true}}));
  return std::nullopt;
}

}  // namespace

void add_openai_models_routes(const Site& site) {
  for (const char* path : {"/v1/models", "/models"}) {
    site.router.add(
        {"GET", path, "Lists the models",
         site.elsewhere([site](HttpRequest, std::shared_ptr<Exchange> exchange) { list(site, exchange); })});
  }
  site.router.add({"GET", "/v1/models/{model}", "Describes a model",
                   site.elsewhere([site](HttpRequest request, std::shared_ptr<Exchange> exchange) {
                     describe(site, request, exchange);
                   })});
  add_model_routes(site, {"/models/load"}, "Takes a model into memory, in llama-server's words",
                   model_fields(), loaded);
  site.router.add({"POST", "/models/unload", "Lets a model out of memory, in llama-server's words",
                   json_handler(model_fields(),
                                [&models = site.models](const Fields& fields, const HttpRequest&,
                                                        const std::shared_ptr<Exchange>& exchange) {
                                  return unload(models, fields, exchange);
                                }),
                   &model_fields()});
}

}  // namespace hearth
