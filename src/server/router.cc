#include "server/router.h"

#include <algorithm>
#include <optional>

#include "base/letters_apart.h"
#include "base/text.h"
#include "server/dialects.h"

namespace hearth {

namespace {

// The part before /{NAME}, with the slash; empty if the path has none.
std::string_view stem(const Route& route) {
  size_t at = route.path.find("/{");
  return at == std::string::npos ? std::string_view() : std::string_view(route.path).substr(0, at + 1);
}

bool matches(const Route& route, std::string_view path) {
  std::string_view begin = stem(route);
  if (begin.empty()) return path == route.path;
  return path.size() > begin.size() && path.starts_with(begin);
}

std::string alike(const std::vector<Route>& routes, std::string_view path) {
  path = path.substr(0, 64);  // the work is bounded
  std::vector<std::pair<size_t, std::string>> near;
  for (const Route& route : routes) {
    size_t away = letters_apart(path, route.path);
    if (route.path.ends_with(path) || path.ends_with(route.path)) away = 1;
    if (away <= 1 + route.path.size() / 3) near.emplace_back(away, route.method + " " + route.path);
  }
  std::sort(near.begin(), near.end());
  near.resize(std::min<size_t>(near.size(), 3));
  std::string list;
  for (const auto& [away, name] : near) list += (list.empty() ? "; did you mean " : " or ") + name;
  return list;
}

}  // namespace

std::string_view Router::pattern_of(std::string_view path) const {
  auto at =
      std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) { return matches(route, path); });
  return at == routes_.end() ? "none" : std::string_view(at->path);
}

void Router::handle(HttpRequest request, const std::shared_ptr<Exchange>& exchange) const {
  std::string allowed;
  std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  for (const Route& route : routes_) {
    if (!matches(route, request.path)) continue;
    if (route.method == method) {
      request.parameter = percent_decoded(std::string_view(request.path).substr(stem(route).size()));
      return route.handler(std::move(request), exchange);
    }
    allowed += (allowed.empty() ? "" : ", ") + route.method;
  }
  if (method == "OPTIONS" && request.path == "*")
    return exchange->respond({204, {}, {}, {{"Allow", "GET, HEAD, POST, DELETE, OPTIONS"}}});
  if (allowed.empty()) {
    return exchange->respond(dialect_error(
        request.path,
        {404,
         fmt::format("there is no {}{}", escape(request.path, 200), alike(routes_, request.path)),
         {},
         "not_found"}));
  }
  if (method == "OPTIONS") return exchange->respond({204, {}, {}, {{"Allow", allowed + ", OPTIONS"}}});
  HttpResponse refused =
      dialect_error(request.path, {405, fmt::format("{} takes {}, not {}", escape(request.path, 200), allowed,
                                                    escape(request.method, 20))});
  refused.headers.emplace_back("Allow", allowed);
  exchange->respond(std::move(refused));
}

}  // namespace hearth
