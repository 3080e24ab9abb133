// The processors that this process may use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hearth {

// A physical core, as far as the scheduler may give us its processors.
struct PhysicalCore {
  std::vector<int32_t> processors;
  int32_t node = 0;  // of memory, counted among those that we have cores of
};

struct Topology {
  int32_t processors = 1;  // logical ones that the scheduler may give us
  int32_t cores = 1;       // physical ones among them
  int32_t nodes = 1;       // memory nodes they belong to
  double quota = 0;        // processors' worth of time that a control group grants us; 0: no limit
  std::vector<PhysicalCore> all_cores = {PhysicalCore{}};  // node by node

  // Where thread i of `count` belongs: as many on each node as its share of the cores, neighbours side by side.
  const PhysicalCore& core_of(int32_t i, int32_t count) const {
    return all_cores[static_cast<size_t>(int64_t{i} * cores / count)];
  }
};

// Read once, at the first call.
const Topology& topology();

// Keeps the calling thread on the processors of a node, where the memory is that it is the first to write to. Nothing
// where there is only one.
void stay_on_node(int32_t node);

// One thread for each physical core, as far as the quota goes.
int32_t default_threads();

}  // namespace hearth
