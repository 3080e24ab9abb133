// /openapi.json: the routes as a schema, made from the table that serves them.
#include "base/version.h"
#include "server/dialects.h"
#include "server/openai.h"

namespace hearth {

void add_openapi_routes(const Site& site) {
  site.router.add(
      {"GET", "/openapi.json", "Describes the routes",
       [site](HttpRequest, std::shared_ptr<Exchange> exchange) {
         ChatJson paths = ChatJson::object();
         for (const Route& route : site.router.routes()) {
           std::string method = route.method == "GET" ? "get" : route.method == "POST" ? "post" : "delete";
           ChatJson operation = {{"summary", route.summary}};
           operation["responses"] = {{"200", {{"description", "The answer"}}},
                                     {"default", {{"description", "What was wrong"}}}};
           if (method == "post") {
             operation["requestBody"] = {
                 {"required", true}, {"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}};
           }
           if (size_t at = route.path.find('{'); at != std::string::npos) {
             std::string name = route.path.substr(at + 1, route.path.size() - at - 2);
             operation["parameters"].push_back(
                 {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
           }
           paths[route.path][method] = std::move(operation);
         }
         exchange->respond(json_response({{"openapi", "3.1.0"},
                                          {"info", {{"title", "Hearth"}, {"version", kVersion}}},
                                          {"paths", paths}}));
       }});
}

}  // namespace hearth
