// What the routes of Ollama's dialect have in common.
#pragma once

#include <string>

#include "server/fields.h"
#include "server/http.h"
#include "server/served_model.h"

namespace hearth {

// {"error": "..."}
HttpResponse ollama_error(const Problem& problem);

// The model that a request names; ":latest" behind a name says nothing.
const ServedModel* ollama_model(const Fields& fields, const ServedModels& models);
std::string ollama_name(const ServedModel& model);

// 2026-01-31T12:00:00.123456Z
std::string ollama_time(int64_t microseconds_since_1970);
std::string ollama_now();

// Nanoseconds.
int64_t ollama_duration(double seconds);

}  // namespace hearth
