// The server: models, routes, and the sockets that lead to them.
#pragma once

#include <atomic>
#include <memory>

#include "server/dialects.h"
#include "server/gate.h"
#include "server/listener.h"
#include "server/served_models.h"
#include "server/workers.h"

namespace hearth {

struct ServerOptions {
  ListenOptions listen;
  GateOptions gate;
  int32_t workers = 2;  // threads that read requests and render templates
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options,
                                               std::unique_ptr<ServedModels> models);
  // One that no socket leads to: handle() alone asks it.
  static std::unique_ptr<Server> inside(std::unique_ptr<ServedModels> models);
  // Cuts off what is still being answered.
  ~Server();

  // As if it had come over a socket. From any thread.
  void handle(HttpRequest request, std::shared_ptr<Exchange> exchange) {
    gate_.handle(std::move(request), std::move(exchange));
  }

  uint16_t port() const { return listener_->port(); }  // of one that listens
  // Takes no more; what is being answered goes on.
  void drain();
  // All answers are given, and their connections are gone.
  bool idle() const { return gate_.active() == 0 && (!listener_ || listener_->connections() == 0); }

 private:
  Server(const ServerOptions& options, std::unique_ptr<ServedModels> models);

  // In an order in which the later use the earlier; the destructor says how they end.
  Router router_;
  Gate gate_;
  std::unique_ptr<HttpListener> listener_;  // null: inside
  Workers workers_, fetchers_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<ServedModels> models_;
};

}  // namespace hearth
