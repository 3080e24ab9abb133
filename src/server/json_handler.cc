#include "server/json_handler.h"

#include "formats/json.h"

namespace hearth {

namespace {

// Out of memory, or a library's opinion of a value, is an answer too; others are served on.
template <class Act>
void guarded(const std::shared_ptr<Exchange>& exchange, ErrorShape error, const Act& act) {
  try {
    if (std::optional<Problem> problem = act()) exchange->respond(error(*problem));
  } catch (const std::exception& surprise) { exchange->respond(error({500, surprise.what()})); }
}

// What is left of the request has no body.
std::optional<Problem> read_body(HttpRequest& request, ChatJson& body) {
  auto read = parse_json(request.body);
  if (!read.ok()) return Problem{400, "the body is not JSON: " + read.error().message};
  body = *std::move(read);
  request.body = {};
  return std::nullopt;
}

}  // namespace

HttpHandler json_handler(const FieldTable& table, BodyReader read, ErrorShape error) {
  return [&table, read = std::move(read), error](HttpRequest request, std::shared_ptr<Exchange> exchange) {
    guarded(exchange, error, [&]() -> std::optional<Problem> {
      ChatJson body;
      if (auto problem = read_body(request, body)) return problem;
      std::optional<Problem> problem;
      Fields fields(body, table, problem);
      return problem ? problem : read(fields, request, exchange);
    });
  };
}

HttpHandler model_handler(const Site& site, const FieldTable& table, ModelReader read,
                          const ModelHandling& how) {
  struct Asked {
    HttpRequest request;
    ChatJson body;
  };
  return site.elsewhere([=, &table](HttpRequest request, std::shared_ptr<Exchange> exchange) {
    guarded(exchange, how.error, [&]() -> std::optional<Problem> {
      auto asked = std::make_shared<Asked>(Asked{std::move(request), {}});
      if (auto problem = read_body(asked->request, asked->body)) return problem;
      std::optional<Problem> problem;
      Fields fields(asked->body, table, problem);
      std::string model = how.name ? how.name(fields) : fields.text("model").value_or("");
      bool answered = !problem && how.instead && how.instead(fields, exchange);
      if (problem || answered) return problem;
      with_model(site, model, exchange, how.error, [=, &table](const ModelLease& lease) {
        guarded(exchange, how.error, [&]() -> std::optional<Problem> {
          std::optional<Problem> wrong;
          return read(lease, Fields(asked->body, table, wrong), asked->request, exchange);
        });
      });
      return std::nullopt;
    });
  });
}

void add_model_routes(const Site& site, std::initializer_list<const char*> paths, const char* summary,
                      const FieldTable& table, ModelReader read, const ModelHandling& how) {
  HttpHandler handler = model_handler(site, table, std::move(read), how);
  for (const char* path : paths) site.router.add({"POST", path, summary, handler, &table});
}

void with_model(const Site& site, std::string_view name, const std::shared_ptr<Exchange>& exchange,
                ErrorShape error, std::function<void(const ModelLease& model)> act) {
  auto answer = [=](const ServedModels::Found& found) {
    if (const auto* problem = std::get_if<Problem>(&found)) return exchange->respond(error(*problem));
    act(std::get<ModelLease>(found));
  };
  auto loaded = [=, later = site.later](ServedModels::Found found) {
    bool taken = later([=, found = std::move(found)] { answer(found); });
    if (!taken) exchange->respond(error(too_busy()));
  };
  if (auto found = site.models.get(name, loaded)) answer(*found);
}

}  // namespace hearth
