#include "server/server.h"

#include "server/openai.h"

namespace hearth {

namespace {
constexpr size_t kMostWaitingJobs = 4096;
}  // namespace

Server::Server(const ServerOptions& options, std::vector<std::unique_ptr<const ServedModel>> models)
    : gate_(options.gate, router_),
      models_(std::move(models)),
      workers_(std::make_unique<Workers>(options.workers, kMostWaitingJobs)) {
  Site site{models_, router_, [this](HttpHandler handler) { return elsewhere(std::move(handler)); },
            [this] { return gate_.draining(); }, [this](std::string& out) { gate_.write_metrics(out); }};
#define X(name) add_##name##_routes(site);
  HEARTH_DIALECTS(X)
#undef X
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options,
                                              std::vector<std::unique_ptr<const ServedModel>> models) {
  std::unique_ptr<Server> server(new Server(options, std::move(models)));
  TRY(server->listener_,
      HttpListener::listen(options.listen, [raw = server.get()](HttpRequest request, auto exchange) {
        raw->handle(std::move(request), std::move(exchange));
      }));
  return server;
}

std::unique_ptr<Server> Server::inside(std::vector<std::unique_ptr<const ServedModel>> models) {
  return std::unique_ptr<Server>(new Server({}, std::move(models)));
}

// Connections end first, so that nobody asks any more; then the workers, then the models, which tell their last
// requests; what they tell goes to answers that the listener, which goes last, still knows.
Server::~Server() {
  if (listener_) listener_->stop();
  workers_.reset();
}

HttpHandler Server::elsewhere(HttpHandler handler) {
  return [this, handler = std::move(handler)](HttpRequest request, std::shared_ptr<Exchange> exchange) {
    auto job = [handler, request = std::move(request), exchange]() mutable {
      handler(std::move(request), std::move(exchange));
    };
    if (!workers_->add(std::move(job)))
      exchange->respond(
          openai_error({429, "too many requests wait to be read", {}, "rate_limit_exceeded", 1}));
  };
}

void Server::drain() {
  gate_.drain();
  if (listener_) listener_->drain();
}

}  // namespace hearth
