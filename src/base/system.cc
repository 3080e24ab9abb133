#include "base/system.h"

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

}  // namespace hearth
