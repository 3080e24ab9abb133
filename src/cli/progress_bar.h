// Progress on a terminal: one line on stderr, gone when it ends. Elsewhere nothing is drawn.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/progress.h"

namespace hearth {

// While one exists, an interrupt (SIGINT or SIGTERM) asks the work to stop, so that it cleans up behind
// itself; the next one ends the program as ever.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // For the library; lives no longer than this.
  Progress progress();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::string_view what, uint64_t done, uint64_t total);

  const bool terminal_;
  bool drawn_ = false;
  Clock::time_point begin_, last_;
};

}  // namespace hearth
