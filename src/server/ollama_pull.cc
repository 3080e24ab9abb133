// Ollama: models come and go: /api/pull, /api/delete. Open where the server serves all that this machine has, not
// where it was started with certain models.
#include <chrono>

#include "server/ollama.h"

namespace hearth {

namespace {

Problem not_managed() {
  return {
      403,
      "this server serves the models that it was started with; one that is started without any fetches and "
      "removes them",
      {},
      "not_managed"};
}

const FieldTable& pull_fields() {
  static const FieldTable table(
      "Pull", {{"stream", Kind::flag(), "Progress comes as lines; otherwise the end of it alone"}},
      {ollama_fields});
  return table;
}

// What is told while a model comes, a line of JSON each; or the end of it alone.
class PullAnswer {
 public:
  PullAnswer(std::shared_ptr<Exchange> exchange, bool stream)
      : exchange_(std::move(exchange)), stream_(stream) {}

  void begin() {
    if (!stream_) return;
    HttpResponse head;
    head.content_type = "application/x-ndjson";
    head.body = line({{"status", "pulling manifest"}});
    exchange_->begin(std::move(head));
  }

  void progress(std::string_view what, uint64_t done, uint64_t total) {
    constexpr auto kBetween = std::chrono::milliseconds(200);
    auto now = std::chrono::steady_clock::now();
    if (!stream_ || now - told_ < kBetween) return;
    told_ = now;
    exchange_->write(line({{"status", fmt::format("pulling {}", what)},
                           {"digest", std::string(what)},
                           {"total", total},
                           {"completed", done}}));
  }

  void end(const Result<std::string>& pulled) {
    if (!stream_) {
      return exchange_->respond(pulled.ok() ? json_response({{"status", "success"}})
                                            : ollama_error({502, pulled.error().message, "model"}));
    }
    exchange_->write(line(pulled.ok() ? ChatJson{{"status", "success"}, {"model", *pulled}}
                                      : ChatJson{{"error", pulled.error().message}}));
    exchange_->end();
  }

 private:
  static std::string line(const ChatJson& body) { return json_text(body) + "\n"; }

  const std::shared_ptr<Exchange> exchange_;
  const bool stream_;
  std::chrono::steady_clock::time_point told_{};
};

std::optional<Problem> pull(const Site& site, const Fields& fields, const HttpRequest&,
                            const std::shared_ptr<Exchange>& exchange) {
  std::string name = ollama_asked_name(fields);
  bool stream = fields.flag("stream", true);
  if (name.empty()) fields.refuse("model", "is missing; it is the name of a model");
  if (fields.failed()) return fields.problem();
  if (!site.models.source().manages()) return not_managed();
  auto gone = std::make_shared<std::atomic<bool>>(false);
  exchange->on_gone([gone] { *gone = true; });
  bool taken = site.slowly([&models = site.models, &stopping = site.stopping, name, stream, exchange, gone] {
    PullAnswer answer(exchange, stream);
    answer.begin();
    auto pulled = models.source().pull(name, [&](std::string_view what, uint64_t done, uint64_t total) {
      answer.progress(what, done, total);
      return !stopping && !*gone;
    });
    if (pulled.ok()) models.refresh();
    answer.end(pulled);
  });
  return taken ? std::nullopt : std::optional(too_busy());
}

std::optional<Problem> remove(const Site& site, const Fields& fields, const HttpRequest&,
                              const std::shared_ptr<Exchange>& exchange) {
  std::string name = ollama_asked_name(fields);
  if (name.empty()) fields.refuse("model", "is missing; it is the name of a model");
  if (fields.failed()) return fields.problem();
  if (!site.models.source().manages()) return not_managed();
  site.models.refresh();
  auto entry = site.models.find(name);
  if (!entry) return site.models.missing(name);
  if (!entry->card.removable) {
    return Problem{
        403, fmt::format("model: {} is not ours to remove: hearth list says whose it is", entry->card.id()),
        "model", "not_removable"};
  }
  site.models.unload(name);
  if (Status removed = site.models.source().remove(entry->card); !removed.ok())
    return Problem{500, removed.error().message, "model"};
  site.models.refresh();
  exchange->respond(json_response(ChatJson::object()));
  return std::nullopt;
}

}  // namespace

void add_ollama_pull_routes(const Site& site) {
  auto add = [&](const char* method, const char* path, const char* summary, const FieldTable& table,
                 auto read) {
    site.router.add({method, path, summary,
                     site.elsewhere(json_handler(
                         table,
                         [site, read](const Fields& fields, const HttpRequest& request,
                                      const std::shared_ptr<Exchange>& exchange) {
                           return read(site, fields, request, exchange);
                         },
                         ollama_error)),
                     &table});
  };
  add("POST", "/api/pull", "Fetches a model, in Ollama's words", pull_fields(), pull);
  add("DELETE", "/api/delete", "Removes a model, in Ollama's words", ollama_fields(), remove);
}

}  // namespace hearth
