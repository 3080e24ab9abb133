#include "base/energy.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>

namespace hearth {

namespace {

namespace fs = std::filesystem;

std::optional<uint64_t> count_in(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

// A package is intel-rapl:0; what is within one is intel-rapl:0:1.
std::vector<fs::path> packages_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const auto& zone : fs::directory_iterator(folder, failed)) {
    std::string name = zone.path().filename();
    if (name.starts_with("intel-rapl:") && name.find(':') == name.rfind(':')) found.push_back(zone.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::unique_ptr<EnergyCounter> EnergyCounter::open(const fs::path& folder) {
  auto counter = std::make_unique<EnergyCounter>();
  for (const fs::path& package : packages_in(folder)) {
    auto now = count_in(package / "energy_uj"), most = count_in(package / "max_energy_range_uj");
    // Without its range, what a counter says after it ran over would be no energy at all.
    if (now && most) counter->sources_.push_back({package / "energy_uj", *now, *most});
  }
  return counter->sources_.empty() ? nullptr : std::move(counter);
}

double EnergyCounter::joules() {
  for (Source& source : sources_) {
    auto now = count_in(source.file);
    if (!now) continue;
    if (*now < source.last) microjoules_ += source.most;
    microjoules_ += *now - source.last;
    source.last = *now;
  }
  return static_cast<double>(microjoules_) / 1e6;
}

std::vector<EnergyCounter::Package> EnergyCounter::packages(const fs::path& folder) {
  std::vector<Package> all;
  for (const fs::path& package : packages_in(folder)) {
    if (auto now = count_in(package / "energy_uj"))
      all.push_back({package.filename(), static_cast<double>(*now) / 1e6});
  }
  return all;
}

}  // namespace hearth
