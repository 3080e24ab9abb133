// Handlers of requests whose body is JSON, with the model that they name or without one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/dialects.h"
#include "server/fields.h"
#include "server/openai.h"

namespace hearth {

using ErrorShape = HttpResponse (*)(const Problem&);

// Reads a body of JSON; `read` answers the exchange or returns what is wrong, which `error` gives its shape.
using BodyReader = std::function<std::optional<Problem>(const Fields& fields, const HttpRequest& request,
                                                        const std::shared_ptr<Exchange>& exchange)>;
HttpHandler json_handler(const FieldTable& table, BodyReader read, ErrorShape error = openai_error);

// The same on a thread that may take its time, once the model that the body names is in memory.
using ModelReader = std::function<std::optional<Problem>(const ModelLease& model, const Fields& fields,
                                                         const HttpRequest& request,
                                                         const std::shared_ptr<Exchange>& exchange)>;
struct ModelHandling {
  ErrorShape error = openai_error;
  std::string (*name)(const Fields& fields) = nullptr;  // of the model; null: the field `model`
  // True: the request is answered, and needs no model.
  std::function<bool(const Fields& fields, const std::shared_ptr<Exchange>& exchange)> instead{};
};
// Routes with these, one for each of several paths that mean the same.
void add_model_routes(const Site& site, std::initializer_list<const char*> paths, const char* summary,
                      const FieldTable& table, ModelReader read, const ModelHandling& how = {});
HttpHandler model_handler(const Site& site, const FieldTable& table, ModelReader read,
                          const ModelHandling& how = {});

// On a thread that may take its time: `act` gets the model once it is in memory.
void with_model(const Site& site, std::string_view name, const std::shared_ptr<Exchange>& exchange,
                ErrorShape error, std::function<void(const ModelLease& model)> act);

}  // namespace hearth
