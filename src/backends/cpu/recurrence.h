// What goes from token to token through a state of each sequence.
#pragma once

#include "backends/cpu/frame.h"
#include "backends/cpu/memory.h"

namespace hearth::cpu {

// A state S of [K, V] for each head, V side by side, so that a vector holds one row's part and nothing is summed
// across lanes. The tokens of a run pass in order; heads and runs are independent.
struct RecurrenceCall {
  Input in[6];  // as the operator has them; those of one number for each head are stretched to K
  Output out;
  int32_t state = -1;
  int64_t heads = 1, keys = 1, values = 1;  // H, K, V
  float scale = 1;
};
using RecurrenceKernel = void (*)(const RecurrenceCall& call, const Task& task);

// Each channel by itself: y = the sum over j of w[j] * x of `taps - 1 - j` tokens before, or so many behind.
struct ConvolutionCall {
  Input in;
  Output out;
  const float* weights;  // [taps, channels]
  const float* bias;     // null: none
  int32_t state = -1;    // the x of the last taps - 1 tokens; none where it is not causal
  int64_t taps = 1, before = 0;
};
using ConvolutionKernel = void (*)(const ConvolutionCall& call, const Task& task);

}  // namespace hearth::cpu
