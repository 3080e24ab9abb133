#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/human.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace hearth {

namespace {

constexpr uint64_t kBar = 20;
constexpr auto kBetween = std::chrono::milliseconds(100);

// Two units are as much as anybody can use.
std::string duration(double seconds) {
  auto s = static_cast<uint64_t>(std::ceil(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
}

}  // namespace

std::string progress_text(std::string_view what, uint64_t done, uint64_t total, double seconds,
                          std::string_view note, size_t width) {
  double part = total ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
  auto filled = static_cast<uint64_t>(part * kBar);
  std::string text = fmt::format("{} [{}{}] {}/{}", what, std::string(filled, '#'),
                                 std::string(kBar - filled, '.'), grouped(done), grouped(total));
  // After a piece it can be known how long the others take.
  if (part > 0 && part < 1) text += fmt::format(", {} left", duration(seconds / part - seconds));
  if (!note.empty()) text += fmt::format(", {}", note);
  if (text.size() > width) text.resize(width);
  return text;
}

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO)), start_(Clock::now()), next_(start_) {}

void ProgressLine::show(std::string_view what, uint64_t done, uint64_t total, std::string_view note) {
  if (!terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + kBetween;
  double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  // The last column stays free: some terminals begin a new line when it is written.
  draw(progress_text(what, done, total, seconds, note, terminal_columns(STDERR_FILENO) - 1));
}

void ProgressLine::clear() {
  if (terminal_) draw("");
}

}  // namespace hearth
