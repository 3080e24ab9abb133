// Control vectors: directions in which layers' residual streams are pushed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth {

struct GivenControlVector {
  std::filesystem::path path;
  double scale = 1;
};

// Layers that are pushed, both ends included; as far as there are some.
struct LayerRange {
  int32_t first = 1, last = 1 << 20;
};

// By layer, the sum of what the files say of it, each with its scale. A tensor `direction.N` of a GGUF file is of
// what layer N leaves.
Result<std::map<int32_t, std::vector<float>>> read_control_vectors(
    const std::vector<GivenControlVector>& given, LayerRange range);

}  // namespace hearth
