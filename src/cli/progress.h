// How far something long has come: a line on a terminal, redrawn as it grows and gone when the result is there.
// Where stderr is no terminal, nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/progress.h"

namespace hearth {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `note` is what is known so far. At most ten times a second something is drawn.
  void show(std::string_view what, uint64_t done, uint64_t total, std::string_view note = {});
  void clear();

  // The same for the library to call. The line must outlive it.
  Progress callback() {
    return [this](std::string_view what, uint64_t done, uint64_t total) {
      show(what, done, total);
      return true;
    };
  }

 private:
  using Clock = std::chrono::steady_clock;
  const bool terminal_;
  Clock::time_point start_, next_;
};

// The line's text, at most `width` characters: what, a bar, how much, how much longer, the note.
std::string progress_text(std::string_view what, uint64_t done, uint64_t total, double seconds,
                          std::string_view note, size_t width);

}  // namespace hearth
