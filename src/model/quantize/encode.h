// A tensor's rows in another type, and what that costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "formats/stored_tensor.h"
#include "quant/format.h"
#include "simd/isa.h"

namespace hearth {

// Squares, each times the importance of its column: of what became of the numbers, and of the numbers.
struct EncodingError {
  double error = 0, norm = 0;

  // The mean error of what a product with the tensor gives, as a share of what it gives: 0 to about 1.
  double relative() const;
  EncodingError& operator+=(const EncodingError& other) {
    error += other.error;
    norm += other.norm;
    return *this;
  }
};

// A tensor as so many rows; those of one matrix after those of another.
struct RowsOf {
  explicit RowsOf(const StoredTensor& tensor);
  int64_t columns, rows;
  int64_t rows_of_matrix;
  uint64_t matrices() const { return static_cast<uint64_t>(rows / rows_of_matrix); }
};

// The importance of a tensor's columns: of each matrix, or the same for all of them; empty: all are alike.
using ColumnWeights = std::span<const float>;

class TensorEncoder {
 public:
  TensorEncoder(ThreadPool& threads, Isa isa) : threads_(threads), isa_(isa) {}

  // Rows first to first + count of the tensor, of types with a Format, into `to`. An error names the first
  // number that is not finite, or that `type` cannot hold. The sum of the errors is added to `sum`, the same
  // whatever the number of threads.
  Status encode(const StoredTensor& tensor, Type type, ColumnWeights weights, int64_t first, int64_t count,
                std::span<std::byte> to, EncodingError& sum);

  // Whether all the numbers of these rows are finite.
  Status check(const StoredTensor& tensor, int64_t first, int64_t count);

  // What each of the types would cost on the tensor's rows, of which at most about `sample` numbers are
  // tried, evenly spread.
  Result<std::vector<EncodingError>> measure(const StoredTensor& tensor, std::span<const Type> types,
                                             ColumnWeights weights, int64_t sample);

 private:
  ThreadPool& threads_;
  Isa isa_;
};

}  // namespace hearth
