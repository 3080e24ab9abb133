// The processor as a backend: matrices as panels, a program of bound kernels walked by a pool of threads, keys and
// values in pages.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "ops/backend.h"
#include "simd/isa.h"

namespace hearth {

struct CpuOptions {
  int32_t threads = 0;     // 0: one for each physical core that we may use
  std::optional<Isa> isa;  // none: what HEARTH_ISA says, or the best there is
  // Weights where the file has them, and products in f32 of what quantized ones stand for, as their definitions say.
  // Otherwise they are laid out as panels, and inputs rounded to bytes where that is faster.
  bool exact = false;
};

Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options = {});

// The bytes that weights take while a plan runs. What it multiplies by is laid out anew, which of the smallest formats
// makes up to twice what the file has.
Result<uint64_t> weight_bytes(const Plan& plan, std::span<const WeightData> weights,
                              const CpuOptions& options = {});

// How it can keep keys and values.
std::span<const Type> kept_types();

}  // namespace hearth
