// What a machine can do at best in a second. Any speed is told beside these, since a number without its limit says
// nothing.
#pragma once

namespace hearth {

struct MachineLimits {
  double bytes = 0;  // read from memory that no cache holds, all threads together
  // Multiplications and additions: of bytes, summed in int32; of f32; of bf16, summed in f32. 0 without instructions.
  double int8_ops = 0, f32_ops = 0, bf16_ops = 0;

  // What there are no instructions for is computed in f32.
  double int8_or_f32() const { return int8_ops > 0 ? int8_ops : f32_ops; }
  double bf16_or_f32() const { return bf16_ops > 0 ? bf16_ops : f32_ops; }
};

}  // namespace hearth
