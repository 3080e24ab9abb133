#include "base/topology.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace hearth {

namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The processors of the affinity mask. Grown until it fits: machines may have more than CPU_SETSIZE.
std::vector<int> allowed_processors() {
  std::vector<int> all;
  for (int size = 1024; size <= 1 << 20; size *= 2) {
    cpu_set_t* set = CPU_ALLOC(size);
    size_t bytes = CPU_ALLOC_SIZE(size);
    bool read = sched_getaffinity(0, bytes, set) == 0;
    for (int i = 0; read && i < size; ++i) {
      if (CPU_ISSET_S(i, bytes, set)) all.push_back(i);
    }
    CPU_FREE(set);
    if (read) break;
  }
  return all;
}

// The tightest limit from this process's control group up to the root, both layouts of the file system.
double control_group_quota() {
  double least = 0;
  auto consider = [&](double quota, double period) {
    if (quota > 0 && period > 0 && (least == 0 || quota / period < least)) least = quota / period;
  };
  auto number = [](const std::string& text) {
    double value = 0;
    return std::sscanf(text.c_str(), "%lf", &value) == 1 ? value : 0.0;
  };
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    size_t a = line.find(':'), b = a == std::string::npos ? a : line.find(':', a + 1);
    if (b == std::string::npos) continue;
    std::string controllers = line.substr(a + 1, b - a - 1);
    bool unified = controllers.empty();
    if (!unified && ("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
    std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (std::filesystem::path at = line.substr(b + 1);; at = at.parent_path()) {
      std::string folder = root + (at == "/" ? "" : at.string());
      if (unified) {
        std::string text = first_line(folder + "/cpu.max");  // "max 100000" or "200000 100000"
        size_t blank = text.find(' ');
        if (blank != std::string::npos) consider(number(text), number(text.substr(blank)));
      } else {
        consider(number(first_line(folder + "/cpu.cfs_quota_us")),
                 number(first_line(folder + "/cpu.cfs_period_us")));
      }
      if (!at.has_relative_path()) break;
    }
  }
  return least;
}

Topology read_topology() {
  Topology found;
  std::vector<int> processors = allowed_processors();
  if (processors.empty()) {
    found.processors = found.cores = std::max(1u, std::thread::hardware_concurrency());
    found.all_cores.resize(static_cast<size_t>(found.cores));
    return found;
  }
  std::map<std::pair<int, std::string>, PhysicalCore> cores;  // by node
  std::set<int> nodes;
  for (int i : processors) {
    std::string folder = fmt::format("/sys/devices/system/cpu/cpu{}", i);
    std::string siblings = first_line(folder + "/topology/thread_siblings_list");
    int node = 0;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
      std::string name = entry.path().filename();
      int number = 0;
      if (std::sscanf(name.c_str(), "node%d", &number) == 1) node = number;
    }
    nodes.insert(node);
    cores[{node, siblings.empty() ? fmt::format("alone {}", i) : siblings}].processors.push_back(i);
  }
  found.all_cores.clear();
  for (auto& [at, core] : cores) {
    core.node = static_cast<int32_t>(std::distance(nodes.begin(), nodes.find(at.first)));
    found.all_cores.push_back(std::move(core));
  }
  found.processors = static_cast<int32_t>(processors.size());
  found.cores = static_cast<int32_t>(cores.size());
  found.nodes = static_cast<int32_t>(nodes.size());
  found.quota = control_group_quota();
  return found;
}

}  // namespace

const Topology& topology() {
  static const Topology found = read_topology();
  return found;
}

void stay_on_node(int32_t node) {
  const Topology& machine = topology();
  if (machine.nodes < 2) return;
  int32_t most = 0;
  for (const PhysicalCore& core : machine.all_cores) most = std::max(most, std::ranges::max(core.processors));
  cpu_set_t* set = CPU_ALLOC(most + 1);
  const size_t bytes = CPU_ALLOC_SIZE(most + 1);
  CPU_ZERO_S(bytes, set);
  for (const PhysicalCore& core : machine.all_cores) {
    if (core.node != node) continue;
    for (int32_t processor : core.processors) CPU_SET_S(processor, bytes, set);
  }
  sched_setaffinity(0, bytes, set);  // where that is refused, threads run anywhere, as before
  CPU_FREE(set);
}

int32_t default_threads() {
  const Topology& machine = topology();
  if (machine.quota <= 0) return machine.cores;
  return std::clamp(static_cast<int32_t>(std::floor(machine.quota)), 1, machine.cores);
}

}  // namespace hearth
