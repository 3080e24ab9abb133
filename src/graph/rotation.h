// How rope turns, worked out from an architecture's entries: the rules of section 4.1 of the language as
// frequencies, one for each pair.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "graph/item.h"

namespace hearth::arch {

struct RotationRule {
  double theta = 10000;
  int64_t dim = 0;  // numbers that turn; even
  bool adjacent = false;
  const RopeScaling* scaling = nullptr;
  bool truncate = true;              // yarn's corners are whole
  std::optional<double> magnitude;   // in place of what scaling gives
  std::vector<double> factors;       // by which frequencies are divided; empty: by 1
  std::vector<double> long_factors;  // the same, for sequences beyond the original length (longrope)
};

Result<Rotation> work_out(const RotationRule& rule);

}  // namespace hearth::arch
