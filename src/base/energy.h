// The energy that the machine's processors have taken, where the system lets this process read it: Linux's powercap,
// which shows RAPL's counters, to root alone on most machines.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hearth {

class EnergyCounter {
 public:
  struct Package {
    std::string name;  // intel-rapl:0
    double joules = 0;
  };

  // Of the packages below `folder`; what lies within a package is part of it. None: there is nothing to read.
  static std::unique_ptr<EnergyCounter> open(const std::filesystem::path& folder = "/sys/class/powercap");

  // Since this was opened, of all packages. The counters run over after some minutes at full load: who asks less
  // often than that is told too little. One thread at a time. Some microseconds for each package.
  double joules();

  // As they stand, of each package.
  static std::vector<Package> packages(const std::filesystem::path& folder = "/sys/class/powercap");

 private:
  struct Source {
    std::filesystem::path file;
    uint64_t last = 0, most = 0;  // microjoules; most: before it begins again at 0
  };
  std::vector<Source> sources_;
  uint64_t microjoules_ = 0;
};

}  // namespace hearth
