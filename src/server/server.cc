#include "server/server.h"

namespace hearth {

namespace {
constexpr size_t kMostWaitingJobs = 4096, kMostWaitingFetches = 16;
}  // namespace

Server::Server(const ServerOptions& options, std::unique_ptr<ServedModels> models)
    : gate_(options.gate, router_),
      workers_(options.workers, kMostWaitingJobs),
      fetchers_(1, kMostWaitingFetches),
      models_(std::move(models)) {
  auto later = [this](std::function<void()> job) { return workers_.add(std::move(job)); };
  auto elsewhere = [later](HttpHandler handler) -> HttpHandler {
    return [=](HttpRequest request, std::shared_ptr<Exchange> exchange) {
      std::string path = request.path;
      auto job = [handler, exchange, request = std::move(request)]() mutable {
        handler(std::move(request), std::move(exchange));
      };
      if (!later(std::move(job))) exchange->respond(dialect_error(path, too_busy()));
    };
  };
  Site site{*models_,
            router_,
            later,
            elsewhere,
            [this](std::function<void()> job) { return fetchers_.add(std::move(job)); },
            stopping_,
            [this] { return gate_.draining(); },
            [this](std::string& out) { gate_.write_metrics(out); }};
#define X(name) add_##name##_routes(site);
  HEARTH_DIALECTS(X)
#undef X
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options,
                                              std::unique_ptr<ServedModels> models) {
  std::unique_ptr<Server> server(new Server(options, std::move(models)));
  TRY(server->listener_,
      HttpListener::listen(options.listen, [raw = server.get()](HttpRequest request, auto exchange) {
        raw->handle(std::move(request), std::move(exchange));
      }));
  return server;
}

std::unique_ptr<Server> Server::inside(std::unique_ptr<ServedModels> models) {
  return std::unique_ptr<Server>(new Server({}, std::move(models)));
}

// Connections end first, so that nobody asks any more; then the workers, then the models, which tell their last
// requests; what they tell goes to answers that the listener, which goes last, still knows.
Server::~Server() {
  stopping_ = true;
  if (listener_) listener_->stop();
  fetchers_.stop();
  workers_.stop();
}

void Server::drain() {
  gate_.drain();
  if (listener_) listener_->drain();
}

}  // namespace hearth
