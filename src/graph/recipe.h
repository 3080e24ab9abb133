// How a weight is made of a checkpoint's tensors: what the origin of a row says, with every number worked out. A
// recipe is data; whoever reads the checkpoint carries it out, one source tensor at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth {

using Dims = std::vector<int64_t>;  // a shape, outermost dimension first

// One transform (section 5.2 of the language). "Rows" are the first dimension.
struct RecipeStep {
  enum class Kind : uint8_t {
    slice,        // cuts
    split,        // numbers: rows R become n, ..., R / (n * ...)
    swap,         // numbers: two dimensions
    reshape,      // numbers: the shape
    interleave,   // numbers: heads
    regroup,      // numbers: groups, then the sizes of a group's parts
    deal,         // numbers: from, n, k, w
    transpose,    //
    add,          // factors: one number, or one for each row
    subtract,     //
    multiply,     //
    divide,       //
    exponential,  //
    negate,       //
  };
  struct Cut {  // of a dimension: `count` places from `first` on, `step` apart
    int64_t first = 0, count = 1, step = 1;
    bool index = false;  // a single place, and the dimension is gone
  };
  Kind kind;
  std::vector<int64_t> numbers{};
  std::vector<Cut> cuts{};
  std::vector<double> factors{};

  bool arithmetic() const { return kind >= Kind::add; }
};

// The shape after a step; an error says why it cannot be taken.
Result<Dims> shape_after(const RecipeStep& step, const Dims& shape);

struct Recipe {
  enum class Kind : uint8_t {
    stored,    // a logical tensor, or its bias, and steps
    computed,  // numbers
    stack,     // parts along a new first dimension
    join,      // parts one after the other along the first dimension
  };
  Kind kind = Kind::stored;
  Dims shape{};
  std::string tensor{};
  bool bias = false;
  std::vector<RecipeStep> steps{};
  std::vector<double> numbers{};
  std::vector<Recipe> parts{};
};

}  // namespace hearth
