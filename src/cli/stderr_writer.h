// Lines for stderr, written by a thread of their own: however slowly they are read there, nobody who adds one waits.
// What is not read is dropped, and counted.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/log.h"

namespace hearth {

// A line of the log for a person; empty: it is about details that nobody asked for (HEARTH_LOG=debug).
std::string log_text(LogLevel level, std::string_view line);

class StderrWriter {
 public:
  StderrWriter() : thread_([this] { work(); }) {}
  // Writes what waits, if it is read at once.
  ~StderrWriter();

  void add(std::string line);

 private:
  void work();
  bool write(std::string_view text);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  uint64_t dropped_ = 0;
  bool stop_ = false;
  std::thread thread_;  // begins last
};

}  // namespace hearth
