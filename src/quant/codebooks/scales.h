// The scales of a block: one f16 for the block, and for each group a code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quant/codebooks/tries.h"

namespace hearth {

// 256 numbers, ready to be encoded: the largest has a magnitude from 1 to 2, and so has the largest weight.
struct BlockInput {
  float x[256], w[256];
  int exponent;  // the numbers were 2^exponent times these

  // False if they are all 0, or so small that their scale as an f16 is.
  // Numbers that are not finite count as 0; importances that are not, or are negative, too.
  bool take(const float* from, const float* importance);
};

// A group's scale is d * unit * (2 * code + 1), codes from 0 to `codes` - 1.
struct ScaleRule {
  float unit;
  int codes;
};

struct Scales {
  uint16_t d;  // f16
  uint8_t codes[16];
  float t[16];  // 1 / scale of each group, as of a BlockInput
};

// The scales with the least error that a search over d finds. The tries are of a BlockInput with this exponent, d
// is for the numbers as they were; 0 if no other is better.
Scales fit_scales(std::span<const Tries> groups, ScaleRule rule, int exponent);

}  // namespace hearth
