// Progress of something long, as the library tells it; the command line draws it on a terminal.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace hearth {

// Called now and then with what is being done and how much of it is. Returning false asks to stop.
using Progress = std::function<bool(std::string_view what, uint64_t done, uint64_t total)>;

inline bool report(const Progress& progress, std::string_view what, uint64_t done, uint64_t total) {
  return !progress || progress(what, done, total);
}

}  // namespace hearth
