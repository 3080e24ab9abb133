#include "server/connection.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <deque>
#include <optional>

#include "base/text.h"

namespace hearth {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Plain = beast::basic_stream<asio::generic::stream_protocol>;
using Tls = beast::ssl_stream<Plain>;

std::chrono::nanoseconds seconds(double count) {
  return std::chrono::nanoseconds(static_cast<int64_t>(count * 1e9));
}

std::string head_of(const HttpResponse& response, std::string_view length, bool last) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  if (!response.content_type.empty()) head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) {
    // What came with a request may be part of a value; it must not become a line of its own.
    std::string safe = value;
    std::erase_if(safe, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
    head += fmt::format("{}: {}\r\n", name, safe);
  }
  head += length;
  head += last ? "Connection: close\r\n\r\n" : "\r\n";
  return head;
}

std::string chunk_of(std::string_view piece) { return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece); }

template <class Stream>
class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  template <class... Args>
  HttpConnection(std::shared_ptr<Serving> serving, uint64_t id, Args&&... args)
      : serving_(std::move(serving)), id_(id), stream_(std::forward<Args>(args)...), heartbeat_(stream_.get_executor()) {}

  ~HttpConnection() override {
    std::lock_guard lock(serving_->mutex);
    serving_->connections.erase(id_);
  }

  void start() {
    if constexpr (std::is_same_v<Stream, Tls>) {
      lowest().expires_after(seconds(serving_->options.header_seconds));
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](auto error) {
        if (!error) self->read_request();
      });
    } else {
      asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->read_request(); });
    }
  }

  void drain() override {
    asio::post(stream_.get_executor(), [self = this->shared_from_this()] {
      if (!self->current_) self->close();  // between requests
    });
  }

 private:
  // The answer to one request. It outlives neither its use by others nor the connection.
  class Answer final : public Exchange, public std::enable_shared_from_this<Answer> {
   public:
    explicit Answer(std::shared_ptr<HttpConnection> connection, bool head_only, bool last)
        : connection_(std::move(connection)), executor_(connection_.lock()->stream_.get_executor()), head_only_(head_only), last_(last) {}

    void respond(HttpResponse response) override {
      post([response = std::move(response)](HttpConnection& to, Answer& self) mutable {
        if (self.begun_) return;
        self.begun_ = true;
        std::string text = head_of(response, fmt::format("Content-Length: {}\r\n", response.body.size()), self.last_);
        if (!self.head_only_) text += response.body;
        to.send(std::move(text));
        to.complete(self.last_);
      });
    }
    void begin(HttpResponse head) override {
      post([head = std::move(head)](HttpConnection& to, Answer& self) {
        if (self.begun_) return;
        self.begun_ = true;
        self.events_ = head.content_type.starts_with("text/event-stream");
        std::string text = head_of(head, "Transfer-Encoding: chunked\r\n", self.last_);
        if (!head.body.empty() && !self.head_only_) text += chunk_of(head.body);
        to.send(std::move(text));
        to.beat(self.events_);
      });
    }
    void write(std::string piece) override {
      if (piece.empty()) return;
      post([piece = std::move(piece)](HttpConnection& to, Answer& self) {
        if (!self.begun_) return;
        if (!self.head_only_) to.send(chunk_of(piece));
        to.beat(self.events_);
      });
    }
    void end() override {
      post([](HttpConnection& to, Answer& self) {
        if (!self.begun_) return;
        if (!self.head_only_) to.send("0\r\n\r\n");
        to.complete(self.last_);
      });
    }
    void on_gone(std::function<void()> act) override {
      asio::post(executor_, [self = this->shared_from_this(), act = std::move(act)]() mutable {
        auto connection = self->connection_.lock();
        if (connection && connection->current_ == self) {
          self->gone_ = std::move(act);
        } else if (!self->complete_) {
          act();
        }
      });
    }

    // On the connection's strand.
    void gone() {
      if (auto act = std::exchange(gone_, nullptr)) act();
    }
    void completed() {
      complete_ = true;
      gone_ = nullptr;
    }

   private:
    template <class Act>
    void post(Act act) {
      asio::post(executor_, [self = this->shared_from_this(), act = std::move(act)]() mutable {
        auto connection = self->connection_.lock();
        if (connection && connection->current_ == self) act(*connection, *self);
      });
    }

    std::weak_ptr<HttpConnection> connection_;
    asio::any_io_executor executor_;
    const bool head_only_, last_;
    bool begun_ = false, events_ = false, complete_ = false;
    std::function<void()> gone_;
  };

  Plain& lowest() { return beast::get_lowest_layer(stream_); }

  void read_request() {
    if (serving_->draining) return close();
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(serving_->options.header_bytes));
    parser_->body_limit(serving_->options.body_bytes);
    // A connection may rest between requests; once one begins, its head has to come soon.
    if (buffer_.size() > 0) return read_header();
    lowest().expires_after(seconds(first_ ? serving_->options.header_seconds : serving_->options.idle_seconds));
    stream_.async_read_some(buffer_.prepare(4096), [self = this->shared_from_this()](auto error, size_t n) {
      if (error) return self->close();
      self->buffer_.commit(n);
      self->read_header();
    });
  }

  void read_header() {
    first_ = false;
    lowest().expires_after(seconds(serving_->options.header_seconds));
    http::async_read_header(stream_, buffer_, *parser_, [self = this->shared_from_this()](auto error, size_t) {
      if (error) return self->refuse(error);
      self->read_body();
    });
  }

  void read_body() {
    const auto& head = parser_->get();
    if (head.version() != 11 && head.version() != 10) return refuse(400, "HTTP/1.1 is spoken here");
    if (head.version() == 11 && head.count(http::field::host) != 1)
      return refuse(400, "a request has one Host header");
    if (auto length = parser_->content_length(); length && *length > serving_->options.body_bytes) {
      return refuse(413, fmt::format("the body has {} bytes; {} are the most", *length, serving_->options.body_bytes));
    }
    lowest().expires_after(seconds(serving_->options.body_seconds));
    if (auto expect = head.find(http::field::expect); expect != head.end()) {
      if (!beast::iequals(expect->value(), "100-continue")) return refuse(417, "100-continue is all that can be expected");
      asio::async_write(stream_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")),
                        [self = this->shared_from_this()](auto error, size_t) {
                          if (error) return self->close();
                          self->read_rest();
                        });
      return;
    }
    read_rest();
  }

  void read_rest() {
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](auto error, size_t) {
      if (error) return self->refuse(error);
      self->hand_over();
    });
  }

  void hand_over() {
    lowest().expires_never();
    auto message = parser_->release();
    HttpRequest request;
    request.method = std::string(message.method_string());
    std::string_view target(message.target().data(), message.target().size());
    request.path = std::string(target.substr(0, target.find('?')));
    if (size_t mark = target.find('?'); mark != std::string_view::npos) request.query = std::string(target.substr(mark + 1));
    for (const auto& field : message) {
      std::string name(field.name_string());
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    request.body = std::move(message.body());
    bool last = !message.keep_alive() || serving_->draining;
    current_ = std::make_shared<Answer>(this->shared_from_this(), message.method() == http::verb::head, last);
    watch();
    serving_->handler(std::move(request), current_);
  }

  // While an answer is made, only the end of the connection, or the beginning of the next request, can come.
  void watch() {
    if (watching_ || buffer_.size() > serving_->options.header_bytes) return;
    watching_ = true;
    stream_.async_read_some(buffer_.prepare(4096), [self = this->shared_from_this()](auto error, size_t n) {
      self->watching_ = false;
      if (error) return self->vanish();
      self->buffer_.commit(n);
      if (self->current_) return self->watch();
      self->next();
    });
  }

  void vanish() {
    if (auto answer = std::exchange(current_, nullptr)) answer->gone();
    close();
  }

  void send(std::string text) {
    unsent_ += text.size();
    pieces_.push_back(std::move(text));
    if (unsent_ > serving_->options.most_unsent) return vanish();
    if (pieces_.size() == 1) write_next();
  }

  void write_next() {
    lowest().expires_after(seconds(serving_->options.write_seconds));
    asio::async_write(stream_, asio::buffer(pieces_.front()), [self = this->shared_from_this()](auto error, size_t) {
      if (error) return self->vanish();
      self->lowest().expires_never();
      self->unsent_ -= self->pieces_.front().size();
      self->pieces_.pop_front();
      if (!self->pieces_.empty()) return self->write_next();
      if (self->close_when_sent_) return self->close();
      if (!self->current_) self->next();
    });
  }

  void complete(bool last) {
    heartbeat_.cancel();
    current_->completed();
    current_ = nullptr;
    if (last || serving_->draining) close_when_sent_ = true;
    if (!pieces_.empty()) return;
    if (close_when_sent_) return close();
    next();
  }

  // The next request: it may have begun already, and then is in the buffer, or be what watch() waits for.
  void next() {
    if (current_ || !pieces_.empty() || closed_) return;
    if (watching_) {
      if (buffer_.size() == 0) {
        lowest().expires_after(seconds(serving_->options.idle_seconds));
        return;
      }
      lowest().cancel();
    }
    read_request();
  }

  // In silence a stream of events says now and then that it lives.
  void beat(bool events) {
    if (!events) return;
    heartbeat_.expires_after(seconds(serving_->options.heartbeat_seconds));
    heartbeat_.async_wait([self = this->shared_from_this(), answer = std::weak_ptr(current_)](auto error) {
      if (error || !self->current_ || self->current_ != answer.lock()) return;
      self->send(chunk_of(": still here\n\n"));
      self->beat(true);
    });
  }

  void refuse(boost::system::error_code error) {
    if (error == http::error::end_of_stream || error == asio::error::operation_aborted) return close();
    if (error == beast::error::timeout) return close();
    if (error == http::error::header_limit) return refuse(431, fmt::format("the head has more than {} bytes", serving_->options.header_bytes));
    if (error == http::error::body_limit) return refuse(413, fmt::format("the body has more than {} bytes", serving_->options.body_bytes));
    if (error.category() == make_error_code(http::error::bad_method).category())
      return refuse(400, fmt::format("not a request of HTTP/1.1: {}", error.message()));
    close();
  }

  // Nothing that follows what was not understood is read.
  void refuse(int status, std::string_view message) {
    HttpResponse response;
    response.status = status;
    response.body = fmt::format("{{\"error\":{{\"code\":{},\"message\":{},\"type\":\"invalid_request_error\"}}}}\n", status, quote(message, 1024));
    close_when_sent_ = true;
    send(head_of(response, fmt::format("Content-Length: {}\r\n", response.body.size()), true) + response.body);
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    heartbeat_.cancel();
    boost::system::error_code ignored;
    lowest().socket().shutdown(asio::socket_base::shutdown_send, ignored);
    lowest().close();
  }

  std::shared_ptr<Serving> serving_;
  const uint64_t id_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::shared_ptr<Answer> current_;  // null: between requests
  std::deque<std::string> pieces_;   // not sent yet
  size_t unsent_ = 0;
  asio::steady_timer heartbeat_;
  bool first_ = true, watching_ = false, close_when_sent_ = false, closed_ = false;
};

template <class Stream, class... Args>
void start(std::shared_ptr<Serving> serving, Args&&... args) {
  std::shared_ptr<HttpConnection<Stream>> connection;
  {
    std::unique_lock lock(serving->mutex);
    uint64_t id = ++serving->last_id;
    lock.unlock();
    connection = std::make_shared<HttpConnection<Stream>>(serving, id, std::forward<Args>(args)...);
    lock.lock();
    serving->connections.emplace(id, connection);
  }
  connection->start();
}

}  // namespace

void start_connection(std::shared_ptr<Serving> serving, asio::generic::stream_protocol::socket socket) {
  if (serving->tls) {
    asio::ssl::context& tls = *serving->tls;
    start<Tls>(std::move(serving), Plain(std::move(socket)), tls);
  } else {
    start<Plain>(std::move(serving), std::move(socket));
  }
}

}  // namespace hearth
