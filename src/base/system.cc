#include "base/system.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace hearth {

std::optional<uint64_t> available_memory() {
  std::ifstream lines("/proc/meminfo");
  std::string name, unit;
  uint64_t kilobytes;
  while (lines >> name >> kilobytes) {
    if (name == "MemAvailable:") return kilobytes * 1024;
    std::getline(lines, unit);
  }
  return std::nullopt;
}

OpenFiles open_files_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return {limit.rlim_cur, limit.rlim_max};
}

OpenFiles raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  return open_files_limit();
}

namespace {

// The kernel's sched_attr in its first version, which C libraries have not named for long.
struct SchedulingOfThread {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

}  // namespace

void take_short_turns() {
  SchedulingOfThread attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  constexpr uint64_t kTurn = 400'000;  // nanoseconds: an answer to whoever watches takes half of it
  attributes.runtime = kTurn;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace hearth
