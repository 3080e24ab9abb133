#include "model/quantize/encode.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>

#include "base/text.h"

namespace hearth {

namespace {

// What one thread takes at a time: enough to be worth the asking, little enough that all end together.
constexpr int64_t kNumbersAtOnce = 1 << 15;

bool all_finite(std::span<const float> numbers) {
  // The sum of the products with 0 is 0, unless one of them is not a number.
  float sum = 0;
  for (float number : numbers) sum += number * 0.0f;
  return sum == 0;
}

int64_t first_not_finite(std::span<const float> numbers) {
  auto at = std::find_if(numbers.begin(), numbers.end(), [](float x) { return !std::isfinite(x); });
  return at - numbers.begin();
}

EncodingError error_of(std::span<const float> numbers, std::span<const float> decoded, const float* weights) {
  // Eight sums, so that they are made side by side.
  constexpr size_t kSums = 8;
  double error[kSums] = {}, norm[kSums] = {};
  auto add = [&](size_t sum, size_t i) {
    double weight = weights ? weights[i] : 1, number = numbers[i], off = decoded[i] - number;
    error[sum] += weight * off * off;
    norm[sum] += weight * number * number;
  };
  size_t i = 0;
  for (; i + kSums <= numbers.size(); i += kSums) {
    for (size_t sum = 0; sum < kSums; ++sum) add(sum, i + sum);
  }
  for (; i < numbers.size(); ++i) add(0, i);
  EncodingError total;
  for (size_t sum = 0; sum < kSums; ++sum) total += {error[sum], norm[sum]};
  return total;
}

// Where in a tensor something is wrong, and with which number.
struct Fault {
  int64_t row, column;
  float number;
};

Error describe(const StoredTensor& tensor, const Fault& fault, std::optional<Type> type) {
  RowsOf shape(tensor);
  std::string place = fmt::format("row {}, column {}", fault.row % shape.rows_of_matrix, fault.column);
  if (shape.matrices() > 1) place = fmt::format("matrix {}, {}", fault.row / shape.rows_of_matrix, place);
  if (!std::isfinite(fault.number)) {
    return fail(
        "tensor {}: {} holds {}, which no model can use; the file is damaged, or was made by a training "
        "that diverged",
        quote(tensor.name), place, fault.number);
  }
  return fail(
      "tensor {}: {} holds {}, which is too large for {}; ask for another type with --tensor-type, such "
      "as bf16",
      quote(tensor.name), place, fault.number, info(*type).name);
}

// One thread's memory for one row, and what it does with it.
class RowWork {
 public:
  RowWork(const StoredTensor& tensor, Isa isa)
      : tensor_(tensor),
        shape_(tensor),
        row_bytes_(*row_bytes(tensor.type, shape_.columns)),
        decode_(format_of(tensor.type)->fast[isa]),
        isa_(isa),
        numbers_(shape_.columns) {}

  // Decodes a row. Nothing if all is well.
  std::optional<Fault> read(int64_t row) {
    row_ = row;
    decode_(tensor_.data.data() + row * row_bytes_, numbers_.data(), shape_.columns);
    return fault_in(numbers_);
  }

  // Encodes what was read.
  std::optional<Fault> write(Type type, ColumnWeights weights, std::byte* to, EncodingError& error) {
    const Format& format = *format_of(type);
    const float* row_weights = nullptr;
    if (!weights.empty()) {
      bool each = static_cast<int64_t>(weights.size()) > shape_.columns;
      row_weights = weights.data() + (each ? row_ / shape_.rows_of_matrix * shape_.columns : 0);
    }
    format.encode[isa_](numbers_.data(), row_weights, to, shape_.columns);
    decoded_.resize(numbers_.size());
    format.fast[isa_](to, decoded_.data(), shape_.columns);
    error = error_of(numbers_, decoded_, row_weights);
    return fault_in(decoded_);
  }

 private:
  std::optional<Fault> fault_in(std::span<const float> numbers) const {
    if (all_finite(numbers)) return std::nullopt;
    int64_t column = first_not_finite(numbers);
    return Fault{row_, column, numbers_[column]};
  }

  const StoredTensor& tensor_;
  const RowsOf shape_;
  const int64_t row_bytes_;
  const DecodeRow decode_;
  const Isa isa_;
  int64_t row_ = 0;
  std::vector<float> numbers_, decoded_;
};

// Calls `each` with pieces 0 to count - 1, shared among the threads, each thread with what `begin` makes for
// it. Gives the fault of the first piece that has one.
template <class Begin, class Each>
std::optional<Fault> in_pieces(ThreadPool& threads, int64_t count, Begin begin, Each each) {
  std::vector<std::optional<Fault>> faults(count);
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  threads.run([&](Worker) {
    std::optional<decltype(begin())> own;
    for (int64_t piece; !failed && (piece = next++) < count;) {
      if (!own) own.emplace(begin());
      if ((faults[piece] = each(*own, piece))) failed = true;
    }
  });
  // Pieces are taken in order, so all before the first that failed have been looked at.
  for (auto& fault : faults) {
    if (fault) return fault;
  }
  return std::nullopt;
}

}  // namespace

double EncodingError::relative() const { return norm > 0 ? std::sqrt(error / norm) : 0; }

RowsOf::RowsOf(const StoredTensor& tensor)
    : columns(tensor.shape.empty() ? 1 : static_cast<int64_t>(tensor.shape.back())),
      rows(static_cast<int64_t>(tensor.elements) / columns),
      rows_of_matrix(tensor.shape.size() < 2 ? 1
                                             : static_cast<int64_t>(tensor.shape[tensor.shape.size() - 2])) {}

Status TensorEncoder::encode(const StoredTensor& tensor, Type type, ColumnWeights weights, int64_t first,
                             int64_t count, std::span<std::byte> to, EncodingError& sum) {
  const RowsOf shape(tensor);
  const uint64_t to_row = *row_bytes(type, shape.columns);
  const int64_t piece_rows = std::max<int64_t>(1, kNumbersAtOnce / shape.columns);
  const int64_t pieces = (count + piece_rows - 1) / piece_rows;
  std::vector<EncodingError> errors(pieces);
  auto fault = in_pieces(
      threads_, pieces, [&] { return RowWork(tensor, isa_); },
      [&](RowWork& work, int64_t piece) -> std::optional<Fault> {
        for (int64_t i = piece * piece_rows; i < std::min(count, (piece + 1) * piece_rows); ++i) {
          if (auto bad = work.read(first + i)) return bad;
          EncodingError error;
          if (auto bad = work.write(type, weights, to.data() + i * to_row, error)) return bad;
          errors[piece] += error;
        }
        return std::nullopt;
      });
  if (fault) return describe(tensor, *fault, type);
  for (const EncodingError& error : errors) sum += error;
  return {};
}

Status TensorEncoder::check(const StoredTensor& tensor, int64_t first, int64_t count) {
  const int64_t piece_rows = std::max<int64_t>(1, kNumbersAtOnce / RowsOf(tensor).columns);
  auto fault = in_pieces(
      threads_, (count + piece_rows - 1) / piece_rows, [&] { return RowWork(tensor, isa_); },
      [&](RowWork& work, int64_t piece) -> std::optional<Fault> {
        for (int64_t i = piece * piece_rows; i < std::min(count, (piece + 1) * piece_rows); ++i) {
          if (auto bad = work.read(first + i)) return bad;
        }
        return std::nullopt;
      });
  if (fault) return describe(tensor, *fault, std::nullopt);
  return {};
}

Result<std::vector<EncodingError>> TensorEncoder::measure(const StoredTensor& tensor,
                                                          std::span<const Type> types, ColumnWeights weights,
                                                          int64_t sample) {
  const RowsOf shape(tensor);
  const int64_t tried = std::clamp<int64_t>(sample / shape.columns, 1, shape.rows);
  std::vector<EncodingError> errors(tried * types.size());
  auto begin = [&] { return std::pair(RowWork(tensor, isa_), std::vector<std::byte>()); };
  auto fault = in_pieces(threads_, tried, begin, [&](auto& own, int64_t piece) -> std::optional<Fault> {
    auto& [work, bytes] = own;
    if (auto bad = work.read((2 * piece + 1) * shape.rows / (2 * tried))) return bad;
    for (size_t i = 0; i < types.size(); ++i) {
      bytes.resize(*row_bytes(types[i], shape.columns));
      EncodingError& error = errors[piece * types.size() + i];
      // What a type cannot hold is an error beyond all others.
      if (work.write(types[i], weights, bytes.data(), error)) error = {HUGE_VAL, 1};
    }
    return std::nullopt;
  });
  if (fault) return describe(tensor, *fault, std::nullopt);
  std::vector<EncodingError> sums(types.size());
  for (size_t i = 0; i < errors.size(); ++i) sums[i % types.size()] += errors[i];
  return sums;
}

}  // namespace hearth
