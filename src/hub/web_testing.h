// For tests: a web server on loopback that says exactly what a test wants, true or not, and a hub upon it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "hub/digest.h"

namespace hearth {

struct WebQuestion {
  std::string target, body;
  std::map<std::string, std::string> headers;  // names in lower case
  // Of "bytes=A-B".
  std::optional<std::pair<uint64_t, uint64_t>> range() const {
    auto at = headers.find("range");
    unsigned long long first = 0, last = 0;
    if (at == headers.end() || std::sscanf(at->second.c_str(), "bytes=%llu-%llu", &first, &last) != 2)
      return std::nullopt;
    return std::pair<uint64_t, uint64_t>(first, last);
  }
};

// Answers each connection's one request with these bytes, and closes it.
class TestWeb {
 public:
  using Handler = std::function<std::string(const WebQuestion&)>;

  explicit TestWeb(Handler handler) : handler_(std::move(handler)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 64);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  ~TestWeb() {
    stop_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(socket_);
  }

  uint16_t port() const { return port_; }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<WebQuestion> questions() const {
    std::lock_guard lock(mutex_);
    return questions_;
  }

 private:
  void accept() {
    while (!stop_) {
      int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      threads_.emplace_back([this, connection] {
        serve(connection);
        ::close(connection);
      });
    }
  }
  void serve(int connection) {
    timeval limit{20, 0};  // a test that hangs fails instead
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    std::string head;
    while (head.find("\r\n\r\n") == head.npos) {
      char chunk[4096];
      ssize_t count = ::recv(connection, chunk, sizeof chunk, 0);
      if (count <= 0) return;
      head.append(chunk, static_cast<size_t>(count));
    }
    WebQuestion question;
    size_t space = head.find(' ');
    question.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    for (size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
      size_t end = head.find("\r\n", at), colon = head.find(':', at);
      if (end == at || colon > end) break;
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      question.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    question.body = head.substr(head.find("\r\n\r\n") + 4);
    auto length = question.headers.find("content-length");
    size_t expected =
        length == question.headers.end() ? 0 : std::strtoul(length->second.c_str(), nullptr, 10);
    while (question.body.size() < expected) {
      char chunk[4096];
      ssize_t count = ::recv(connection, chunk, sizeof chunk, 0);
      if (count <= 0) return;
      question.body.append(chunk, static_cast<size_t>(count));
    }
    {
      std::lock_guard lock(mutex_);
      questions_.push_back(question);
    }
    std::string answer = handler_(question);
    for (std::string_view left = answer; !left.empty();) {
      ssize_t count = ::send(connection, left.data(), std::min<size_t>(left.size(), 64 << 10), MSG_NOSIGNAL);
      if (count <= 0) return;
      left.remove_prefix(static_cast<size_t>(count));
    }
    ::shutdown(connection, SHUT_WR);
    char rest[256];
    while (::recv(connection, rest, sizeof rest, 0) > 0) {}
  }

  Handler handler_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // of the acceptor
  mutable std::mutex mutex_;
  std::vector<WebQuestion> questions_;
};

inline std::string web_answer(int status, const std::string& body, const std::string& headers = {}) {
  return fmt::format("HTTP/1.1 {} x\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

// A file, or the part of it that is asked for.
inline std::string file_answer(const WebQuestion& question, const std::string& content,
                               const std::string& headers = {}) {
  auto range = question.range();
  if (!range || range->first >= content.size()) return web_answer(200, content, headers);
  uint64_t last = std::min<uint64_t>(range->second, content.size() - 1);
  return web_answer(
      206, content.substr(range->first, last - range->first + 1),
      fmt::format("Content-Range: bytes {}-{}/{}\r\n{}", range->first, last, content.size(), headers));
}

// The smallest GGUF file there is, made larger by one metadata string.
inline std::string tiny_gguf(size_t padding, char fill = 'x') {
  auto number = [](uint64_t value, size_t bytes) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  };
  std::string key = "test.padding";
  return "GGUF" + number(3, 4) + number(0, 8) + number(1, 8) + number(key.size(), 8) + key + number(8, 4) +
         number(padding, 8) + std::string(padding, fill);
}

// Hugging Face's protocol and Ollama's, for some files of one repository.
class TestHub {
 public:
  static constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

  // `lie`: an answer in place of the true one.
  explicit TestHub(std::map<std::string, std::string> files, std::string repository = "org/repo",
                   std::function<std::optional<std::string>(const WebQuestion&)> lie = {})
      : files_(std::move(files)),
        repository_(std::move(repository)),
        lie_(std::move(lie)),
        web_([this](const WebQuestion& question) { return answer(question); }) {}

  std::string base() const { return web_.base(); }
  const TestWeb& web() const { return web_; }

  nlohmann::ordered_json tree() const {
    auto list = nlohmann::ordered_json::array();
    for (const auto& [path, content] : files_) {
      nlohmann::ordered_json entry = {{"type", "file"}, {"path", path}, {"size", content.size()}};
      if (path.ends_with(".gguf") || path.ends_with(".safetensors")) {
        entry["lfs"] = {{"oid", digest_of(content).hex}, {"size", content.size()}, {"pointerSize", 134}};
      } else {
        Hasher hasher(HashKind::git_blob, content.size());
        hasher.update(std::as_bytes(std::span(content)));
        entry["oid"] = hasher.finish().hex;
      }
      list.push_back(std::move(entry));
    }
    return list;
  }
  // A manifest with these layers: media type's end and content's file.
  nlohmann::ordered_json manifest() const {
    auto layers = nlohmann::ordered_json::array();
    for (const auto& [path, content] : files_) {
      layers.push_back({{"mediaType", "application/vnd.ollama.image." + path},
                        {"digest", "sha256:" + digest_of(content).hex},
                        {"size", content.size()}});
    }
    return {{"schemaVersion", 2}, {"layers", std::move(layers)}};
  }

 private:
  std::string answer(const WebQuestion& question) {
    if (lie_) {
      if (auto lie = lie_(question)) return *lie;
    }
    const std::string& target = question.target;
    std::string api = "/api/models/" + repository_;
    if (target == api + "/revision/main")
      return web_answer(200, nlohmann::ordered_json{{"sha", kCommit}}.dump());
    if (target == api + "/tree/" + kCommit + "?recursive=true") return web_answer(200, tree().dump());
    std::string resolve = "/" + repository_ + "/resolve/" + kCommit + "/";
    if (target.starts_with(resolve)) {
      auto file = files_.find(target.substr(resolve.size()));
      if (file != files_.end()) return file_answer(question, file->second);
    }
    if (target.starts_with("/v2/") && target.find("/manifests/") != target.npos)
      return web_answer(200, manifest().dump());
    for (const auto& [path, content] : files_) {
      if (target.ends_with("/blobs/sha256:" + digest_of(content).hex) || target == "/" + path)
        return file_answer(question, content, "ETag: \"" + digest_of(content).hex + "\"\r\n");
    }
    return web_answer(404, "no such page");
  }

  const std::map<std::string, std::string> files_;
  const std::string repository_;
  std::function<std::optional<std::string>(const WebQuestion&)> lie_;
  TestWeb web_;
};

}  // namespace hearth
