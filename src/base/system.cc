#include "base/system.h"

#include <sys/resource.h>

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

}  // namespace hearth
