// What is made of several heads, or of several experts' outputs.
#pragma once

#include "backends/cpu/frame.h"

namespace hearth::cpu {

// out[j] = the sum over k of w[j][k] * y[k]
struct MixCall {
  Input w;  // [J, K]; data is null where each weighs 1
  Input y;  // [K, D]
  Output out;
};
using MixKernel = void (*)(const MixCall& call, const Task& task);

}  // namespace hearth::cpu
