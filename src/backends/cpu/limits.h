// What this machine can do at best, measured.
#pragma once

#include "base/threads.h"
#include "ops/machine_limits.h"
#include "simd/isa.h"

namespace hearth {

// Takes about `seconds`, and 256 MB of memory while it does.
Result<MachineLimits> measure_limits(ThreadPool& pool, Isa isa, double seconds = 0.5);

}  // namespace hearth
