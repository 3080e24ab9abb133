// Which handler answers which request: a table of routes.
#pragma once

#include <string>
#include <vector>

#include "server/field_table.h"
#include "server/http.h"

namespace hearth {

struct Route {
  std::string method, path;  // a path that ends in /{NAME} takes anything there: HttpRequest::parameter
  std::string summary;       // one line for a person
  HttpHandler handler;
  const FieldTable* body = nullptr;   // none: a body is not looked at
  const FieldTable* query = nullptr;  // what may stand behind the path's ?
};

class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  const std::vector<Route>& routes() const { return routes_; }

  // HEAD is answered as GET. What no route has is refused: 404 with routes that are alike, 405 with Allow.
  void handle(HttpRequest request, const std::shared_ptr<Exchange>& exchange) const;

  // The label of a path in metrics: the route's own, of which there are few, whatever strangers ask for.
  std::string_view pattern_of(std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace hearth
