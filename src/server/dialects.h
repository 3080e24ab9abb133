// The dialects: each adds its routes, and translates what comes over them.
#pragma once

#include <atomic>
#include <functional>

#include "server/router.h"
#include "server/served_models.h"

namespace hearth {

// What routes are made with.
struct Site {
  ServedModels& models;
  Router& router;
  // On a thread that may take its time; false: too much waits already.
  std::function<bool(std::function<void()>)> later;
  std::function<HttpHandler(HttpHandler)> elsewhere;  // the same handler, later
  // On the thread for what takes minutes, which is to end once `stopping` is true.
  std::function<bool(std::function<void()>)> slowly;
  const std::atomic<bool>& stopping;
  std::function<bool()> draining;
  std::function<void(std::string& out)> http_metrics;
};

// What is wrong with a request, in the shape of the dialect that its path belongs to.
HttpResponse dialect_error(std::string_view path, const Problem& problem);

// clang-format off
#define HEARTH_DIALECTS(X) \
  X(openai_chat) \
  X(openai_completions) \
  X(openai_models) \
  X(openai_embeddings) \
  X(anthropic) \
  X(llama_server) \
  X(llama_completion) \
  X(llama_slots) \
  X(infill) \
  X(rerank) \
  X(ollama_answers) \
  X(ollama_models) \
  X(ollama_embed) \
  X(ollama_pull) \
  X(responses) \
  X(metrics) \
  X(openapi)
// clang-format on

#define X(name) void add_##name##_routes(const Site& site);
HEARTH_DIALECTS(X)
#undef X

}  // namespace hearth
