#include "hub/web_client.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdlib>
#include <functional>
#include <variant>

#include "base/reach.h"
#include "base/text.h"
#include "base/version.h"
#include "hub/proxy.h"

namespace hearth {

struct WebClient::Shared {
  WebOptions options;
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_client};
};

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = beast::tcp_stream;
using Tls = beast::ssl_stream<Tcp>;
using ErrorCode = boost::system::error_code;

constexpr size_t kReadBytes = 256 << 10;
constexpr size_t kErrorBytes = 2048;  // that are read of what a server says about an error

// Where distributions keep the certificates that they trust, beside where OpenSSL was built to look.
constexpr const char* kCertificates[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                         "/etc/ssl/cert.pem"};

std::chrono::nanoseconds seconds(double count) {
  return std::chrono::nanoseconds(static_cast<int64_t>(count * 1e9));
}

// Bytes to a server and from it, plain or through TLS; everything waits, but never for longer than it may. Beast reads
// and writes messages over it as over any stream.
class Line {
 public:
  using executor_type = asio::io_context::executor_type;
  executor_type get_executor() { return context_.get_executor(); }

  void let_wait(double limit) { tcp().expires_after(seconds(limit)); }

  ErrorCode connect(const std::vector<asio::ip::tcp::endpoint>& endpoints) {
    ErrorCode result;
    tcp().async_connect(endpoints, [&](ErrorCode error, auto) { result = error; });
    run();
    return result;
  }

  ErrorCode shake_hands(asio::ssl::context& tls, const std::string& host) {
    Tcp plain = std::move(std::get<0>(stream_));
    Tls& stream = stream_.emplace<1>(std::move(plain), tls);
    ErrorCode result;
    asio::ip::make_address(host, result);
    if (result) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    stream.async_handshake(asio::ssl::stream_base::client, [&](ErrorCode error) { result = error; });
    run();
    return result;
  }

  template <class Buffers>
  size_t read_some(const Buffers& buffers, ErrorCode& error) {
    asio::mutable_buffer into = *asio::buffer_sequence_begin(buffers);
    return transfer([&](auto& stream, auto done) { stream.async_read_some(into, done); }, error);
  }
  template <class Buffers>
  size_t write_some(const Buffers& buffers, ErrorCode& error) {
    asio::const_buffer from;
    for (auto each = asio::buffer_sequence_begin(buffers);
         each != asio::buffer_sequence_end(buffers) && from.size() == 0; ++each)
      from = *each;
    return transfer([&](auto& stream, auto done) { stream.async_write_some(from, done); }, error);
  }

  // Beast asks for the kind that throws too; nobody calls it.
  template <class Buffers>
  size_t read_some(const Buffers&);
  template <class Buffers>
  size_t write_some(const Buffers&);

  // Nobody is asked for this machine's own names: a small system has no file that says so.
  ErrorCode resolve(const Url& to, std::vector<asio::ip::tcp::endpoint>& found) {
    if (is_localhost(to.host)) {
      found = {{asio::ip::address_v4::loopback(), to.port}, {asio::ip::address_v6::loopback(), to.port}};
      return {};
    }
    asio::ip::tcp::resolver resolver(context_);
    ErrorCode result;
    resolver.async_resolve(to.host, std::to_string(to.port), [&](ErrorCode error, const auto& results) {
      result = error;
      for (const auto& entry : results) found.push_back(entry.endpoint());
    });
    run();
    return result;
  }

 private:
  Tcp& tcp() { return stream_.index() == 0 ? std::get<0>(stream_) : std::get<1>(stream_).next_layer(); }

  template <class Start>
  size_t transfer(const Start& start, ErrorCode& error) {
    size_t count = 0;
    std::function<void(ErrorCode, size_t)> done = [&](ErrorCode result, size_t moved) {
      error = result;
      count = moved;
    };
    std::visit([&](auto& stream) { start(stream, done); }, stream_);
    run();
    return count;
  }

  void run() {
    context_.restart();
    context_.run();
  }

  asio::io_context context_{1};
  std::variant<Tcp, Tls> stream_{std::in_place_index<0>, context_};
};

// One connection, for one request.
class Dialogue {
 public:
  Dialogue(const WebOptions& options, asio::ssl::context& tls, const Url& url)
      : options_(options), tls_(tls), url_(url) {}

  // `least`: the farthest network that may be reached, if not any.
  Status connect(std::optional<Reach> least, Reach& reached) {
    TRY(Proxy proxy, proxy_for(url_));
    auto opened = proxy.url ? reach(*proxy.url, std::nullopt, reached) : reach(url_, least, reached);
    if (!opened.ok()) return opened;
    if (proxy.url) {
      // A proxy finds the address itself, so that nothing can be said about where it is.
      reached = Reach::anywhere;
      if (url_.secure) TRY_STATUS(tunnel(proxy));
      if (!url_.secure) proxy_ = std::move(proxy);
    }
    return url_.secure ? shake_hands() : Status();
  }

  Result<WebAnswer> ask(const WebRequest& request, bool with_token, const WebSink& sink) {
    http::request<http::string_body> question(request.post ? http::verb::post : http::verb::get,
                                              proxy_.url ? url_.text() : url_.target, 11);
    question.set(http::field::host, url_.authority());
    question.set(http::field::user_agent, "hearth/" HEARTH_VERSION);
    question.set(http::field::accept, request.accept);
    question.set(http::field::accept_encoding, "identity");
    question.set(http::field::connection, "close");
    if (!proxy_.authorization.empty()) question.set(http::field::proxy_authorization, proxy_.authorization);
    if (with_token) question.set(http::field::authorization, "Bearer " + request.token);
    if (request.range)
      question.set(http::field::range, fmt::format("bytes={}-{}", request.range->first, request.range->last));
    if (request.range && !request.if_range.empty()) question.set(http::field::if_range, request.if_range);
    if (request.post) {
      question.set(http::field::content_type, "application/json");
      question.body() = *request.post;
      question.prepare_payload();
    }

    ErrorCode error;
    line_.let_wait(options_.silence_seconds);
    http::write(line_, question, error);
    if (error) return trouble("cannot send", error);
    return read_answer(sink);
  }

 private:
  Status reach(const Url& to, std::optional<Reach> least, Reach& reached) {
    std::vector<asio::ip::tcp::endpoint> found;
    ErrorCode error = line_.resolve(to, found);
    if (error) return fail("{}: no such host: {}", to.host, error.message());
    std::vector<asio::ip::tcp::endpoint> endpoints;
    for (const auto& endpoint : found) {
      Reach reach = reach_of(endpoint.address().to_string()).value_or(Reach::none);
      if (least && reach > *least) continue;
      if (endpoints.empty()) reached = reach;
      endpoints.push_back(endpoint);
    }
    if (endpoints.empty())
      return fail("{}: is an address inside this machine or its network, where a redirect may not lead",
                  to.host);
    line_.let_wait(options_.connect_seconds);
    error = line_.connect(endpoints);
    if (error) return fail("{}: cannot connect: {}", to.authority(), error.message());
    return {};
  }

  // Through a proxy, to a server that it cannot listen to.
  Status tunnel(const Proxy& proxy) {
    std::string target = fmt::format("{}:{}", url_.host, url_.port);
    http::request<http::empty_body> question(http::verb::connect, target, 11);
    question.set(http::field::host, target);
    if (!proxy.authorization.empty()) question.set(http::field::proxy_authorization, proxy.authorization);
    ErrorCode error;
    line_.let_wait(options_.silence_seconds);
    http::write(line_, question, error);
    if (error) return trouble("the proxy cannot be asked", error);
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    parser.header_limit(static_cast<uint32_t>(options_.header_bytes));
    line_.let_wait(options_.silence_seconds);
    http::read_header(line_, buffer_, parser, error);
    if (error) return trouble("the proxy does not answer", error);
    if (parser.get().result() != http::status::ok)
      return fail("{}: the proxy {} answered {}", url_.authority(), proxy.url->authority(),
                  parser.get().result_int());
    if (buffer_.size() > 0) return fail("{}: the proxy says more than was asked", url_.authority());
    return {};
  }

  Status shake_hands() {
    line_.let_wait(options_.connect_seconds);
    ErrorCode error = line_.shake_hands(tls_, url_.host);
    if (error) return trouble("no secure connection", error);
    return {};
  }

  Result<WebAnswer> read_answer(const WebSink& sink) {
    http::response_parser<http::buffer_body> parser;
    parser.header_limit(static_cast<uint32_t>(options_.header_bytes));
    parser.body_limit(boost::none);  // the sink bounds it
    ErrorCode error;
    line_.let_wait(options_.silence_seconds);
    http::read_header(line_, buffer_, parser, error);
    if (error) return trouble("no answer", error);
    WebAnswer answer;
    answer.status = static_cast<int>(parser.get().result_int());
    answer.url = url_;
    for (const auto& field : parser.get().base()) {
      std::string name(field.name_string());
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      answer.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    if (auto length = parser.content_length()) answer.length = *length;
    if (answer.status >= 300 && answer.status < 400) return answer;
    if (std::string_view coding = answer.header("content-encoding"); !coding.empty() && coding != "identity")
      return fail("{}: sends what was not asked for, with the encoding {}", url_.authority(), quote(coding));
    if (answer.good() && sink.begin) TRY_STATUS(sink.begin(answer));

    buffer_.reserve(
        kReadBytes);  // it reads no more at once than there is room for, and begins with 512 bytes
    auto bytes = std::make_unique<std::byte[]>(kReadBytes);
    auto& body = parser.get().body();
    while (!parser.is_done()) {
      body.data = bytes.get();
      body.size = kReadBytes;
      body.more = true;
      line_.let_wait(options_.silence_seconds);
      http::read_some(line_, buffer_, parser, error);
      std::span<const std::byte> piece(bytes.get(), kReadBytes - body.size);
      if (!answer.good()) {
        answer.body.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        if (error || answer.body.size() > kErrorBytes) break;
        continue;
      }
      if (!piece.empty() && sink.data) TRY_STATUS(sink.data(piece));
      if (error && error != http::error::need_buffer) return trouble("the answer broke off", error);
    }
    return answer;
  }

  Error trouble(std::string_view what, const ErrorCode& error) const {
    bool silent = error == beast::error::timeout;
    return fail("{}: {}: {}", url_.authority(), what, silent ? "the server is silent" : error.message());
  }

  const WebOptions& options_;
  asio::ssl::context& tls_;
  const Url& url_;
  Line line_;
  beast::flat_buffer buffer_;
  Proxy proxy_;  // that is told the whole address, since there is no tunnel
};

Result<Url> follow(const Url& from, const WebAnswer& answer) {
  std::string_view location = answer.header("location");
  if (location.empty())
    return fail("{}: answered {} without saying where to", from.authority(), answer.status);
  auto next = from.resolve(location);
  if (!next.ok()) return within(from.authority() + " redirects", std::move(next).error());
  if (from.secure && !next->secure)
    return fail("{}: redirects to {}, which is not secure", from.authority(), next->authority());
  return next;
}

}  // namespace

std::string_view WebAnswer::header(std::string_view name) const {
  auto at =
      std::ranges::find(headers, name, [](const auto& header) { return std::string_view(header.first); });
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

WebClient::WebClient(std::unique_ptr<Shared> shared) : shared_(std::move(shared)) {}
WebClient::WebClient(WebClient&&) noexcept = default;
WebClient::~WebClient() = default;

Result<WebClient> WebClient::create(const WebOptions& options) {
  auto shared = std::make_unique<Shared>();
  shared->options = options;
  ErrorCode ignored;
  asio::ssl::context& tls = shared->tls;
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                  asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  tls.set_default_verify_paths(ignored);
  struct stat found {};
  for (const char* path : kCertificates) {
    if (std::getenv("SSL_CERT_FILE") || ::stat(path, &found) != 0) continue;
    tls.load_verify_file(path, ignored);
    break;
  }
  tls.set_verify_mode(asio::ssl::verify_peer, ignored);
  return WebClient(std::move(shared));
}

Result<WebAnswer> WebClient::fetch(const WebRequest& request, const WebSink& sink) const {
  Url url = request.url;
  std::optional<Reach> least;  // where the user pointed may be anywhere; a redirect goes no deeper
  for (int hop = 0; hop <= shared_->options.most_redirects; ++hop) {
    Dialogue dialogue(shared_->options, shared_->tls, url);
    Reach reached = Reach::anywhere;
    TRY_STATUS(dialogue.connect(least, reached));
    if (!least) least = reached;
    bool with_token = !request.token.empty() && url.same_origin(request.url);
    TRY(WebAnswer answer, dialogue.ask(request, with_token, sink));
    constexpr int kRedirects[] = {301, 302, 303, 307, 308};
    if (request.post || std::ranges::find(kRedirects, answer.status) == std::end(kRedirects)) return answer;
    TRY(url, follow(url, answer));
  }
  return fail("{}: redirects more than {} times", request.url.authority(), shared_->options.most_redirects);
}

Result<std::pair<WebAnswer, std::string>> WebClient::fetch_text(const WebRequest& request,
                                                                size_t limit) const {
  std::string text;
  WebSink sink;
  sink.data = [&](std::span<const std::byte> bytes) -> Status {
    if (bytes.size() > limit - text.size())
      return fail("{}: the answer has more than {} bytes", request.url.text(), limit);
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  TRY(WebAnswer answer, fetch(request, sink));
  if (!answer.good()) return answer_error(answer);
  return std::pair(std::move(answer), std::move(text));
}

Error answer_error(const WebAnswer& answer) {
  std::string_view why = answer.status == 401   ? "a token is needed, or the name is wrong"
                         : answer.status == 403 ? "not allowed"
                         : answer.status == 404 ? "there is no such thing"
                         : answer.status == 429 ? "too many requests; try later"
                         : answer.status >= 500 ? "the server is in trouble; try later"
                                                : "not what was asked for";
  std::string said = escape(std::string_view(answer.body).substr(0, answer.body.find('\n')), 160);
  return fail("{}: answered {}: {}{}{}", answer.url.text(), answer.status, why, said.empty() ? "" : ": ",
              said);
}

}  // namespace hearth
