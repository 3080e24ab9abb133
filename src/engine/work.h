// What a step of a plan cannot do without: the bytes it must read and the arithmetic it must do, beside which its
// time is judged.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "ops/backend.h"
#include "ops/machine_limits.h"
#include "ops/plan.h"

namespace hearth {

struct Work {
  double bytes = 0;     // of weights, keys and values
  double int8_ops = 0;  // multiplications and additions with quantized weights
  double bf16_ops = 0;  // with weights in bf16
  double f32_ops = 0;   // with others, and of attention

  double ops() const { return int8_ops + bf16_ops + f32_ops; }

  Work& operator+=(const Work& other) {
    bytes += other.bytes;
    int8_ops += other.int8_ops;
    bf16_ops += other.bf16_ops;
    f32_ops += other.f32_ops;
    return *this;
  }
};

// A batch as far as its work goes: each of `sequences` brings `tokens` behind `past` that came before.
struct BatchSize {
  int64_t sequences = 1, tokens = 1, past = 0, wanted = 1;
};

Work work_of(const Plan& plan, const Step& step, std::span<const WeightData> weights, const BatchSize& batch,
             const MemoryOptions& memory);

// The least time that the work takes at these limits, and which of them sets it: "memory", "int8", "bf16" or "f32".
struct Bound {
  double seconds = 0;
  std::string_view by;
};
Bound bound_of(const Work& work, const MachineLimits& limits);

}  // namespace hearth
