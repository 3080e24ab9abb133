// Kernels that make each number from the numbers in the same place of their inputs.
#pragma once

#include "backends/cpu/frame.h"

namespace hearth::cpu {

inline constexpr int kMostInputs = 3;

struct ElementwiseCall {
  Output out;
  Input in[kMostInputs];  // stretched to the output's heads and width
  float a, b, c, d;       // numbers of the operator, if it has any
};
using ElementwiseKernel = void (*)(const ElementwiseCall& call, const Task& task);

}  // namespace hearth::cpu
