// hearth doctor: what this machine has, what Hearth will use of it, and what would help.
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "backends/cpu/limits.h"
#include "base/system.h"
#include "base/topology.h"
#include "cli/command.h"
#include "cli/limits_output.h"
#include "cli/places.h"
#include "simd/isa.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr double kGigabyte = 1e9;
constexpr uint64_t kManyFiles = 16'384;  // connections that a server takes

struct Device {
  std::string name, path, driver;  // the kernel's, with its version where that is told
  bool allowed = true;             // to open it
};

// What was found out, without judgement.
struct Machine {
  std::string cpu = "unknown";
  std::vector<std::string> features;  // instructions that kernels for numbers are made of
  uint64_t memory = 0, memory_free = 0, page = 0;
  std::string huge_pages;  // "always", "madvise", "never"; empty where the system has none
  std::vector<Device> devices;
  Places places;
  Isa isa{};
  int32_t threads = 0;
  MachineLimits limits;
};

// What a person could do about something.
using Advice = std::vector<std::string>;

// The number in front of a line's "kB", for /proc/meminfo.
uint64_t kilobytes(const std::string& line) {
  size_t digits = line.find_first_of("0123456789");
  return digits == std::string::npos ? 0 : std::strtoull(line.c_str() + digits, nullptr, 10) * 1024;
}

void read_cpu(Machine& machine) {
  static const char* const kFeatures[] = {"avx",         "f16c",        "fma",      "avx2",     "avx_vnni",
                                          "avx512f",     "avx512bw",    "avx512dq", "avx512vl", "avx512_vnni",
                                          "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimd",
                                          "asimddp",     "i8mm",        "sve"};
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {  // the first processor
    size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    if (line.starts_with("model name")) machine.cpu = line.substr(colon + 2);
    if (line.starts_with("flags") || line.starts_with("Features")) {
      std::istringstream words(line.substr(colon + 2));
      for (std::string word; words >> word;) {
        if (std::ranges::find(kFeatures, word) != std::end(kFeatures)) machine.features.push_back(word);
      }
    }
  }
}

void read_memory(Machine& machine) {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemTotal:")) machine.memory = kilobytes(line);
  }
  machine.memory_free = available_memory().value_or(0);
  machine.page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::ifstream huge("/sys/kernel/mm/transparent_hugepage/enabled");  // "always [madvise] never"
  std::string choices;
  std::getline(huge, choices);
  size_t open = choices.find('['), close = choices.find(']');
  if (open < close && close != std::string::npos)
    machine.huge_pages = choices.substr(open + 1, close - open - 1);
}

std::string line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  ...": the number.
std::string nvidia_driver() {
  std::istringstream words(line_of("/proc/driver/nvidia/version"));
  for (std::string word; words >> word;) {
    bool number = word.find_first_not_of("0123456789.") == std::string::npos;
    if (number && word.find('.') != std::string::npos) return "nvidia " + word;
  }
  return "";
}

std::string driver_of(const fs::path& card) {
  std::error_code none;
  return fs::read_symlink(card / "device/driver", none).filename();
}

// Graphics processors as the system shows them: those of NVIDIA's driver by their device files, others by the
// cards of the kernel's graphics.
void find_devices(Machine& machine) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/dev", none)) {
    std::string file = entry.path().filename();
    bool numbered = file.size() > 6 && file.find_first_not_of("0123456789", 6) == std::string::npos;
    if (file.starts_with("nvidia") && numbered) {
      bool allowed = ::access(entry.path().c_str(), R_OK | W_OK) == 0;
      machine.devices.push_back({"NVIDIA", entry.path(), nvidia_driver(), allowed});
    }
  }
  for (const auto& entry : fs::directory_iterator("/sys/class/drm", none)) {
    std::string file = entry.path().filename();
    if (!file.starts_with("card") || file.find('-') != std::string::npos) continue;  // card0-HDMI is a plug
    std::string vendor = line_of(entry.path() / "device/vendor"),
                device = line_of(entry.path() / "device/device");
    std::string maker = vendor == "0x10de"   ? "NVIDIA"
                        : vendor == "0x1002" ? "AMD"
                        : vendor == "0x8086" ? "Intel"
                                             : "";
    bool known = maker == "NVIDIA" && !machine.devices.empty();
    if (!maker.empty() && !known)
      machine.devices.push_back({maker + " " + device, entry.path(), driver_of(entry.path())});
  }
  std::ranges::sort(machine.devices, {}, &Device::path);
}

Result<Machine> examine() {
  Machine machine;
  TRY(machine.isa, choose_isa());
  read_cpu(machine);
  read_memory(machine);
  find_devices(machine);
  machine.places = examine_places();
  ThreadPool pool;
  machine.threads = pool.threads();
  TRY(machine.limits, measure_limits(pool, machine.isa));
  return machine;
}

Advice advise(const Machine& machine) {
  Advice advice;
  const Topology& cores = topology();
  if (machine.isa != supported_isas().back()) {
    advice.push_back(fmt::format("HEARTH_ISA asks for {}; unset it and {} is used, which is faster.",
                                 name(machine.isa), name(supported_isas().back())));
  }
  if (machine.isa == Isa::scalar && supported_isas().size() == 1) {
    advice.push_back("No vector instructions that Hearth knows: expect a tenth of the usual speed.");
  }
  if (cores.quota > 0 && cores.quota < cores.cores) {
    advice.push_back(
        fmt::format("A control group grants {:.1f} of {} cores; raise its cpu.max to use the others.",
                    cores.quota, cores.cores));
  }
  if (machine.huge_pages == "never") {
    advice.push_back(
        "Huge pages are off: `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` as root gives them "
        "to weights and long contexts, which are read faster then.");
  }
  if (machine.memory_free > 0 && static_cast<double>(machine.memory_free) < kGigabyte) {
    advice.push_back("Less than 1 GB of memory is free: only models well below that run without swapping.");
  }
  if (open_files_limit().most < kManyFiles) {
    advice.push_back(fmt::format(
        "At most {} files may be open at once, connections of clients among them: a server of many "
        "wants a higher `ulimit -Hn` (LimitNOFILE= in a unit of systemd).",
        open_files_limit().most));
  }
  for (std::string& line : advise(machine.places)) advice.push_back(std::move(line));
  return advice;
}

std::string listed(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::vector<std::string> isa_names() {
  std::vector<std::string> names;
  for (Isa isa : supported_isas()) names.emplace_back(name(isa));
  return names;
}

void print_findings(const Machine& machine) {
  const Topology& cores = topology();
  auto row = [](std::string_view what, const std::string& found) { fmt::print("{:<14}{}\n", what, found); };
  auto gigabytes = [](uint64_t bytes) { return static_cast<double>(bytes) / kGigabyte; };
  row("processor", machine.cpu);
  std::string quota = cores.quota > 0 ? fmt::format(", limited to {:.1f}", cores.quota) : "";
  row("cores", fmt::format("{} with {} threads, {} memory node{}{}", cores.cores, cores.processors,
                           cores.nodes, cores.nodes > 1 ? "s" : "", quota));
  row("instructions", machine.features.empty() ? "none that Hearth looks for" : listed(machine.features));
  row("kernels", fmt::format("{} of {}", name(machine.isa), listed(isa_names())));
  row("threads", fmt::format("{}", machine.threads));
  row("memory",
      fmt::format("{:.1f} GB, {:.1f} GB free", gigabytes(machine.memory), gigabytes(machine.memory_free)));
  row("pages", fmt::format("{} bytes, huge ones: {}", machine.page,
                           machine.huge_pages.empty() ? "none" : machine.huge_pages));
  row("reads", reads_as_text(machine.limits));
  row("arithmetic", arithmetic_as_text(machine.limits));
  if (machine.devices.empty()) row("graphics", "none found");
  for (const Device& device : machine.devices)
    row("graphics", fmt::format("{} ({}), driver: {}; not used by this build", device.name, device.path,
                                device.driver.empty() ? "none" : device.driver));
  row("open files", fmt::format("at most {}", open_files_limit().most));
  for (const auto& [what, found] : findings(machine.places)) row(what, found);
  const Advice advice = advise(machine);
  fmt::print("\n{}\n", advice.empty() ? "Nothing to mend." : fmt::format("{}", fmt::join(advice, "\n")));
}

void print_json(const Machine& machine) {
  const Topology& cores = topology();
  nlohmann::ordered_json json;
  json["cpu"] = {{"model", machine.cpu},        {"cores", cores.cores}, {"processors", cores.processors},
                 {"memory_nodes", cores.nodes}, {"quota", nullptr},     {"features", machine.features}};
  if (cores.quota > 0) json["cpu"]["quota"] = cores.quota;
  json["isa"] = {{"present", isa_names()}, {"used", name(machine.isa)}};
  json["threads"] = machine.threads;
  json["memory"] = {{"bytes", machine.memory},
                    {"free", machine.memory_free},
                    {"page_bytes", machine.page},
                    {"huge_pages", machine.huge_pages}};
  json["limits"] = to_json(machine.limits);
  json["devices"] = nlohmann::json::array();
  for (const Device& device : machine.devices) {
    json["devices"].push_back({{"name", device.name},
                               {"path", device.path},
                               {"driver", device.driver},
                               {"allowed", device.allowed},
                               {"used", false}});
  }
  json["places"] = to_json(machine.places);
  json["open_files"] = open_files_limit().most;
  json["advice"] = advise(machine);
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

void doctor_command(CLI::App& app) {
  add_command(app, "doctor", "Show what this machine has and what Hearth will use of it", "hearth doctor",
              [](CLI::App& command) -> std::function<Status()> {
                auto json = std::make_shared<bool>(false);
                command.add_flag("--json", *json, "print one JSON document");
                return [json]() -> Status {
                  TRY(Machine machine, examine());
                  *json ? print_json(machine) : print_findings(machine);
                  return {};
                };
              });
}

}  // namespace hearth
