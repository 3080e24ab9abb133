// What every backend refuses before it computes: plans whose views leave their buffers, batches whose rows,
// pages or slots are not there.
#pragma once

#include "ops/backend.h"

namespace hearth {

// `weights`: how many there are.
Status check_plan(const Plan& plan, size_t weights, int32_t most_rows);
Status check_batch(const Batch& batch, const Plan& plan, const MemoryOptions& memory, int32_t most_rows);

// "attend in layer 3 (line 40)", for messages; a step whose operator has no name is a "step".
std::string where(const Step& step);

}  // namespace hearth
