// One connection: reads a request, lets it be answered, and reads the next one.
#pragma once

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <map>
#include <memory>
#include <mutex>

#include "server/listener.h"
#include "server/turns.h"

namespace hearth {

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void drain() = 0;  // ends when the answer on its way is complete
};

// What all connections of a listener have in common.
struct Serving {
  ListenOptions options;
  HttpHandler handler;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null: none
  Turns turns{2};  // at handshakes: one computes while another waits for its client
  std::atomic<bool> draining{false};
  std::mutex mutex;
  uint64_t last_id = 0;
  std::map<uint64_t, std::shared_ptr<Connection>> connections;  // those that are open
};

// The socket's executor is a strand: all that a connection does, it does there.
void start_connection(std::shared_ptr<Serving> serving, boost::asio::generic::stream_protocol::socket socket);

}  // namespace hearth
