// What the routes of Ollama's dialect have in common.
#pragma once

#include <string>

#include "server/json_handler.h"

namespace hearth {

// {"error": "..."}
HttpResponse ollama_error(const Problem& problem);

// Of requests that name a model: how long it stays in memory (keep_alive) is theirs to say.
void add_ollama_route(const Site& site, const char* path, const char* summary, const FieldTable& table,
                      ModelReader read);
// The fields of those, and what says that there is nothing to do but let the model go.
const FieldTable& ollama_fields();
// The older name of the field is still about.
std::string ollama_asked_name(const Fields& fields);
// Seconds, or a number and a unit: 300, "5m", "1h30m"; less than 0: until room is wanted.
std::optional<double> ollama_keep_alive(const Fields& fields);
std::string ollama_name(const ServedModel& model);
std::string ollama_name(const std::string& id);

// 2026-01-31T12:00:00.123456Z
std::string ollama_time(int64_t microseconds_since_1970);
std::string ollama_now();

// Nanoseconds.
int64_t ollama_duration(double seconds);

}  // namespace hearth
