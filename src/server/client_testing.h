// A client for tests: one connection, byte by byte as the test wants it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct TestAnswer {
  int status = 0;  // 0: none came
  std::string head, body;

  // In lower case; empty: it is not there.
  std::string header(std::string_view name) const {
    size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == head.npos) return {};
    at += name.size() + 4;
    return head.substr(at, head.find("\r\n", at) - at);
  }
  nlohmann::ordered_json json() const { return nlohmann::ordered_json::parse(body, nullptr, false); }
  // Of a stream: the data of its events, but for [DONE].
  std::vector<nlohmann::ordered_json> events() const {
    std::vector<nlohmann::ordered_json> all;
    for (size_t at = 0; (at = body.find("data: ", at)) != body.npos;) {
      at += 6;
      size_t end = body.find("\n\n", at);
      std::string_view data = std::string_view(body).substr(at, end - at);
      if (data != "[DONE]") all.push_back(nlohmann::ordered_json::parse(data, nullptr, false));
    }
    return all;
  }
};

class TestClient {
 public:
  explicit TestClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval limit{60, 0};  // a test that hangs fails instead
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  // Over a socket that is connected already.
  static TestClient over(int socket) { return TestClient(socket, true); }
  ~TestClient() { close(); }
  TestClient(TestClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        connected_(other.connected_),
        read_(std::move(other.read_)) {}

  TestClient& operator=(TestClient&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(connected_, other.connected_);
    std::swap(read_, other.read_);
    return *this;
  }

  bool connected() const { return connected_; }
  // Nothing more comes from here; what the other side says is still read.
  void end_sending() { ::shutdown(socket_, SHUT_WR); }
  // Gone at once, with whatever was on its way.
  void reset() {
    linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  // False: the other side is gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  bool get(std::string_view path, std::string_view more = {}) {
    return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n");
  }
  bool post(std::string_view path, std::string_view body, std::string_view more = {}) {
    return send("POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(body));
  }
  // Reads until `mark` was read; false: it did not come.
  bool wait_for(std::string_view mark) {
    while (read_.find(mark) == read_.npos) {
      if (!more()) return false;
    }
    return true;
  }
  // `body`: false after HEAD.
  TestAnswer answer(bool body = true) {
    TestAnswer answer;
    if (!wait_for("\r\n\r\n")) return answer;
    size_t end = read_.find("\r\n\r\n") + 4;
    answer.head = read_.substr(0, end);
    read_.erase(0, end);
    answer.status = std::atoi(answer.head.c_str() + std::strlen("HTTP/1.1 "));
    for (size_t i = 0; i < answer.head.size(); ++i) {
      size_t colon = answer.head.find(':', i), line = answer.head.find("\r\n", i);
      for (size_t j = i; j < std::min(colon, line); ++j)
        answer.head[j] = static_cast<char>(std::tolower(static_cast<unsigned char>(answer.head[j])));
      i = line + 1;
    }
    if (!body || answer.status == 100) return answer;
    if (answer.header("transfer-encoding") == "chunked") {
      for (size_t size = 1; size > 0;) {
        if (!wait_for("\r\n")) return {};
        size = std::strtoul(read_.c_str(), nullptr, 16);
        read_.erase(0, read_.find("\r\n") + 2);
        answer.body += take(size);
        if (take(2) != "\r\n") return {};
      }
    } else if (std::string length = answer.header("content-length"); !length.empty()) {
      answer.body = take(std::stoul(length));
    } else {
      while (more()) {}
      answer.body = std::move(read_);
    }
    return answer;
  }
  // Reads one byte and no more; false: none comes.
  bool read_byte() {
    char byte = 0;
    bool came = ::recv(socket_, &byte, 1, 0) == 1;
    if (came) read_ += byte;
    return came;
  }
  // Whether the other side ends the connection without a word more.
  bool ends() {
    while (more()) {}
    return read_.empty() && errno != EAGAIN;
  }

 private:
  TestClient(int socket, bool connected) : socket_(socket), connected_(connected) {}

  bool more() {
    char chunk[16384];
    errno = 0;
    ssize_t count = ::recv(socket_, chunk, sizeof chunk, 0);
    if (count > 0) read_.append(chunk, static_cast<size_t>(count));
    return count > 0;
  }
  std::string take(size_t count) {
    while (read_.size() < count && more()) {}
    std::string taken = read_.substr(0, count);
    read_.erase(0, count);
    return taken;
  }

  int socket_;
  bool connected_ = false;
  std::string read_;
};

}  // namespace hearth
