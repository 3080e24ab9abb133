// Runs the program as a user would: arguments, stdin, environment; what it printed, how it ended, what it took.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

// The address sanitizer reserves terabytes of address space, and keeps what is freed for a while: under it the memory of
// a program says nothing of the program.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kMemoryIsItsOwn = false;
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
inline constexpr bool kMemoryIsItsOwn = false;
#  else
inline constexpr bool kMemoryIsItsOwn = true;
#  endif
#else
inline constexpr bool kMemoryIsItsOwn = true;
#endif

struct ProgramInput {
  std::string text = {};                      // on stdin
  std::vector<std::string> environment = {};  // "NAME=VALUE", beside this process's own
  uint64_t memory = 0;         // bytes of address space that it may take; 0: any (and any under sanitizers)
  uint64_t file_bytes = 0;     // that a file it writes may have, as on a disk that is full; 0: any
  bool output_closed = false;  // nobody reads its stdout
  bool one_pipe = false;       // what it says on stderr goes where its output does: `out` has both
  std::function<void(int)> while_running = {};  // called with its process id once it runs
};

struct ProgramRun {
  std::string out, err;
  int status = -1;  // the exit status, or minus the signal that ended it
  uint64_t max_rss =
      0;  // bytes; never less than this process had when it began the program. 0 under sanitizers

  // What a failure must be: exit status 1, one line `error: ...`, nothing on stdout.
  bool failed_with(std::string_view part) const;
};

// The program as it is built: HEARTH_PROGRAM.
ProgramRun run_program(const std::vector<std::string>& arguments, const ProgramInput& input = {});

}  // namespace hearth
