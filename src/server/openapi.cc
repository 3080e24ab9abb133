// /openapi.json: the routes as a schema, made from the tables that serve them: of routes (Router) and of what the
// bodies and queries of each may have (FieldTable).
#include "base/version.h"
#include "server/dialects.h"
#include "server/openai.h"

namespace hearth {

namespace {

ChatJson parameter(const char* place, const std::string& name, ChatJson schema, bool required) {
  return {{"name", name}, {"in", place}, {"required", required}, {"schema", std::move(schema)}};
}

// What a path has in braces, and what may stand in its query.
ChatJson parameters_of(const Route& route) {
  ChatJson all = ChatJson::array();
  if (size_t at = route.path.find('{'); at != std::string::npos) {
    std::string name = route.path.substr(at + 1, route.path.size() - at - 2);
    all.push_back(parameter("path", name, {{"type", "string"}}, true));
  }
  if (!route.query) return all;
  ChatJson schema = route.query->schema();
  for (const auto& [name, of_field] : schema["properties"].items()) {
    const FieldRow* row = route.query->find(name);
    all.push_back(parameter("query", name, of_field, row->required));
  }
  return all;
}

ChatJson answers_of(const Route& route) {
  ChatJson content = {{"application/json", ChatJson::object()}};
  if (route.body && route.body->find("stream")) {
    bool lines = route.path.starts_with("/api/");
    content[lines ? "application/x-ndjson" : "text/event-stream"] = ChatJson::object();
  }
  // An example is the shape: it is made as errors are.
  HttpResponse wrong =
      dialect_error(route.path, {400, "max_tokens: is -5, expected an integer from 1 on", "max_tokens"});
  ChatJson problem = {{"example", ChatJson::parse(wrong.body)}};
  return {{"200", {{"description", "The answer"}, {"content", std::move(content)}}},
          {"default", {{"description", "What was wrong"}, {"content", {{wrong.content_type, problem}}}}}};
}

ChatJson body_of(const Route& route, ChatJson& components) {
  route.body->describe(components);
  ChatJson schema = {{"$ref", "#/components/schemas/" + route.body->name()}};
  return {{"required", true}, {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
}

ChatJson describe_routes(const Router& router) {
  ChatJson paths = ChatJson::object(), components = ChatJson::object();
  for (const Route& route : router.routes()) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    ChatJson operation = {{"summary", route.summary}};
    if (ChatJson parameters = parameters_of(route); !parameters.empty())
      operation["parameters"] = std::move(parameters);
    if (route.body) operation["requestBody"] = body_of(route, components);
    operation["responses"] = answers_of(route);
    paths[route.path][method] = std::move(operation);
  }
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Hearth"}, {"version", kVersion}}},
          {"paths", std::move(paths)},
          {"components", {{"schemas", std::move(components)}}}};
}

}  // namespace

void add_openapi_routes(const Site& site) {
  site.router.add({"GET", "/openapi.json", "Describes the routes",
                   site.elsewhere([site](HttpRequest, std::shared_ptr<Exchange> exchange) {
                     exchange->respond(json_response(describe_routes(site.router)));
                   })});
}

}  // namespace hearth
