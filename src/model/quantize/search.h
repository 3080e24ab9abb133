// Finds types for a size: what each would cost each tensor is measured, and the least sum is chosen.
#pragma once

#include <cstdint>
#include <span>

#include "base/progress.h"
#include "base/threads.h"
#include "model/quantize/plan.h"

namespace hearth {

// The tensor's bytes in that type, whose blocks divide its rows.
uint64_t bytes_as(Type type, const StoredTensor& tensor);

// Gives types to the tensors that nobody chose one for, so that `fixed_bytes` (of everything that is not a
// tensor) and the tensors, each padded to `alignment`, stay within the target. `tied`: the token embedding is
// also the output.
Status search_types(std::span<TensorPlan> tensors, const SizeTarget& target,
                    const NamedImportance* importance, bool tied, uint64_t fixed_bytes, uint64_t alignment,
                    ThreadPool& threads, Isa isa, const Progress& progress);

}  // namespace hearth
