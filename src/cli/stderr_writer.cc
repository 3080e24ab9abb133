#include "cli/stderr_writer.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace hearth {

namespace {
constexpr size_t kMostLines = 16384;
constexpr int kLookMilliseconds = 100;  // how often one who waits for a reader looks whether it is to end
}  // namespace

std::string log_text(LogLevel level, std::string_view line) {
  static const bool debug = [] {
    const char* wanted = std::getenv("HEARTH_LOG");
    return wanted && std::string_view(wanted) == "debug";
  }();
  if (level == LogLevel::debug && !debug) return {};
  const char* kind = level == LogLevel::warning ? "warning: " : level == LogLevel::debug ? "debug: " : "";
  return kind + std::string(line);
}

StderrWriter::~StderrWriter() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StderrWriter::add(std::string line) {
  {
    std::lock_guard lock(mutex_);
    if (lines_.size() >= kMostLines) {
      ++dropped_;
      return;
    }
    lines_.push_back(std::move(line));
  }
  changed_.notify_one();
}

// False: nobody reads, and it is to end. A pipe that can be written to takes PIPE_BUF bytes at once, so write() does
// not wait; to make the file non-blocking would be to make it so for all who have it.
bool StderrWriter::write(std::string_view text) {
  while (!text.empty()) {
    pollfd file{STDERR_FILENO, POLLOUT, 0};
    int ready = ::poll(&file, 1, kLookMilliseconds);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) {
      std::lock_guard lock(mutex_);
      if (stop_) return false;
      continue;
    }
    ssize_t count = ::write(STDERR_FILENO, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (count > 0) text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void StderrWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || !lines_.empty(); });
    if (lines_.empty()) return;
    // As much as goes at once, so that a burst of lines is few calls.
    std::string text;
    if (uint64_t dropped = std::exchange(dropped_, 0); dropped > 0)
      text = fmt::format("{} lines are missing here: nobody read them in time\n", dropped);
    while (!lines_.empty() && text.size() < PIPE_BUF) {
      text += lines_.front() + "\n";
      lines_.pop_front();
    }
    lock.unlock();
    bool written = write(text);
    lock.lock();
    if (!written && stop_) return;
  }
}

}  // namespace hearth
