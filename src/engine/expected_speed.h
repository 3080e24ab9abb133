// How long a batch will take on a machine whose limits are known, before it is computed.
#pragma once

#include "engine/work.h"

namespace hearth {

// Sums what each step takes at the share of the limits that kernels reach, and what threads take to meet between
// them: within a quarter of what hearth bench measures (bench/plan_accuracy.py).
double expected_seconds(const Plan& plan, std::span<const WeightData> weights, const BatchSize& batch,
                        const MemoryOptions& memory, const MachineLimits& limits);

}  // namespace hearth
