// Kernels along the last dimension: norms, softmax, sums.
#pragma once

#include "backends/cpu/frame.h"

namespace hearth::cpu {

struct NormCall {
  Output out;
  Input in;
  Input weight, bias;  // stretched to the input; data is null where there is none
  float eps;
};
using NormKernel = void (*)(const NormCall& call, const Task& task);

}  // namespace hearth::cpu
