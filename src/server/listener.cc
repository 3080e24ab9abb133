#include "server/listener.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cstring>
#include <thread>
#include <vector>

#include "base/reach.h"
#include "base/system.h"
#include "server/connection.h"

namespace hearth {

namespace {

namespace asio = boost::asio;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

class SocketListener final : public HttpListener {
 public:
  SocketListener(const ListenOptions& options, HttpHandler handler)
      : shared_(std::make_shared<Serving>()),
        acceptor_(asio::make_strand(context_)),
        pause_(acceptor_.get_executor()) {
    shared_->options = options;
    shared_->handler = std::move(handler);
  }

  ~SocketListener() override {
    stop();
    std::map<uint64_t, std::shared_ptr<Connection>> open;
    {
      std::lock_guard lock(shared_->mutex);
      open.swap(shared_->connections);
    }
    open.clear();
    shared_->turns.clear();
    if (bound_path_) ::unlink(shared_->options.host.c_str());
  }

  Status open() {
    const ListenOptions& options = shared_->options;
    if (options.certificate.empty() != options.key.empty())
      return fail("TLS takes both a certificate and a key; one of them is not given");
    if (!options.certificate.empty()) TRY_STATUS(load_certificate());
    if (Status status = is_socket_path(options.host) ? bind_path() : bind_port(); !status.ok()) return status;
    accept();
    for (int32_t i = 0; i < options.threads; ++i) {
      threads_.emplace_back([this] {
        take_short_turns();  // beside threads that compute
        context_.run();
      });
    }
    return {};
  }

  uint16_t port() const override { return port_; }

  void drain() override {
    shared_->draining = true;
    asio::post(acceptor_.get_executor(), [this] {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
    });
    std::vector<std::shared_ptr<Connection>> alive;
    {
      std::lock_guard lock(shared_->mutex);
      for (auto& [id, connection] : shared_->connections) alive.push_back(connection);
    }
    for (auto& connection : alive) connection->drain();
  }

  void stop() override {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  size_t connections() const override {
    std::lock_guard lock(shared_->mutex);
    return shared_->connections.size();
  }

 private:
  Status load_certificate() {
    const ListenOptions& options = shared_->options;
    auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    boost::system::error_code error;
    tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                     asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                     asio::ssl::context::no_tlsv1_1);
    tls->use_certificate_chain_file(options.certificate, error);
    if (error) return fail("{}: not a certificate chain in PEM: {}", options.certificate, error.message());
    tls->use_private_key_file(options.key, asio::ssl::context::pem, error);
    if (error)
      return fail("{}: not a private key in PEM that fits the certificate: {}", options.key, error.message());
    shared_->tls = std::move(tls);
    return {};
  }

  Status bind_path() {
    const std::string& path = shared_->options.host;
    if (path.size() >= 108) return fail("{}: the path of a Unix socket has at most 107 bytes", path);
    // A socket that nobody listens on is left over from a process that was killed.
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0) {
      if (!S_ISSOCK(found.st_mode)) return fail("{}: is there already, and is no socket", path);
      asio::local::stream_protocol::socket probe(context_);
      boost::system::error_code error;
      probe.connect(asio::local::stream_protocol::endpoint(path), error);
      if (!error) return fail("{}: another process listens there", path);
      ::unlink(path.c_str());
    }
    TRY_STATUS(bind(asio::local::stream_protocol::endpoint(path), path));
    bound_path_ = true;
    return {};
  }

  Status bind_port() {
    const ListenOptions& options = shared_->options;
    asio::ip::tcp::resolver resolver(context_);
    boost::system::error_code error;
    // This machine by its own name needs nobody to ask, and is where most clients look first.
    const std::string host = is_localhost(options.host) ? "127.0.0.1" : options.host;
    auto found =
        resolver.resolve(host, std::to_string(options.port), asio::ip::tcp::resolver::passive, error);
    if (error || found.empty()) return fail("{}: no such address: {}", options.host, error.message());
    asio::ip::tcp::endpoint endpoint = found.begin()->endpoint();
    TRY_STATUS(bind(endpoint, fmt::format("{}:{}", options.host, options.port)));
    asio::ip::tcp::endpoint bound;
    auto generic = acceptor_.local_endpoint();
    bound.resize(generic.size());
    std::memcpy(bound.data(), generic.data(), generic.size());
    port_ = bound.port();
    return {};
  }

  Status bind(const asio::generic::stream_protocol::endpoint& endpoint, const std::string& name) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error && !is_socket_path(shared_->options.host))
      acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(4096, error);
    if (error) return fail("{}: cannot listen there: {}", name, error.message());
    return {};
  }

  void accept() {
    acceptor_.async_accept(asio::make_strand(context_), [this](boost::system::error_code error, auto socket) {
      if (!acceptor_.is_open()) return;
      if (error) {
        // Out of descriptors, mostly: whoever is there goes on, and room comes.
        pause_.expires_after(std::chrono::milliseconds(50));
        pause_.async_wait([this](boost::system::error_code stopped) {
          if (!stopped) accept();
        });
        return;
      }
      if (connections() < shared_->options.most_connections) start_connection(shared_, std::move(socket));
      accept();
    });
  }

  std::shared_ptr<Serving> shared_;
  asio::io_context context_;
  Acceptor acceptor_;
  asio::steady_timer pause_;
  std::vector<std::thread> threads_;
  uint16_t port_ = 0;
  bool bound_path_ = false;
};

}  // namespace

Result<std::unique_ptr<HttpListener>> HttpListener::listen(const ListenOptions& options,
                                                           HttpHandler handler) {
  auto listener = std::make_unique<SocketListener>(options, std::move(handler));
  TRY_STATUS(listener->open());
  return std::unique_ptr<HttpListener>(std::move(listener));
}

}  // namespace hearth
