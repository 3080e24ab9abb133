// Requests and answers of HTTP, as routes see them: no sockets, no threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

class RequestNotes;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method, path, query, body;
  std::string parameter;                  // what stands where the route's path has {NAME}
  std::string id;                         // of this request, for logs and answers
  std::string client;                     // whose it is: clients get equal shares of the machine
  HttpHeaders headers;                    // names in lower case
  std::shared_ptr<RequestNotes> notes{};  // for logs and traces
  // The first one of this name (in lower case); empty: none.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  HttpHeaders headers;
};

// An answer on its way: whole, or as a stream. May be used from any thread, and never waits; what comes after the
// end, or after the client went away, is dropped.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void respond(HttpResponse response) = 0;
  virtual void begin(HttpResponse head) = 0;  // its body is the first piece
  virtual void write(std::string piece) = 0;
  virtual void end() = 0;
  // Called once, from a thread of the server's, if the client goes away before the end. Now, if it has.
  virtual void on_gone(std::function<void()> act) = 0;
};

// Called on a thread that serves many connections: what takes long belongs elsewhere.
using HttpHandler = std::function<void(HttpRequest request, std::shared_ptr<Exchange> exchange)>;

// The value of NAME in a query, decoded; empty: it is not there.
std::string query_value(std::string_view query, std::string_view name);
std::string percent_decoded(std::string_view text);

// "Not Found" and the like.
std::string_view reason_of(int status);

}  // namespace hearth
