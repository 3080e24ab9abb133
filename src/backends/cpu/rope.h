// Rotary positions: a table of cosines and sines for the batch, then one product for each number.
#pragma once

#include "backends/cpu/frame.h"

namespace hearth::cpu {

// The table has 2*dim floats for each row: what each number is multiplied by, and what its partner is. With
// pairs (2i, 2i+1) every number has its own entries; with halves, pair i's entries are those of its first number,
// and the second halves of the lists are not used.
struct RopeCall {
  Input in, table;
  Output out;
  int64_t dim = 0;
  bool adjacent = false;
};
using RopeKernel = void (*)(const RopeCall& call, const Task& task);

}  // namespace hearth::cpu
