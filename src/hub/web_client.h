// Asks web servers, of which none is trusted: times, sizes and redirects are bounded, and a secret goes to the
// server that it is for and no other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/url.h"

namespace hearth {

struct WebOptions {
  double connect_seconds = 15;
  double silence_seconds = 30;  // that a server may send nothing
  size_t header_bytes = 64 << 10;
  int most_redirects = 6;
};

struct ByteRange {
  uint64_t first = 0, last = 0;  // both included
};

struct WebRequest {
  Url url;
  std::string accept = "*/*";
  std::string token;  // sent to the url's own origin, not where a redirect leads
  std::optional<ByteRange> range;
  std::string if_range;               // the range holds for what has this tag, else all is to be sent
  std::optional<std::string> post{};  // JSON to be sent; such a request is not led anywhere else
};

// The head of an answer.
struct WebAnswer {
  int status = 0;
  Url url;                                                   // after redirects
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::optional<uint64_t> length;                            // of the body that follows
  std::string body;                                          // of an error: its beginning

  std::string_view header(std::string_view name) const;  // the first; empty: none
  bool good() const { return status >= 200 && status < 300; }
};

// What comes of an answer with a good status. An error ends the exchange and is what fetch() returns.
struct WebSink {
  std::function<Status(const WebAnswer&)> begin;
  std::function<Status(std::span<const std::byte>)> data;
};

class WebClient {
 public:
  static Result<WebClient> create(const WebOptions& options = {});
  WebClient(WebClient&&) noexcept;
  ~WebClient();

  // One GET, with its redirects, or one POST. The answer of a server is no error, whatever its status; that there is none, or
  // that it ends early, is. May be called by several threads at once.
  Result<WebAnswer> fetch(const WebRequest& request, const WebSink& sink) const;
  // The body as a text, which has at most `limit` bytes; an error for a status that is not good.
  Result<std::pair<WebAnswer, std::string>> fetch_text(const WebRequest& request, size_t limit) const;

 private:
  struct Shared;
  explicit WebClient(std::unique_ptr<Shared> shared);
  std::unique_ptr<Shared> shared_;
};

// "HOST answered 404: not found", and what it says about why.
Error answer_error(const WebAnswer& answer);

}  // namespace hearth
