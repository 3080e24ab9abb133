// Carries recipes out: a weight's numbers in order, in pieces, from the tensors that it is made of.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/threads.h"
#include "graph/recipe.h"
#include "model/checkpoint/array.h"
#include "model/checkpoint/checkpoint_tensors.h"

namespace hearth {

// The type that holds what a recipe makes with every bit that the checkpoint has.
Result<Type> exact_type(const Recipe& recipe, const CheckpointTensors& source);

// Calls `each` with pieces, one behind the other. No more of the checkpoint is decoded at once than one of its
// matrices where that is possible, and never more than one of its tensors.
Status produce(const Recipe& recipe, const CheckpointTensors& source,
               const std::function<Status(const Array&)>& each);

// Encodes numbers as they come, whole rows at a time.
class RowEncoder {
 public:
  using Sink = std::function<Status(std::span<const std::byte>)>;
  RowEncoder(Type type, int64_t row, ThreadPool& threads, const Sink& sink)
      : type_(type), row_(row), threads_(threads), sink_(sink) {}

  Status add(const Array& array);
  // After the last: an error if a row is left unfinished.
  Status finish();

 private:
  // Of numbers from `first` on, whole rows; `read` gives the numbers of a row.
  Status encode(int64_t rows, const std::function<void(int64_t row, float* to)>& read);

  const Type type_;
  const int64_t row_;
  ThreadPool& threads_;
  const Sink& sink_;
  std::vector<float> left_;  // of a row that is not finished
};

}  // namespace hearth
