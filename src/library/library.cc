// include/hearth.h: the server's answers without a socket. A call waits in its caller's thread for what the threads
// of the server write, and hands it over there.
#include "hearth.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>

#include "cli/serve.h"
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

char* copied(const std::string& text) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

}  // namespace

}  // namespace hearth

struct hearth {
  std::unique_ptr<::hearth::LoadedServer> loaded;
};
