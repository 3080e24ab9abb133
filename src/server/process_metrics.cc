#include "server/process_metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "base/energy.h"

namespace hearth {

namespace {

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

// Fields of /proc/self/stat from the third on: those before have a name in them that may have anything in it.
std::vector<std::string> stat_fields() {
  std::string line = first_line("/proc/self/stat");
  size_t end = line.rfind(')');
  std::istringstream words(end == line.npos ? "" : line.substr(end + 1));
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  return fields;
}

// Once: the kernel counts every interrupt of the machine for it.
std::optional<double> boot_time() {
  static const std::optional<double> time = []() -> std::optional<double> {
    std::ifstream in("/proc/stat");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("btime ")) return number_in(line.substr(6));
    }
    return std::nullopt;
  }();
  return time;
}

// Linux 6.2 and later say it as the folder's size; to look at each takes milliseconds when there are ten thousand.
std::optional<double> open_files() {
  constexpr const char* kFolder = "/proc/self/fd";
  struct stat folder {};
  if (::stat(kFolder, &folder) == 0 && folder.st_size > 0) return static_cast<double>(folder.st_size);
  std::error_code failed;
  auto each = std::filesystem::directory_iterator(kFolder, failed);
  if (failed) return std::nullopt;
  return static_cast<double>(std::distance(begin(each), end(each)));
}

class ProcessLines {
 public:
  explicit ProcessLines(std::string& out) : out_(out) {}
  void add(const char* name, const char* type, const char* help, std::optional<double> value) {
    if (value) out_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, *value);
  }

 private:
  std::string& out_;
};

// Joules that the processor counted, where it lets this process see them: root's alone on most machines.
void write_energy(std::string& out) {
  std::string lines;
  for (const auto& [device, joules] : EnergyCounter::packages())
    lines += fmt::format("hearth_energy_joules_total{{device=\"{}\"}} {}\n", device, joules);
  if (lines.empty()) return;
  out +=
      "# HELP hearth_energy_joules_total Energy that the machine counted, of everything that runs on it\n"
      "# TYPE hearth_energy_joules_total counter\n" +
      lines;
}

}  // namespace

void write_process_metrics(std::string& out) {
  // Places in /proc/self/stat, less the two fields that are left out.
  constexpr size_t kUserTime = 11, kSystemTime = 12, kStart = 19, kVirtual = 20, kResident = 21;
  ProcessLines lines(out);
  std::vector<std::string> stat = stat_fields();
  auto field = [&](size_t at) { return at < stat.size() ? number_in(stat[at]) : std::nullopt; };
  auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK)),
       page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (auto user = field(kUserTime), system = field(kSystemTime); user && system) {
    lines.add("process_cpu_seconds_total", "counter", "Time of processors that was used",
              (*user + *system) / ticks);
  }
  if (auto resident = field(kResident))
    lines.add("process_resident_memory_bytes", "gauge", "Memory that is in use", *resident * page);
  lines.add("process_virtual_memory_bytes", "gauge", "Addresses that are in use", field(kVirtual));
  if (auto start = field(kStart), boot = boot_time(); start && boot)
    lines.add("process_start_time_seconds", "gauge", "When the process began, since 1970",
              *boot + *start / ticks);
  lines.add("process_open_fds", "gauge", "Files and sockets that are open", open_files());
  rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) == 0)
    lines.add("process_max_fds", "gauge", "Files and sockets that may be open",
              static_cast<double>(most.rlim_cur));
  write_energy(out);
}

}  // namespace hearth
