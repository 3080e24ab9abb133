// Numbers in a shape, on their way from a checkpoint to a weight. Moving them copies their bytes, so that what only
// moves keeps its bits, packed blocks too; arithmetic waits until they are read as floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "graph/recipe.h"
#include "tensor/type.h"

namespace hearth {

class Array {
 public:
  // Of bytes that outlive it, or that it keeps. `turned`: the last two dimensions are stored the other way round
  // than `shape` has them.
  Array(Dims shape, Type type, std::span<const std::byte> bytes, bool turned = false)
      : shape_(std::move(shape)), type_(type), bytes_(bytes), turned_(turned) {}
  Array(Dims shape, Type type, std::vector<std::byte> bytes, bool turned = false);
  static Array of_floats(Dims shape, std::vector<float> numbers);

  const Dims& shape() const { return shape_; }
  int64_t elements() const;
  Type type() const { return type_; }

  // Takes a step that shape_after() allows.
  Status apply(const RecipeStep& step);
  // Once no step follows: puts what is stored turned into its order.
  Status settle();
  // The bytes in their order, if they are what is wanted: settled, of that type, with no arithmetic pending.
  const std::span<const std::byte>* bytes_in(Type type) const {
    return type == type_ && pending_.empty() && !turned_ ? &bytes_ : nullptr;
  }
  // Numbers of a settled array. `first` and `count` are multiples of the type's block.
  void read(int64_t first, int64_t count, float* to) const;

 private:
  // A dimension of a view: how many places, how far apart, in elements.
  struct Axis {
    int64_t size, stride;
  };
  // Makes this what is found by walking each view, outermost axis first, one after the other.
  struct View {
    int64_t offset;
    std::vector<Axis> axes;
  };
  Status gather(const std::vector<View>& views, Dims shape);
  Status to_floats();

  Dims shape_;
  Type type_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const std::vector<std::byte>> owned_;
  bool turned_ = false;
  std::vector<RecipeStep> pending_;  // arithmetic with a single number, in order
};

// Types that read() understands.
bool readable(Type type);

// Whether an array of this type, given as `turned` says, would come through the steps with the bytes of its rows
// whole: blocks are not cut, and nothing is computed.
bool keeps_rows(bool turned, const Dims& shape, std::span<const RecipeStep> steps);

}  // namespace hearth
