// include/hearth.h: the server's answers without a socket. A call waits in its caller's thread for what the threads
// of the server write, and hands it over there.
#include <hearth.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>

#include "base/version.h"
#include "cli/served_options.h"
#include "server/server.h"

namespace hearth {

namespace {

// An answer whose reader is the thread that asked.
class Caller final : public Exchange {
 public:
  void respond(HttpResponse response) override {
    begin(std::move(response));
    end();
  }
  void begin(HttpResponse head) override {
    std::lock_guard lock(mutex_);
    if (stopped_ || status_ != 0) return;
    status_ = head.status;
    push(std::move(head.body));
  }
  void write(std::string piece) override {
    std::lock_guard lock(mutex_);
    push(std::move(piece));
  }
  void end() override {
    std::lock_guard lock(mutex_);
    ended_ = true;
    on_gone_ = nullptr;
    changed_.notify_one();
  }
  void on_gone(std::function<void()> act) override {
    {
      std::lock_guard lock(mutex_);
      if (ended_) return;
      if (!stopped_) {
        on_gone_ = std::move(act);
        return;
      }
    }
    act();
  }

  int read(hearth_on_data on_data, void* user) {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ended_ || !pieces_.empty(); });
      if (pieces_.empty()) return status_;
      std::string piece = std::move(pieces_.front());
      pieces_.pop_front();
      lock.unlock();
      bool stop = on_data && on_data(user, piece.c_str(), piece.size()) != 0;
      lock.lock();
      if (!stop) continue;
      stopped_ = true;
      std::function<void()> act = std::exchange(on_gone_, nullptr);
      lock.unlock();
      if (act) act();
      return HEARTH_STOPPED;
    }
  }

 private:
  void push(std::string piece) {
    if (stopped_ || ended_ || piece.empty()) return;
    pieces_.push_back(std::move(piece));
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  std::function<void()> on_gone_;
  int status_ = 0;
  bool ended_ = false, stopped_ = false;
};

// What may be used from a program that has been compiled against the header alone.
char* copied(const std::string& text) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

}  // namespace

}  // namespace hearth

struct hearth_handle {
  std::unique_ptr<hearth::Server> server;
};

namespace hearth {

namespace {

Result<std::unique_ptr<hearth_handle>> open(const char* const* arguments) {
  CLI::App app{"", "hearth_open"};
  ServedGiven given;
  add_served_options(app, given);
  std::vector<std::string> words;
  for (; arguments && *arguments; ++arguments) words.emplace_back(*arguments);
  std::reverse(words.begin(), words.end());  // as this parser takes them
  try {
    app.parse(words);
  } catch (const CLI::Success&) {
    return fail("--help is for hearth serve");
  } catch (const CLI::ParseError& wrong) { return fail("{}; see hearth serve --help", wrong.what()); }
  // A program that has Hearth inside speaks to what it opened.
  if (given.models.empty()) given.models.push_back("");
  TRY(auto models, open_served_models(given));
  auto handle = std::make_unique<hearth_handle>();
  handle->server = Server::inside(std::move(models));
  return handle;
}

}  // namespace

}  // namespace hearth

const char* hearth_version(void) { return hearth::kVersion; }

hearth_t* hearth_open(const char* const* arguments, char** error) {
  if (error) *error = nullptr;
  std::string message;
  try {
    auto handle = hearth::open(arguments);
    if (handle.ok()) return handle->release();
    message = handle.error().message;
  } catch (const std::exception& failure) {  // memory, threads
    message = failure.what();
  }
  if (error) *error = hearth::copied(message);
  return nullptr;
}

int hearth_call(hearth_t* h, const char* method, const char* path, const char* body, hearth_on_data on_data,
                void* user) {
  hearth::HttpRequest request;
  request.method = method;
  std::string_view target = path;
  size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  if (body) request.body = body;
  request.headers = {{"host", "localhost"}, {"content-type", "application/json"}};
  auto caller = std::make_shared<hearth::Caller>();
  h->server->handle(std::move(request), caller);
  return caller->read(on_data, user);
}

void hearth_close(hearth_t* h) { delete h; }

void hearth_free(char* text) { std::free(text); }
