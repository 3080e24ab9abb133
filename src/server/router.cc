#include "server/router.h"

#include <algorithm>
#include <optional>

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

// In how many letters two texts differ, at most.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t change = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

std::string alike(const std::vector<Route>& routes, std::string_view path) {
  path = path.substr(0, 64);  // the work is bounded
  std::vector<std::pair<size_t, std::string>> near;
  for (const Route& route : routes) {
    size_t away = distance(path, route.path);
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
  if (allowed.empty()) {
    return exchange->respond(dialect_error(
        request.path,
        {404,
         fmt::format("there is no {}{}", escape(request.path, 200), alike(routes_, request.path)),
         {},
         "not_found"}));
  }
  HttpResponse refused =
      dialect_error(request.path, {405, fmt::format("{} takes {}, not {}", escape(request.path, 200), allowed,
                                                    escape(request.method, 20))});
  refused.headers.emplace_back("Allow", allowed);
  exchange->respond(std::move(refused));
}

}  // namespace hearth
