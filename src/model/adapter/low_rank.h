// The change of a weight as a product of two thin ones, taken through the recipe by which the weight itself is made
// of a checkpoint's tensors.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "graph/recipe.h"
#include "model/checkpoint/array.h"

namespace hearth {

// W = left * right: left has W's shape with the rank in place of its last dimension; right is [rank, W's last], or
// has one such for each of W's leading dimensions.
struct LowRank {
  Array left, right;

  int64_t rank() const { return left.shape().back(); }
  // With the same leading dimensions on both sides, if there are any.
  Status spread();
};

// The change of a tensor that a recipe names; nothing if it stays as it is.
using FindChange = std::function<Result<std::optional<LowRank>>(std::string_view tensor)>;

// The change of what the recipe makes. An error if it is no low-rank one, or cannot be said as such.
Result<std::optional<LowRank>> change_of(const Recipe& recipe, const FindChange& find);

// A change of `rank` that changes nothing: of a tensor with this shape.
LowRank no_change(const Dims& shape, int64_t rank);

}  // namespace hearth
