// Listens on sockets and speaks HTTP/1.1 with whoever comes: few threads, many connections.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http.h"

namespace hearth {

struct ListenOptions {
  std::string host = "127.0.0.1";  // an address or name, or the path of a Unix socket, ending in .sock
  uint16_t port = 8080;            // 0: any that is free
  std::string certificate, key;    // files; both or none: TLS
  // One serves thousands of streams. Several wake each other, and where all processors compute, whoever has just been
  // woken may take the processor from the one that was about to answer.
  int32_t threads = 1;
  size_t header_bytes = 32 << 10, body_bytes = 64 << 20;
  double header_seconds = 10, body_seconds = 60, idle_seconds = 75, write_seconds = 60;
  double heartbeat_seconds =
      15;  // of silence in a stream of events, after which a comment says that it lives
  size_t most_connections = 16384;
  size_t most_unsent = 16 << 20;  // bytes that a client which does not read may let pile up
};

// Of ListenOptions::host: a path, and no address.
inline bool is_socket_path(std::string_view host) { return host.ends_with(".sock"); }

class HttpListener {
 public:
  static Result<std::unique_ptr<HttpListener>> listen(const ListenOptions& options, HttpHandler handler);
  virtual ~HttpListener() = default;

  virtual uint16_t port() const = 0;  // 0: a Unix socket
  // Takes no more connections, and ends each when its answer is complete.
  virtual void drain() = 0;
  // Ends all connections and threads. Answers may still be held and written to, until this is destroyed.
  virtual void stop() = 0;
  virtual size_t connections() const = 0;
};

}  // namespace hearth
