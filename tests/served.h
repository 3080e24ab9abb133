// The program serving on a port of its own, for tests that are its clients.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/own_folder_testing.h"
#include "chat/format/own_templates_testing.h"
#include "program.h"
#include "server/client_testing.h"

namespace hearth {

using OrderedJson = nlohmann::ordered_json;

class Served {
 public:
  // On a machine of its own: nothing of whoever runs the tests. `environment`: NAME=VALUE.
  explicit Served(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    std::vector<std::string> words = {HEARTH_PROGRAM, "serve", "--port", "0", "--threads", "2"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::string nowhere = (own_folder() / "hearth_no_models").string();
    for (const char* name : {"HOME", "HEARTH_HOME", "HEARTH_CONFIG", "HF_HOME", "OLLAMA_MODELS"})
      environment.insert(environment.begin(), name + ("=" + nowhere));
    child_ = ::fork();
    if (child_ == 0) {
      ::unsetenv("HF_HUB_CACHE");
      for (std::string& each : environment) ::putenv(each.data());
      ::dup2(ends[1], STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    // It says where it is once it is there; a thread reads on, so that the program never waits for it.
    FILE* lines = ::fdopen(ends[0], "r");
    char* line = nullptr;
    size_t size = 0;
    while (::getline(&line, &size, lines) > 0) {
      std::string_view text = line;
      first_ += text;
      size_t at = text.find("127.0.0.1:");
      if (text.find("hearth serves ") == text.npos || at == text.npos) continue;
      port_ = static_cast<uint16_t>(std::atoi(line + at + 10));
      break;
    }
    reader_ = std::thread([this, lines, line, size]() mutable {
      while (::getline(&line, &size, lines) > 0) {
        std::lock_guard lock(mutex_);
        later_ += line;
      }
      std::free(line);
      std::fclose(lines);
    });
  }
  ~Served() {
    if (child_ > 0) ::kill(child_, SIGKILL);
    wait();
    if (reader_.joinable()) reader_.join();
  }

  uint16_t port() const { return port_; }
  const std::string& first_lines() const { return first_; }
  // What it has said since; all of it once wait() is over.
  std::string later_lines() {
    std::lock_guard lock(mutex_);
    return later_;
  }
  // Nobody reads what it says while this is held.
  std::unique_lock<std::mutex> stop_reading() { return std::unique_lock(mutex_); }
  void end_reading() {
    if (reader_.joinable()) reader_.join();
  }
  pid_t process() const { return child_; }
  // 0 under sanitizers.
  int64_t resident_kilobytes() const { return kMemoryIsItsOwn ? status_number("VmRSS:") : 0; }
  size_t open_files() const {
    std::error_code failed;
    std::filesystem::directory_iterator files("/proc/" + std::to_string(child_) + "/fd", failed);
    return failed ? 0 : static_cast<size_t>(std::distance(begin(files), end(files)));
  }
  void signal(int number) { ::kill(child_, number); }
  // The exit status, or minus the signal.
  int wait() {
    int status = 0;
    if (child_ <= 0 || ::waitpid(child_, &status, 0) != child_) return -1;
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  TestAnswer get(std::string_view path, std::string_view more = {}) {
    TestClient client(port_);
    client.get(path, more);
    return client.answer();
  }
  TestAnswer post(std::string_view path, const OrderedJson& body, std::string_view more = {}) {
    TestClient client(port_);
    client.post(path, body.is_string() ? body.get<std::string>() : body.dump(), more);
    return client.answer();
  }
  // A line of /metrics without labels but the model's.
  double metric(const std::string& name) {
    std::string text = get("/metrics").body;
    size_t at = text.find("\n" + name + "{");
    return at == text.npos ? -1 : std::atof(text.c_str() + text.find("} ", at) + 2);
  }

 private:
  int64_t status_number(std::string_view name) const {
    std::ifstream file("/proc/" + std::to_string(child_) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name)) return std::atoll(line.c_str() + name.size());
    }
    return 0;
  }

  pid_t child_ = -1;
  uint16_t port_ = 0;
  std::string first_, later_;
  std::mutex mutex_;  // of later_
  std::thread reader_;
};

// A server that the tests of a suite ask one after another; the suite has its arguments().
template <class Suite>
class ServedSuite : public testing::Test {
 protected:
  static void SetUpTestSuite() { served_ = std::make_unique<Served>(Suite::arguments()); }
  static void TearDownTestSuite() { served_.reset(); }
  void SetUp() override { ASSERT_NE(served_->port(), 0) << served_->first_lines(); }

  static inline std::unique_ptr<Served> served_;
};

// A file with one of our own templates: the built-in model's shows no tools.
inline std::string template_file(std::string_view name = "objects between tags") {
  std::string path = (own_folder() / "template.jinja").string();
  for (const auto& each : roundtrip::own_templates()) {
    if (each.name == name) std::ofstream(path) << each.source;
  }
  return path;
}

}  // namespace hearth
