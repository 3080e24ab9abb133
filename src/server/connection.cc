#include "server/connection.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "base/text.h"
#include "server/byte_stream.h"
#include "server/request_head.h"

namespace hearth {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr size_t kHeadBytes = 4096, kBodyBytes = 64 << 10;  // that are read at once
constexpr size_t kWriteBytes = 64 << 10;                    // that are written at once

using Parser = http::request_parser<http::string_body>;

constexpr double kLingerSeconds = 2;  // that a client has to read the last answer before the connection goes

std::chrono::nanoseconds seconds(double count) {
  return std::chrono::nanoseconds(static_cast<int64_t>(count * 1e9));
}

// As in Sun, 06 Nov 1994 08:49:37 GMT, whatever the machine's language is.
std::string date_of(std::chrono::system_clock::time_point now) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string head_of(const HttpResponse& response, std::string_view length, bool last) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 reason_of(response.status), date_of(std::chrono::system_clock::now()));
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

std::string length_of(const HttpResponse& response) {
  return response.status == 204 ? "" : fmt::format("Content-Length: {}\r\n", response.body.size());
}

std::string chunk_of(std::string_view piece) { return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece); }

class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<Serving> serving, uint64_t id, std::unique_ptr<ByteStream> stream)
      : serving_(std::move(serving)), id_(id), stream_(std::move(stream)), timer_(executor()) {
    boost::system::error_code ignored;  // of sockets that are not TCP
    socket().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  void start() {
    asio::dispatch(executor(), [self = shared_from_this()] {
      self->socket().expires_after(seconds(self->serving_->options.header_seconds));
      self->stream_->greet([self](boost::system::error_code error) {
        if (error) return self->close();
        self->next();
      });
    });
  }

  void drain() override {
    asio::post(executor(), [self = shared_from_this()] {
      if (self->rests()) self->close();
    });
  }

 private:
  // The answer to one request. It may be held for longer than the connection lives.
  class Answer final : public Exchange, public std::enable_shared_from_this<Answer> {
   public:
    Answer(const std::shared_ptr<HttpConnection>& connection, bool head_only, bool chunked, bool last)
        : connection_(connection), head_only_(head_only), chunked_(chunked), last_(last || !chunked) {}

    void respond(HttpResponse response) override {
      post([response = std::move(response)](HttpConnection& to, Answer& self) {
        if (std::exchange(self.begun_, true)) return;
        std::string text = head_of(response, length_of(response), self.last_);
        if (!self.head_only_) text += response.body;
        to.send(std::move(text));
        to.complete(self.last_);
      });
    }

    void begin(HttpResponse head) override {
      post([head = std::move(head)](HttpConnection& to, Answer& self) {
        if (std::exchange(self.begun_, true)) return;
        bool events = head.content_type.starts_with("text/event-stream");
        std::string text = head_of(head, self.chunked_ ? "Transfer-Encoding: chunked\r\n" : "", self.last_);
        if (!head.body.empty()) text += self.framed(head.body);
        to.send(std::move(text));
        if (events && to.current_) to.beat();
      });
    }

    void write(std::string piece) override {
      if (piece.empty()) return;
      post([piece = std::move(piece)](HttpConnection& to, Answer& self) {
        if (!self.begun_) return;
        to.quiet_ = false;
        to.send(self.framed(piece));
      });
    }

    void end() override {
      post([](HttpConnection& to, Answer& self) {
        if (!self.begun_) return;
        if (self.chunked_ && !self.head_only_) to.send("0\r\n\r\n");
        to.complete(self.last_);
      });
    }

    void on_gone(std::function<void()> act) override {
      auto connection = connection_.lock();
      if (!connection) {
        if (!complete_) act();
        return;
      }
      asio::post(connection->executor(), [self = shared_from_this(), act = std::move(act)] {
        if (self->complete_) return;
        auto connection = self->connection_.lock();
        if (connection && connection->current_ == self) {
          self->gone_ = act;
        } else {
          act();
        }
      });
    }

    // These on the connection's strand.
    void gone() {
      if (auto act = std::exchange(gone_, nullptr)) act();
    }
    void completed() {
      complete_ = true;
      gone_ = nullptr;
    }
    std::string framed(const std::string& piece) const {
      return head_only_ ? std::string() : chunked_ ? chunk_of(piece) : piece;
    }

   private:
    template <class Act>
    void post(Act act) {
      auto connection = connection_.lock();
      if (!connection) return;
      asio::post(connection->executor(), [self = shared_from_this(), act = std::move(act)] {
        auto connection = self->connection_.lock();
        if (connection && connection->current_ == self) act(*connection, *self);
      });
    }

    std::weak_ptr<HttpConnection> connection_;
    const bool head_only_, chunked_, last_;
    bool begun_ = false;
    std::atomic<bool> complete_{false};
    std::function<void()> gone_;
  };

  ByteStream::Socket& socket() { return stream_->socket(); }
  asio::any_io_executor executor() { return socket().get_executor(); }
  bool rests() const { return !current_ && !in_request_ && sending_.empty() && !lingers_; }

  // To the next request: it has begun already, and then is in the buffer, or it is what watch() waits for. A
  // connection may rest between requests; once one begins, its head has to come soon.
  void next() {
    if (closed_) return;
    if (serving_->draining) return linger();
    if (buffer_.size() > 0 && !watching_) return read_header();
    const ListenOptions& options = serving_->options;
    wait(first_ ? options.header_seconds : options.idle_seconds, [](HttpConnection& self) {
      if (self.rests()) self.close();
    });
    watch();
  }

  // Waits for the first bytes of a request, or, while an answer is made, for the end of the connection. A client that
  // sends the next request meanwhile is looked for no more until then.
  void watch() {
    if (watching_ || buffer_.size() > 0) return;
    watching_ = true;
    socket().expires_never();
    stream_->read_some(buffer_.prepare(kHeadBytes), [self = shared_from_this()](auto error, size_t n) {
      self->watching_ = false;
      if (error) return self->vanish();
      if (self->lingers_) return self->watch();  // and what came is dropped
      self->buffer_.commit(n);
      if (!self->current_ && self->sending_.empty()) self->read_header();
    });
  }

  void read_header() {
    first_ = false;
    in_request_ = true;
    timer_.cancel();
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(serving_->options.header_bytes));
    parser_->body_limit(serving_->options.body_bytes);
    parser_->on_chunk_header(on_chunk_);
    socket().expires_after(seconds(serving_->options.header_seconds));
    read_until([](auto& parser) { return parser.is_header_done(); }, kHeadBytes, &HttpConnection::read_body);
  }

  // Whatever ends the bytes before that ends the connection.
  void read_until(bool (*enough)(const Parser&), size_t piece, void (HttpConnection::*then)()) {
    while (!enough(*parser_)) {
      boost::system::error_code error = http::error::need_more;
      if (!parser_->is_header_done()) {
        const std::string_view read(static_cast<const char*>(buffer_.data().data()), buffer_.size());
        if (const size_t end = read.find("\r\n\r\n"); end != read.npos) {
          if (std::string_view why = ambiguity_of_bytes(read.substr(0, end + 4)); !why.empty())
            return refuse(400, why);
        }
      }
      if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
      if (!error) continue;
      if (error != http::error::need_more) return refuse(error);
      // What is not taken is the frame of a chunk, and may be as long as a head.
      const size_t most = serving_->options.header_bytes;
      if (parser_->is_header_done() && buffer_.size() > most)
        return refuse(400, fmt::format("what stands around a chunk has more than {} bytes", most));
      return stream_->read_some(buffer_.prepare(piece),
                                [self = shared_from_this(), enough, piece, then](auto error, size_t n) {
                                  if (error) return self->close();
                                  self->buffer_.commit(n);
                                  self->read_until(enough, piece, then);
                                });
    }
    (this->*then)();
  }

  void read_body() {
    const auto& head = parser_->get();
    if (std::string_view why = ambiguity_of_fields(head); !why.empty()) return refuse(400, why);
    if (!read_head(head)) return;
    socket().expires_after(seconds(serving_->options.body_seconds));
    if (auto expect = head.find(http::field::expect); expect != head.end() && head.version() != 10) {
      if (!beast::iequals(expect->value(), "100-continue"))
        return refuse(417, "100-continue is all that can be expected");
      stream_->write(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")),
                     [self = shared_from_this()](auto error, size_t) {
                       if (error) return self->close();
                       self->read_rest();
                     });
      return;
    }
    read_rest();
  }

  // What may follow a chunked body is no part of the head, whatever it calls itself.
  bool read_head(const http::request<http::string_body>& head) {
    request_ = {};
    request_.method = std::string(head.method_string());
    const auto host = head[http::field::host];
    const std::string_view target = local_target({head.target().data(), head.target().size()},
                                                 request_.method, {host.data(), host.size()});
    if (!target.starts_with('/') && target != "*") {
      refuse(400, "the target of a request is a path of this server");
      return false;
    }
    const size_t mark = target.find('?');
    request_.path = std::string(target.substr(0, mark));
    if (mark != target.npos) request_.query = std::string(target.substr(mark + 1));
    for (const auto& field : head) {
      std::string name(field.name_string());
      for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
      request_.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return true;
  }

  void read_rest() {
    parser_->eager(true);
    read_until([](auto& parser) { return parser.is_done(); }, kBodyBytes, &HttpConnection::hand_over);
  }

  void hand_over() {
    socket().expires_never();
    in_request_ = false;
    auto message = parser_->release();
    HttpRequest request = std::exchange(request_, {});
    request.body = std::move(message.body());
    bool last = !message.keep_alive() || serving_->draining;
    current_ = std::make_shared<Answer>(shared_from_this(), message.method() == http::verb::head,
                                        message.version() != 10, last);
    watch();
    serving_->handler(std::move(request), current_);
  }

  void vanish() {
    close();
    if (auto answer = std::exchange(current_, nullptr)) answer->gone();
  }

  void send(std::string text) {
    if (closed_) return;
    if (unsent_.size() > serving_->options.most_unsent) return vanish();  // it does not read
    unsent_ += text;
    if (sending_.empty()) write_next();
  }

  // Each piece has its time: a long answer to a slow reader is slow, and one who reads nothing is let go.
  void write_next() {
    if (sending_.empty()) sending_.swap(unsent_);
    if (sending_.empty()) return;
    socket().expires_after(seconds(serving_->options.write_seconds));
    auto piece = asio::buffer(asio::buffer(sending_) + sent_, kWriteBytes);
    stream_->write(piece, [self = shared_from_this()](auto error, size_t count) {
      if (error) return self->vanish();
      self->socket().expires_never();
      self->sent_ += count;
      if (self->sent_ < self->sending_.size()) return self->write_next();
      self->sent_ = 0;
      std::string().swap(self->sending_);  // a connection that rests keeps nothing of a long answer
      if (!self->unsent_.empty()) return self->write_next();
      if (self->last_) return self->linger();
      if (!self->current_) self->next();
    });
  }

  void complete(bool last) {
    if (!current_) return;  // it vanished
    timer_.cancel();
    current_->completed();
    current_ = nullptr;
    last_ = last_ || last || serving_->draining;
    if (!sending_.empty()) return;
    if (last_) return linger();
    next();
  }

  void wait(double duration, void (*act)(HttpConnection&)) {
    timer_.expires_after(seconds(duration));
    timer_.async_wait([self = shared_from_this(), act](auto error) {
      if (!error) act(*self);
    });
  }

  // In silence a stream of events says now and then that it lives.
  void beat() {
    quiet_ = true;
    wait(serving_->options.heartbeat_seconds, [](HttpConnection& self) {
      if (!self.current_) return;
      if (self.quiet_) self.send(self.current_->framed(": still here\n\n"));
      if (self.current_) self.beat();
    });
  }

  void refuse(boost::system::error_code error) {
    const ListenOptions& options = serving_->options;
    if (error == http::error::header_limit)
      return refuse(431, fmt::format("the head has more than {} bytes", options.header_bytes));
    if (error == http::error::body_limit)
      return refuse(413, fmt::format("the body has more than {} bytes", options.body_bytes));
    bool syntax = error.category() == make_error_code(http::error::bad_method).category();
    if (!syntax) return close();
    refuse(400, fmt::format("not a request of HTTP/1.1: {}", error.message()));
  }

  // Nothing that follows what was not understood is read.
  void refuse(int status, std::string_view message) {
    HttpResponse response;
    response.status = status;
    response.body =
        fmt::format(R"({{"error":{{"message":{},"type":"invalid_request_error","param":null,"code":null}}}})",
                    quote(message, 1024));
    last_ = true;
    send(head_of(response, length_of(response), true) + response.body);
  }

  // A socket that is closed with something unread resets the connection, and the client may lose the answer.
  void linger() {
    if (closed_ || std::exchange(lingers_, true)) return;
    boost::system::error_code ignored;
    socket().socket().shutdown(asio::socket_base::shutdown_send, ignored);
    wait(kLingerSeconds, [](HttpConnection& self) { self.close(); });
    buffer_.clear();
    watch();
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    timer_.cancel();
    socket().close();
    std::lock_guard lock(serving_->mutex);
    serving_->connections.erase(id_);  // whoever called this holds it still
  }

  static void check_extensions(uint64_t /*size*/, beast::string_view extensions,
                               boost::system::error_code& error) {
    if (!are_chunk_extensions({extensions.data(), extensions.size()}))
      error = http::error::bad_chunk_extension;
  }

  std::shared_ptr<Serving> serving_;
  const uint64_t id_;
  std::unique_ptr<ByteStream> stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  HttpRequest request_;  // of which the head has been read
  std::function<void(uint64_t, beast::string_view, boost::system::error_code&)> on_chunk_ = check_extensions;
  std::shared_ptr<Answer> current_;  // null: no request, or not all of it
  std::string sending_, unsent_;     // on its way; waiting for that
  size_t sent_ = 0;                  // of what is on its way
  asio::steady_timer timer_;         // of rest, of heartbeats, of lingering
  bool first_ = true, in_request_ = false, watching_ = false, quiet_ = true;
  bool last_ = false, lingers_ = false, closed_ = false;
};

}  // namespace

void start_connection(std::shared_ptr<Serving> serving, asio::generic::stream_protocol::socket socket) {
  auto stream = make_byte_stream(std::move(socket), serving->tls.get());
  uint64_t id;
  {
    std::lock_guard lock(serving->mutex);
    id = ++serving->last_id;
  }
  auto connection = std::make_shared<HttpConnection>(serving, id, std::move(stream));
  {
    std::lock_guard lock(serving->mutex);
    serving->connections.emplace(id, connection);
  }
  connection->start();
}

}  // namespace hearth
