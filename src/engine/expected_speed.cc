#include "engine/expected_speed.h"

#include <algorithm>

namespace hearth {

namespace {

// Shares of the limits that steps usually reach, to be held against bench/plan_accuracy.py: estimates, not measured here.
constexpr double kReadReached = 0.85, kComputeReached = 0.6, kMeetingSeconds = 5e-6;

}  // namespace

double expected_seconds(const Plan& plan, std::span<const WeightData> weights, const BatchSize& batch,
                        const MemoryOptions& memory, const MachineLimits& limits) {
  const MachineLimits reached = {limits.bytes * kReadReached, limits.int8_ops * kComputeReached,
                                 limits.f32_ops * kComputeReached};
  double seconds = 0;
  for (const Step& step : plan.steps)
    seconds += bound_of(work_of(plan, step, weights, batch, memory), reached).seconds + kMeetingSeconds;
  return seconds;
}

}  // namespace hearth
