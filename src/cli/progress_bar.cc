#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "base/text.h"

namespace hearth {

namespace {

constexpr std::chrono::milliseconds kBetweenDrawings{100};

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

size_t columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string minutes(double seconds) {
  auto whole = static_cast<int64_t>(seconds + 0.5);
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar() : terminal_(::isatty(STDERR_FILENO)), begin_(Clock::now()), last_(begin_) {
  interrupted = 0;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

ProgressBar::~ProgressBar() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

Progress ProgressBar::progress() {
  return [this](std::string_view what, uint64_t done, uint64_t total) {
    if (terminal_ && Clock::now() - last_ >= kBetweenDrawings) draw(what, done, total);
    return !interrupted;
  };
}

void ProgressBar::draw(std::string_view what, uint64_t done, uint64_t total) {
  last_ = Clock::now();
  drawn_ = true;
  constexpr size_t kWidth = 24;
  const double share = total ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
  const double spent = std::chrono::duration<double>(last_ - begin_).count();
  const auto full = static_cast<size_t>(share * kWidth);
  std::string line =
      fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'), std::string(kWidth - full, '.'), 100 * share);
  if (share > 0.02) line += fmt::format("  {} left", minutes(spent / share - spent));
  line += "  " + escape(what, 60);
  line.resize(std::min(line.size(), columns() - 1));
  fmt::print(stderr, "\r{}\x1b[K", line);
}

}  // namespace hearth
