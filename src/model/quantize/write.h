// Carries a plan out: tensor by tensor, in slices of rows, so that a model of any size passes through some
// megabytes of memory.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "model/quantize/encode.h"
#include "model/quantize/plan.h"

namespace hearth {

struct QuantizeResult {
  std::vector<std::optional<EncodingError>> errors;  // of each tensor; none where it is as it was
  std::vector<std::filesystem::path> paths;
};

// Nothing has the final names before all is written. The plan is of a file that was opened, not parsed from
// memory: pages that have been read are given back.
Result<QuantizeResult> write_quantized(const QuantizePlan& plan, const std::filesystem::path& path,
                                       ThreadPool& threads, Isa isa, const Progress& progress);

}  // namespace hearth
