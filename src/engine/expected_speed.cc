#include "engine/expected_speed.h"

#include <algorithm>

namespace hearth {

namespace {

// What of the machine's limits steps reach, and what else they take. Measured with hearth bench, limits and speeds in the
// same run, on two threads with AVX-512: 22 types of weights (shape:llama-1b@4), which with these numbers were between
// 18 % too fast and 18 % too slow, and attention over 2,000 tokens of five shapes.
constexpr double kReadReached = 0.85, kComputeReached = 0.6;
constexpr double kMeetingSeconds = 4e-6;
// Before anything is computed with them, numbers have to be unpacked, for each batch once. In operations that would take
// as long: of bytes for a quantized weight, whatever its type, of f32 for a byte of keys and values.
constexpr double kUnpackWeight = 11, kUnpackKeptByte = 10;

double seconds_of(const Step& step, const Work& work, std::span<const WeightData> weights,
                  const MachineLimits& limits) {
  double compute = (work.int8_ops / limits.int8_or_f32() + work.bf16_ops / limits.bf16_or_f32() +
                    work.f32_ops / limits.f32_ops) /
                   kComputeReached;
  if (step.op == Op::attend) {
    compute += work.bytes * kUnpackKeptByte / limits.f32_ops;
  } else if (work.int8_ops > 0) {
    const TypeInfo& type = info(weights[static_cast<size_t>(step.arguments.front().weight)].type);
    const double numbers = work.bytes / static_cast<double>(type.bytes) * static_cast<double>(type.block);
    compute += numbers * kUnpackWeight / limits.int8_or_f32();
  }
  return std::max(work.bytes / (limits.bytes * kReadReached), compute) + kMeetingSeconds;
}

}  // namespace

double expected_seconds(const Plan& plan, std::span<const WeightData> weights, const BatchSize& batch,
                        const MemoryOptions& memory, const MachineLimits& limits) {
  double seconds = 0;
  for (const Step& step : plan.steps)
    seconds += seconds_of(step, work_of(plan, step, weights, batch, memory), weights, limits);
  return seconds;
}

}  // namespace hearth
