// The processors that this process may use.
#pragma once

#include <cstdint>

namespace hearth {

struct Topology {
  int32_t processors = 1;  // logical ones that the scheduler may give us
  int32_t cores = 1;       // physical ones among them
  int32_t nodes = 1;       // memory nodes they belong to
  double quota = 0;        // processors' worth of time that a control group grants us; 0: no limit
};

// Read once, at the first call.
const Topology& topology();

// One thread for each physical core, as far as the quota goes.
int32_t default_threads();

}  // namespace hearth
