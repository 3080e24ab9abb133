#include "model/quantize/write.h"

#include <algorithm>

#include "base/pages.h"
#include "base/text.h"
#include "quant/format.h"

namespace hearth {

namespace {

// Numbers that are encoded before they are written: many pieces for each thread, 16 MB at most.
constexpr int64_t kSliceNumbers = 1 << 22;

class Copier {
 public:
  Copier(const QuantizePlan& plan, GgufWriter& writer, ThreadPool& threads, Isa isa, const Progress& progress)
      : plan_(plan),
        writer_(writer),
        encoder_(threads, isa),
        progress_(progress),
        total_(plan.source_bytes()) {}

  Result<std::optional<EncodingError>> copy(const TensorPlan& each) {
    const StoredTensor& tensor = *each.tensor;
    const RowsOf shape(tensor);
    const bool changes = each.choice.type != tensor.type;
    std::vector<float> weights;
    if (changes && plan_.importance) { TRY(weights, plan_.importance->weights(tensor)); }
    const int64_t from_row = *row_bytes(tensor.type, shape.columns),
                  to_row = *row_bytes(each.choice.type, shape.columns);
    const int64_t rows = std::max<int64_t>(1, kSliceNumbers / shape.columns);
    EncodingError error;
    for (int64_t first = 0; first < shape.rows; first += rows) {
      const int64_t count = std::min(rows, shape.rows - first);
      auto from = tensor.data.subspan(first * from_row, count * from_row);
      if (!report(progress_, tensor.name, done_, total_)) return fail("stopped; nothing was written");
      if (changes) {
        encoded_.resize(count * to_row);
        TRY_STATUS(encoder_.encode(tensor, each.choice.type, weights, first, count, encoded_, error));
        TRY_STATUS(writer_.write(tensor.name, encoded_));
      } else {
        if (format_of(tensor.type)) TRY_STATUS(encoder_.check(tensor, first, count));
        TRY_STATUS(writer_.write(tensor.name, from));
      }
      drop_file_pages(from);
      done_ += from.size();
    }
    if (!changes) return std::optional<EncodingError>();
    return std::optional(error);
  }

 private:
  const QuantizePlan& plan_;
  GgufWriter& writer_;
  TensorEncoder encoder_;
  const Progress& progress_;
  const uint64_t total_;
  uint64_t done_ = 0;
  std::vector<std::byte> encoded_;
};

// Better said now than when the disk is full.
Status check_space(const std::filesystem::path& path, uint64_t bytes) {
  std::error_code unknown;
  auto folder = path.parent_path();
  auto space = std::filesystem::space(folder.empty() ? "." : folder, unknown);
  if (!unknown && space.available < bytes) {
    return fail("{}: needs {} bytes, its disk has {} free", path.string(), bytes, space.available);
  }
  return {};
}

Status check_apart(const GgufFile& file, std::span<const std::filesystem::path> paths) {
  for (const auto& path : paths) {
    for (const GgufFile::Part& part : file.parts()) {
      std::error_code absent;
      if (std::filesystem::equivalent(path, part.name, absent)) {
        return fail("{}: is what is read; give the new file another name", path.string());
      }
    }
  }
  return {};
}

}  // namespace

Result<QuantizeResult> write_quantized(const QuantizePlan& plan, const std::filesystem::path& path,
                                       ThreadPool& threads, Isa isa, const Progress& progress) {
  TRY_STATUS(check_space(path, plan.file_bytes));
  TRY(GgufWriter writer, GgufWriter::create(path, plan.contents, plan.tensors_of_file));
  QuantizeResult result;
  result.paths.assign(writer.paths().begin(), writer.paths().end());
  TRY_STATUS(check_apart(*plan.file, result.paths));
  Copier copier(plan, writer, threads, isa, progress);
  for (const TensorPlan& each : plan.tensors) {
    TRY(auto error, copier.copy(each));
    result.errors.push_back(error);
  }
  TRY_STATUS(writer.commit());
  return result;
}

}  // namespace hearth
