// Numbers that nobody foresees.
#pragma once

#include <cstdint>

namespace hearth {

// All 64 bits are drawn anew, by the system. Some nanoseconds, on average, and on any thread: std::random_device asks
// the processor instead, which takes up to 0.1 ms for each number where a hypervisor answers for it.
uint64_t random_bits();

}  // namespace hearth
