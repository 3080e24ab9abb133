#include "cli/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>

namespace hearth {

namespace {

bool closed = false;
std::string lost;  // why output could not be written, once it could not

// Who logs may be any thread.
std::mutex mutex;
bool in_line = false;  // the output does not end with the end of a line
bool drawn = false;    // there is a line of draw()

void wipe() {
  if (drawn) fmt::print(stderr, "\r\x1b[K");
  drawn = false;
}

// A terminal, or a pipe or file that takes both.
bool is_one_place() {
  struct stat out, err;
  if (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO)) return true;
  return ::fstat(STDOUT_FILENO, &out) == 0 && ::fstat(STDERR_FILENO, &err) == 0 && out.st_dev == err.st_dev &&
         out.st_ino == err.st_ino;
}

Status write_error() {
  closed = errno == EPIPE;
  lost = fmt::format("cannot write the output: {}", std::strerror(errno));
  return Error{lost};
}

}  // namespace

Status print(std::string_view text) {
  std::lock_guard lock(mutex);
  wipe();
  if (!text.empty()) in_line = text.back() != '\n';
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return write_error();
}

Status flush_output() {
  if (std::fflush(stdout) != 0) return write_error();
  return lost.empty() ? Status() : Status(Error{lost});
}

void end_line() {
  bool wanted = false;
  {
    std::lock_guard lock(mutex);
    wanted = in_line;
  }
  if (wanted && isatty(STDOUT_FILENO)) (void)print("\n");
}

void tell(std::string_view line) {
  std::lock_guard lock(mutex);
  wipe();
  std::fflush(stdout);
  bool ends = in_line && is_one_place();
  if (ends) in_line = false;
  fmt::print(stderr, "{}{}{}", ends ? "\n" : "", line, line.ends_with('\n') ? "" : "\n");
}

void draw(std::string_view line) {
  std::lock_guard lock(mutex);
  wipe();
  if (line.empty()) return;
  fmt::print(stderr, "{}", line);
  std::fflush(stderr);
  drawn = true;
}

bool output_is_closed() { return closed; }

}  // namespace hearth
