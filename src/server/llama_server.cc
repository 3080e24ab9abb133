// Routes of llama-server that tools rely on, and those by which an orchestrator watches.
#include "base/text.h"
#include "base/version.h"
#include "formats/json.h"
#include "server/chat_prompt.h"
#include "server/json_handler.h"
#include "server/openai_messages.h"

namespace hearth {

namespace {

const FieldTable& tokenize_fields() {
  static const FieldTable table(
      "Tokenize",
      {{"content", Kind::text(), "The text", true},
       {"add_special", Kind::flag(), "With what is put around texts"},
       {"parse_special", Kind::flag(), "What is spelled like a control token is one"},
       {"with_pieces", Kind::flag(), "Each with its text"}},
      {model_fields});
  return table;
}

const FieldTable& detokenize_fields() {
  static const FieldTable table(
      "Detokenize",
      {{"tokens", Kind::json(R"({"type": "array", "items": {"type": "integer"}})"), "Their ids", true}},
      {model_fields});
  return table;
}

const FieldTable& template_fields() {
  static const FieldTable table("ApplyTemplate", {}, {model_fields, conversation_fields});
  return table;
}

// Of routes that say in their query which model they are about.
const FieldTable& model_query_fields() {
  static const FieldTable table("ModelQuery",
                                {{"model", Kind::text(), "The model; none: the server's first"}});
  return table;
}

const FieldTable& adapters_fields() {
  static const FieldTable table("Adapters",
                                {{"body", Kind::list(adapter_fields), "Adapters and their scales"}});
  return table;
}

std::optional<Problem> tokenize(const ModelLease& model, const Fields& fields, const HttpRequest&,
                                const std::shared_ptr<Exchange>& exchange) {
  if (!model->tokenizer) fields.refuse("model", "has no tokenizer");
  std::string content = fields.required_text("content");
  bool add_special = fields.flag("add_special", false), parse_special = fields.flag("parse_special", true);
  bool with_pieces = fields.flag("with_pieces", false);
  if (fields.failed()) return fields.problem();
  auto ids = model->tokenizer->encode(content, {.add_special = add_special, .parse_special = parse_special});
  if (!ids.ok()) return Problem{400, ids.error().message, "content"};
  ChatJson tokens = ChatJson::array();
  for (TokenId id : *ids) {
    if (!with_pieces) {
      tokens.push_back(id);
      continue;
    }
    std::string_view piece = model->tokenizer->piece(id);
    ChatJson shown = std::string(piece);
    if (repair_utf8(piece) != piece) {  // part of a character: its bytes
      shown = ChatJson::array();
      for (char c : piece) shown.push_back(static_cast<unsigned char>(c));
    }
    tokens.push_back({{"id", id}, {"piece", shown}});
  }
  exchange->respond(json_response({{"tokens", tokens}}));
  return std::nullopt;
}

std::optional<Problem> detokenize(const ModelLease& model, const Fields& fields, const HttpRequest&,
                                  const std::shared_ptr<Exchange>& exchange) {
  if (!model->tokenizer) fields.refuse("model", "has no tokenizer");
  const ChatJson* tokens = fields.array("tokens");
  std::vector<TokenId> ids;
  for (size_t i = 0; tokens && i < tokens->size() && !fields.failed(); ++i) {
    const ChatJson& each = (*tokens)[i];
    int64_t id = each.is_number_integer() ? each.get<int64_t>() : -1;
    if (id < 0 || id > INT32_MAX || !model->tokenizer->contains(static_cast<TokenId>(id))) {
      fields.refuse(fmt::format("tokens[{}]", i),
                    fmt::format("is {}, expected the id of a token", shown(each)));
    } else {
      ids.push_back(static_cast<TokenId>(id));
    }
  }
  if (fields.failed()) return fields.problem();
  auto text = model->tokenizer->decode(ids);
  if (!text.ok()) return Problem{400, text.error().message, "tokens"};
  exchange->respond(json_response({{"content", *text}}));
  return std::nullopt;
}

std::optional<Problem> apply_template(const ModelLease& model, const Fields& fields, const HttpRequest&,
                                      const std::shared_ptr<Exchange>& exchange) {
  Conversation conversation = openai_conversation(fields, *model);
  if (fields.failed()) return fields.problem();
  if (!model->chat)
    return Problem{400, fmt::format("{} does not chat: {}", model->id(), model->no_chat), "model"};
  auto rendered = render(*model, conversation);
  if (!rendered.ok()) return Problem{400, fmt::format("messages: {}", rendered.error().message), "messages"};
  exchange->respond(json_response({{"prompt", rendered->text}}));
  return std::nullopt;
}

void health(const Site& site, const std::shared_ptr<Exchange>& exchange, bool ready_alone) {
  bool draining = ready_alone && site.draining();
  HttpResponse response = json_response({{"status", draining ? "draining" : "ok"}});
  response.status = draining ? 503 : 200;
  exchange->respond(std::move(response));
}

void props(const ServedModel& model, const std::shared_ptr<Exchange>& exchange) {
  const SamplingOptions& sampling = model.sampling;
  ChatJson body = {{"default_generation_settings",
                    {{"n_ctx", model.engine->context()},
                     {"params",
                      {{"temperature", sampling.temperature},
                       {"top_k", sampling.top_k},
                       {"top_p", sampling.top_p},
                       {"min_p", sampling.min_p}}}}},
                   {"total_slots", model.engine->parallel()},
                   {"model_alias", model.id()},
                   {"model_path", model.model().name()},
                   {"modalities", {{"vision", false}, {"audio", false}}},
                   {"build_info", "hearth-" HEARTH_VERSION}};
  if (model.chat) {
    body["chat_template"] = model.chat->source;
    body["bos_token"] = model.chat->bos_token;
    body["eos_token"] = model.chat->eos_token;
  }
  exchange->respond(json_response(body));
}

// Sequences that may be computed at once. Which of a request's tokens lie where is the engine's business.
void slots(const ServedModel& model, const std::shared_ptr<Exchange>& exchange) {
  ChatJson body = ChatJson::array();
  size_t running = model.engine->counts().running;
  for (size_t i = 0; i < model.engine->parallel(); ++i) {
    body.push_back({{"id", i},
                    {"n_ctx", model.engine->context()},
                    {"speculative", model.engine->speculation() != Speculation::off},
                    {"is_processing", i < running}});
  }
  exchange->respond(json_response(body));
}

// With the scales that requests have which do not say themselves.
void adapters(const ServedModel& model, const std::shared_ptr<Exchange>& exchange) {
  std::vector<float> scales = model.engine->adapter_scales();
  ChatJson body = ChatJson::array();
  for (const GivenAdapter& adapter : model.model().adapters()) {
    size_t id = body.size();
    body.push_back({{"id", id}, {"path", adapter.path.string()}, {"scale", scales[id]}});
  }
  exchange->respond(json_response(body));
}

HttpResponse change_adapters(const ServedModel& model, const std::string& body) {
  auto list = parse_json(body);
  if (!list.ok()) return openai_error({400, "the body is not JSON: " + list.error().message});
  const ChatJson nothing = ChatJson::object();
  std::optional<Problem> problem;
  Fields fields(nothing, adapters_fields(), problem);
  std::vector<float> scales = adapter_scales(*list, "body", fields, model);
  if (problem) return openai_error(*problem);
  model.engine->set_adapter_scales(std::move(scales));
  return json_response({{"success", true}});
}

}  // namespace

void add_llama_server_routes(const Site& site) {
  add_model_routes(site, {"/tokenize"}, "Turns a text into tokens", tokenize_fields(), tokenize);
  add_model_routes(site, {"/detokenize"}, "Turns tokens into a text", detokenize_fields(), detokenize);
  add_model_routes(site, {"/apply-template"}, "Shows the prompt that a conversation becomes",
                   template_fields(), apply_template);
  for (const char* path : {"/health", "/v1/health", "/readyz"}) {
    site.router.add(
        {"GET", path, "Whether requests are taken",
         [site](HttpRequest, std::shared_ptr<Exchange> exchange) { health(site, exchange, true); }});
  }
  site.router.add(
      {"GET", "/livez", "Whether the server lives",
       [site](HttpRequest, std::shared_ptr<Exchange> exchange) { health(site, exchange, false); }});
  site.router.add({"POST", "/lora-adapters", "Sets the scales of a model's (?model=) adapters",
                   site.elsewhere([site](HttpRequest request, std::shared_ptr<Exchange> exchange) {
                     with_model(site, query_value(request.query, "model"), exchange, openai_error,
                                [exchange, body = std::move(request.body)](const ModelLease& model) {
                                  exchange->respond(change_adapters(*model, body));
                                });
                   }),
                   &adapters_fields(), &model_query_fields()});
  const struct {
    const char *path, *summary;
    void (*answer)(const ServedModel& model, const std::shared_ptr<Exchange>& exchange);
  } gets[] = {{"/props", "What a model (?model=) is and how it is served", props},
              {"/slots", "What of a model (?model=) is computing", slots},
              {"/lora-adapters", "A model's (?model=) adapters and their scales", adapters}};
  for (const auto& get : gets) {
    site.router.add(
        {"GET", get.path, get.summary,
         site.elsewhere([site, answer = get.answer](HttpRequest request, std::shared_ptr<Exchange> exchange) {
           with_model(site, query_value(request.query, "model"), exchange, openai_error,
                      [=](const ModelLease& model) { answer(*model, exchange); });
         }),
         nullptr, &model_query_fields()});
  }
}

}  // namespace hearth
